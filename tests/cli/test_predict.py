"""`autometa predict`: new tables, original labels, whole files, and clear mistakes."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa.readers import table_from_frame
from autometa.tuning import fit_model, save_model
from autometa_cli import main


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    width = rng.normal(size=60)
    return pd.DataFrame(
        {"width": width, "colour": rng.choice(["red", "blue"], 60), "grade": np.where(width > 0, 1, 2)}
    )


@pytest.fixture
def model(frame: pd.DataFrame, tmp_path: Path) -> Path:
    table = table_from_frame(frame, target="grade", name="grades")
    params = {"C": 1.0, "l1_ratio": 0.0, "class_weight": None}
    fitted = fit_model(table, "logistic_regression", params, metric="balanced_accuracy", score=0.9)
    save_model(fitted, tmp_path / "model.skops")
    return tmp_path / "model.skops"


@pytest.fixture
def new(frame: pd.DataFrame, tmp_path: Path) -> Path:
    """Columns reordered, no target, one more column."""
    frame[["colour", "width"]].assign(note="x").to_csv(tmp_path / "new.csv", index=False)
    return tmp_path / "new.csv"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["predict", *arguments])
    return int(ending.value.code or 0)


def test_predictions_are_csv_in_the_labels_of_the_training_table(
    model: Path, new: Path, frame: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(model), str(new)) == 0
    printed = capsys.readouterr()
    read = pd.read_csv(io.StringIO(printed.out))
    assert list(read) == ["grade"]
    assert (read["grade"] == frame["grade"]).mean() > 0.9
    assert printed.err == ""


def test_probabilities_stand_beside_and_a_file_is_written_whole(
    model: Path, new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "answers.csv"
    assert run(str(model), str(new), "--proba", "--out", str(out)) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"60 predictions of 'grade' in {out}\n")
    read = pd.read_csv(out)
    assert list(read) == ["grade", "probability_1", "probability_2"]
    assert read[["probability_1", "probability_2"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert (read["grade"] == np.where(read["probability_1"] > 0.5, 1, 2)).all()


def test_a_pipe_is_read(
    model: Path, new: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(model), str(new)) == 0
    from_file = capsys.readouterr().out
    with new.open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert run(str(model), "-") == 0
    assert capsys.readouterr().out == from_file


def test_json_is_a_promise(model: Path, new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(model), str(new), "--json", "--proba") == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {
        "schema_version",
        "target",
        "task_type",
        "model",
        "classes",
        "predictions",
        "probabilities",
        "notes",
        "out",
    }
    assert set(answer["model"]) == {"learner", "params", "metric", "score", "trained_on", "versions"}
    assert answer["classes"] == ["1", "2"]
    assert set(answer["predictions"]) == {"1", "2"}
    assert np.shape(answer["probabilities"]) == (60, 2)


def test_new_levels_and_odd_values_are_told_on_stderr(
    model: Path, frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = frame.astype({"width": object})
    odd.loc[0, "width"], odd.loc[1, "colour"] = "wide", "green"
    odd.to_csv(tmp_path / "odd.csv", index=False)
    assert run(str(model), str(tmp_path / "odd.csv")) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 61
    assert printed.err.splitlines() == [
        "autometa: column 'width': 1 value is no finite number and counts as missing",
        "autometa: column 'colour': 1 level was not seen in training: 'green'",
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("colour,width2\nred,1\n", "column 'width' is missing; the model was trained on 2 columns of grades"),
        ("colour,width\n", "no rows"),
    ],
    ids=["a missing column", "no rows"],
)
def test_a_table_that_does_not_fit_ends_in_one_clear_line(
    model: Path, tmp_path: Path, table: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new.csv").write_text(table)
    assert run(str(model), str(tmp_path / "new.csv")) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1


def test_what_is_no_model_ends_in_one_clear_line(
    new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (new, tmp_path / "missing.skops"):
        assert run(str(path), str(new)) == 2
        assert "give a file that `autometa tune … --out` wrote" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_told(
    model: Path, new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(model), str(new), "--out", str(tmp_path / "nowhere" / "answers.csv")) == 2
    assert "cannot be written" in capsys.readouterr().err
