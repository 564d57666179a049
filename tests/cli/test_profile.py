"""autometa profile: a table for people, one JSON object for programs."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

command_line = pytest.importorskip("autometa_cli.main", reason="the command line is not complete")

ROWS = "".join(
    f"{i},{i * 7 % 11}.5,{['red', 'blue'][i % 2]},7,{['yes', 'no'][i // 3 % 2]}\n" for i in range(60)
)
TABLE = "id,height,colour,planet,outcome\n" + ROWS


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Load what the command loads, lest the first test counts the seconds."""
    import sklearn.discriminant_analysis
    import sklearn.naive_bayes
    import sklearn.neighbors
    import sklearn.tree  # noqa: F401

    import autometa.metafeatures
    import autometa.readers  # noqa: F401


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(TABLE)
    return path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["profile", *arguments])
    return int(ended.value.code or 0)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(*arguments, "--json") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return dict(json.loads(shown.out))


def test_json_has_the_promised_fields(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, str(table))
    assert list(data) == [
        "schema_version", "dataset", "pack", "version", "features", "reasons", "columns", "notes",
    ]  # fmt: skip
    assert data["dataset"] == {
        "name": "people", "n_rows": 60, "n_columns": 4, "target": "outcome", "task_type": "classification",
    }  # fmt: skip


def test_json_features_are_numbers_or_null_with_a_reason(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = answer(capsys, str(table))
    assert data["features"]["n_rows"] == 60
    missing = {name for name, value in data["features"].items() if value is None}
    assert missing == set(data["reasons"])
    assert all(data["reasons"].values())


def test_json_says_what_was_noticed_about_columns(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, str(table))
    assert data["columns"] == [
        {"name": "id", "kind": "numeric", "notes": ["looks like a row id: every value differs"]},
        {"name": "height", "kind": "numeric", "notes": []},
        {"name": "colour", "kind": "categorical", "notes": []},
        {"name": "planet", "kind": "numeric", "notes": ["constant"]},
    ]
    assert data["notes"][0] == "target: outcome, chosen by its usual name; choose another with --target NAME"


@pytest.mark.parametrize("pack", ["core", "openml", "askl"])
def test_every_pack_is_measured(pack: str, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, str(table), "--pack", pack)
    assert data["pack"] == pack
    assert len(data["features"]) > 40


def test_target_and_task_are_taken_as_asked(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, str(table), "--target", "height", "--task", "regression")
    assert (data["dataset"]["target"], data["dataset"]["task_type"]) == ("height", "regression")


def test_people_see_groups_columns_and_reasons(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(table)) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(
        "people: 60 rows, 4 columns (3 numeric, 1 categorical); classification of 'outcome' into 2 classes\n"
    )
    assert "looks like a row id: every value differs: id" in shown
    assert "class_entropy" in shown
    assert "the target is classes, not numbers" in shown


def test_a_pipe_gets_no_colour_and_no_cut(
    table: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    long_name = "a_rather_long_name_" * 9
    table.write_text(TABLE.replace("height", long_name))
    assert run(str(table)) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert long_name in shown


def test_standard_input_is_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TABLE.encode())))
    assert answer(capsys, "-")["dataset"]["name"] == "stdin"


def test_markup_in_names_is_shown_as_it_is(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(TABLE.replace("planet", "[red]x[/nope]"))
    assert run(str(table)) == 0
    assert "[red]x[/nope]" in capsys.readouterr().out
