"""The pages on importers and on populating: their code runs as it is printed."""

import importlib
import logging
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from autometa_cli.main import main
from autometa_store.trial_store import TrialStore
from tests.contracts.importers import ImporterContract

DOCS = Path(__file__).parents[2] / "docs"


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


EXAMPLE = _blocks("importers.md", "json")[0]
_IMPORTER, _TEST, _STORING = _blocks("importers.md", "python")
exec(_IMPORTER, globals())
exec(_TEST, globals())  # defines TestNotes, which is collected here
assert issubclass(globals()["TestNotes"], ImporterContract)


def test_storing_says_what_was_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes").mkdir()
    Path("notes/pumps.json").write_text(EXAMPLE, encoding="utf-8")
    for expected in ("1 new items, 2 new trials\n", "0 new items, 0 new trials\n"):
        exec(_STORING, globals())
        assert capsys.readouterr().out == expected


def test_modules_that_the_page_names_are_there() -> None:
    table = (DOCS / "importers.md").read_text(encoding="utf-8").split("## What there is to build on")[1]
    named = re.findall(r"`(?!autometa)([a-z_]+)\.(\w+)`", table)
    assert len(named) == 6
    for module, name in named:
        assert hasattr(importlib.import_module(f"autometa_store.importers.{module}"), name)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Runs a command of the page and gives what a terminal shows."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(command: str) -> str:
        with pytest.raises(SystemExit) as ending:
            main(shlex.split(command)[1:])
        assert ending.value.code == 0
        captured = capsys.readouterr()
        return str(captured.err + captured.out)

    return call


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_page_on_populating_does_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Callable[[str], str]
) -> None:
    monkeypatch.chdir(tmp_path)
    optuna.logging.set_verbosity(logging.ERROR)
    exec(_blocks("populate.md", "python")[-1], {})
    Path("tables").mkdir()
    Path("vats.csv").rename("tables/vats.csv")
    Path("vats.csv").symlink_to("tables/vats.csv")
    for block in _blocks("populate.md", "console"):
        for command, shown in re.findall(r"^\$ (autometa .*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            own = re.findall(r"(?:cells|vats) \(place 1, distance 0\.00\)", shown)
            if "populate" in command:
                assert _without_folder(shown) == _without_folder(shell(command))
            elif own:  # forecasts follow the shipped knowledge, evidence must stand
                assert own[0] in shell(command)
    exec(_blocks("populate.md", "python")[1], {})
    with TrialStore.open("team.db", mode="read") as store:
        assert store.counts()["trials"] == 20 + 9 + 3


def _without_folder(text: str) -> list[str]:
    """Lines without the store's folder, and what was said before what was printed."""
    lines = re.sub(r" in \S*team\.db", " in team.db", text).splitlines()
    return [line for line in lines if not line.startswith("autometa: ")]
