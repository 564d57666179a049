"""`autometa tune`: what it prints, promises as JSON and writes, and how it ends."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa_cli import main
from autometa_store.trial_store import TrialStore

QUICK = ("--learner", "k_nearest_neighbors", "--learner", "logistic_regression")


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
            "colour": rng.choice(["red", "green", "blue"], 90),
            "species": np.where(width + rng.normal(0, 0.3, 90) > 0, "rose", "tulip"),
        }
    )
    frame.to_csv(tmp_path / "flowers.csv", index=False)
    return tmp_path / "flowers.csv"


# a process that a shell started in the background would ignore SIGINT otherwise
INTERRUPTIBLE = """import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from autometa_cli import main
main()"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["tune", *arguments])
    return int(ending.value.code or 0)


@pytest.mark.slow
def test_json_is_a_promise(flowers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "flowers.skops"
    assert run(str(flowers), "--json", "--trials", "4", "--out", str(model), *QUICK) == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert printed.err == ""
    assert set(answer) == {
        "schema_version",
        "dataset",
        "metric",
        "direction",
        "n_folds",
        "best",
        "trials",
        "recorded",
        "study",
        "model",
        "is_cold",
        "was_interrupted",
        "notes",
        "seconds",
    }
    assert answer["dataset"]["target"] == "species"
    assert (answer["metric"], answer["direction"], answer["n_folds"]) == ("balanced_accuracy", "maximize", 5)
    assert set(answer["best"]) == {"learner", "params", "score", "fold_scores"}
    assert np.mean(answer["best"]["fold_scores"]) == pytest.approx(answer["best"]["score"])
    assert [one["number"] for one in answer["trials"]] == [0, 1, 2, 3]
    for one in answer["trials"]:
        assert set(one) == {
            "number",
            "origin",
            "learner",
            "params",
            "status",
            "score",
            "n_folds",
            "fit_seconds",
        }
    assert [one["origin"] for one in answer["trials"][:3]] == ["recommended"] * 3
    assert answer["recorded"]["new"] == 4
    assert answer["model"] == str(model)
    assert model.exists()
    assert (answer["is_cold"], answer["was_interrupted"]) == (False, False)


@pytest.mark.slow
def test_people_read_what_was_found_and_the_store_remembers(
    flowers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(flowers), "--cold", "--trials", "2", "--jobs", "2", "--metric", "log_loss", *QUICK) == 0
    text = capsys.readouterr().out
    assert text.startswith("flowers: 90 rows, 2 columns (1 numeric, 1 categorical); classification")
    assert "Best of 2 trials (log_loss, lower is better, mean of 5 folds):" in text
    assert "2 complete; 2 new in" in text
    assert "--out MODEL" in text
    assert max(len(line) for line in text.splitlines() if " new in " not in line) <= 100
    with TrialStore.open(tmp_path / "data" / "autometa" / "knowledge.db", mode="read") as store:
        assert store.counts()["trials"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--target", "specis"], 2, "did you mean 'species'"),
        (["--learner", "random_forrest"], 2, "did you mean 'random_forest'"),
        (["--learner", "ridge"], 2, "ridge does not do classification"),
        (["--metric", "auc_roc"], 2, "roc_auc"),
        (["--store", "nosuch://store"], 5, "of an unknown kind"),
        (["--storage", "nosuch://study"], 5, "cannot be used"),
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


def test_a_model_that_could_not_be_written_is_told_before_the_search(
    flowers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(flowers), "--out", str(tmp_path / "nowhere" / "model.skops")) == 2
    assert run(str(flowers), "--out", str(tmp_path)) == 2
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.timeout(180)  # three processes, on a machine that may be busy
def test_ctrl_c_keeps_the_best_and_writes_the_model(flowers: Path, tmp_path: Path) -> None:
    study, model = tmp_path / "study.db", tmp_path / "model.skops"
    command = [
        *(sys.executable, "-c", INTERRUPTIBLE, "tune", str(flowers), "--trials", "100000", "--cold"),
        *("--storage", str(study), "--out", str(model), "--jobs", "2", "--json", *QUICK),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for_trials(tmp_path / "data" / "autometa" / "knowledge.db", 2)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=90)
    answer = json.loads(out)
    assert (process.returncode, err) == (130, "")
    assert answer["was_interrupted"]
    assert model.exists()
    assert answer["recorded"]["new"] >= 2
    with closing(sqlite3.connect(study)) as connection:
        assert connection.execute("SELECT count(*) FROM trials").fetchone()[0] >= len(answer["trials"])


def wait_for_trials(path: Path, n: int) -> None:
    """Until the store has so many."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if path.exists():
            with TrialStore.open(path, mode="read") as store:
                if store.counts()["trials"] >= n:
                    return
        time.sleep(0.1)
    raise TimeoutError(f"no {n} trials in {path}")
