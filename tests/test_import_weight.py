"""What an import or a command may load: heavy packages only where their work is done."""

import json
import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "sklearn", "torch", "sqlalchemy", "optuna", "openml", "scipy", "pyarrow")


def loaded_by(code: str) -> set[str]:
    """Top-level modules that are loaded after running this code in a fresh process."""
    report = "\nimport json, sys; sys.stderr.write('|' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stderr.rsplit("|", 1)[1])}


def command(*arguments: str) -> str:
    """Code that runs the command line and goes on after it ends."""
    return (
        f"import sys; sys.argv = ['autometa', *{list(arguments)!r}]\n"
        "from autometa_cli import main\n"
        "try:\n    main()\nexcept SystemExit as ending:\n    assert ending.code == 0, ending.code"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["suggest", "--help"],
        ["tune", "--help"],
        ["predict", "--help"],
        ["store", "--help"],
    ],
    ids=" ".join,
)
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    assert not loaded_by(command(*arguments)) & set(HEAVY)


@pytest.mark.slow
def test_suggest_loads_neither_torch_nor_optuna_nor_a_database_driver(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("suggest")
    rows = "".join(f"{i},{i % 7},{'yes' if i % 3 else 'no'}\n" for i in range(60))
    (folder / "table.csv").write_text("a,b,label\n" + rows)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)
    loaded = loaded_by(command("suggest", str(folder / "table.csv")))
    assert not loaded & {"torch", "optuna", "openml", "sqlalchemy"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "package", ["autometa", "autometa.metafeatures", "autometa.similarity", "autometa.warmstart"]
)
def test_the_library_costs_numpy_only(package: str) -> None:
    assert loaded_by(f"import {package}") & set(HEAVY) == {"numpy"}


@pytest.mark.slow
def test_the_stores_face_loads_no_database_driver() -> None:
    assert "sqlalchemy" not in loaded_by("import autometa_store, autometa_store.knowledge")
