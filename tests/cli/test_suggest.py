"""`autometa suggest`: what it prints, promises as JSON, writes as a script, and how it fails."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa import TaskType
from autometa.learners.catalogue import learner
from autometa_cli import main


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """A table with numbers, categories and missing values."""
    rng = np.random.default_rng(0)
    width = rng.normal(size=90)
    frame = pd.DataFrame(
        {
            "width": np.where(rng.uniform(size=90) < 0.1, np.nan, width),
            "height": rng.normal(size=90),
            "colour": rng.choice(["red", "green", "blue"], 90),
            "species": np.where(width + rng.normal(0, 0.3, 90) > 0, "rose", "tulip"),
        }
    )
    frame.to_csv(tmp_path / "flowers.csv", index=False)
    return tmp_path / "flowers.csv"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["suggest", *arguments])
    return int(ending.value.code or 0)


def test_json_is_a_promise(flowers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(flowers), "--json", "-n", "3") == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert printed.err == ""
    assert set(answer) == {
        "schema_version",
        "dataset",
        "neighbors",
        "probes",
        "suggestions",
        "novelty",
        "n_known",
        "seconds",
    }
    assert answer["dataset"] == {
        "name": "flowers",
        "n_rows": 90,
        "n_columns": 3,
        "target": "species",
        "task_type": "classification",
    }
    assert all(set(neighbor) == {"dataset", "distance"} for neighbor in answer["neighbors"])
    assert answer["probes"] == []
    assert [one["rank"] for one in answer["suggestions"]] == [1, 2, 3]
    for one in answer["suggestions"]:
        assert set(one) == {
            "rank",
            "learner",
            "params",
            "is_default",
            "expected_score",
            "score_interval",
            "metric",
            "expected_fit_seconds",
            "evidence",
        }
        low, high = one["score_interval"]
        assert 0 <= low <= one["expected_score"] <= high <= 1
    assert any(one["is_default"] for one in answer["suggestions"])


def test_people_read_what_was_chosen_and_why(flowers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(flowers)) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        "flowers: 90 rows, 3 columns (2 numeric, 1 categorical); classification of 'species'"
    )
    assert "--target" in text
    assert "Most similar of the" in text
    assert "1. " in text
    assert "no search was run" in text
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["balanced_accuracy", "log_loss"])
def test_the_script_runs_as_it_is(flowers: Path, tmp_path: Path, metric: str) -> None:
    script = tmp_path / "first.py"
    assert run(str(flowers), "--metric", metric, "--python", str(script)) == 0
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.startswith(f"{metric}, cross-validated: 0.")


def test_only_learners_asked_for(flowers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(flowers), "--json", "--learner", "svm", "--learner", "mlp", "-n", "8") == 0
    learners = {one["learner"] for one in json.loads(capsys.readouterr().out)["suggestions"]}
    assert learners == {"svm", "mlp"}


def test_the_time_budget_holds(flowers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(flowers), "--json", "--time-budget", "0.05", "-n", "10") == 0
    suggestions = json.loads(capsys.readouterr().out)["suggestions"]
    assert sum(one["expected_fit_seconds"] for one in suggestions) <= 0.05


@pytest.mark.slow
def test_probes_are_in_the_json_and_in_the_text(flowers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quick = ["--probe", "30", "--learner", "logistic_regression", "--learner", "k_nearest_neighbors"]
    assert run(str(flowers), "--json", *quick) == 0
    probes = json.loads(capsys.readouterr().out)["probes"]
    assert len(probes) == 3
    for one in probes:
        assert set(one) == {"learner", "configuration", "score", "seconds"}
        assert 0.5 < one["score"] <= 1
        assert 0 < one["seconds"] < 30
        learner(one["learner"]).search_spaces[TaskType.CLASSIFICATION].check(one["configuration"])
    assert run(str(flowers), *quick) == 0
    text = capsys.readouterr().out
    assert "Probed (balanced accuracy, cross-validated on 90 rows" in text
    assert f"{probes[0]['score']:.3g}  {learner(probes[0]['learner']).title}" in text
    assert "fewer than 3" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_probes_that_cannot_finish_are_said_to_and_change_nothing(
    flowers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(flowers), "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert run(str(flowers), "--json", "--probe", "0.1") == 0
    hurried = json.loads(capsys.readouterr().out)
    assert {**hurried, "seconds": 0} == {**plain, "seconds": 0}
    assert run(str(flowers), "--probe", "0.1") == 0
    assert "Probed: nothing was finished in 0.1 s. Try --probe 10." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--target", "specis"], 2, "did you mean 'species'"),
        (["--learner", "random_forrest"], 2, "did you mean 'random_forest'"),
        (["--metric", "auc_roc"], 2, "roc_auc"),
        (["--time-budget", "1e-9"], 3, "nothing fits into"),
        (["--store", "sqlite:////nowhere/store.db"], 5, "/nowhere/store.db"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_mistakes_end_in_one_clear_line(
    flowers: Path, arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(flowers), *arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1


def test_standard_input_cannot_be_read_by_a_script(
    flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with flowers.open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert run("-", "--python", str(tmp_path / "first.py")) == 2
    assert "save the table to a file first" in capsys.readouterr().err


def test_a_read_command_creates_nothing(flowers: Path, tmp_path: Path) -> None:
    assert run(str(flowers), "--json") == 0
    assert not (tmp_path / "data").exists()
