"""`autometa populate local`: counts that add up, running again, dry runs, interruption, and bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from autometa_cli import output, populate_command
from autometa_cli.main import main
from autometa_cli.populate_command import Tally
from autometa_store.trial_store import TrialStore

LEARNERS = ("--learner", "ridge", "--learner", "elastic_net", "--configurations", "2", "--jobs", "1")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return call


def _fill(place: Path, n_tables: int) -> Path:
    place.mkdir()
    rng = np.random.default_rng(0)
    for index in range(n_tables):
        frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["a", "b", "y"])
        frame.to_csv(place / f"table{index}.csv", index=False)
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good table and a broken one."""
    place = _fill(tmp_path / "tables", 1)
    (place / "broken.csv").write_text("a\n1\n", encoding="utf-8")
    return place


@pytest.mark.slow
def test_second_run_evaluates_nothing_and_a_longer_one_goes_on(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    code, out, err = run("populate", "local", folder, "--store", store, *LEARNERS, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["tables"] == {"seen": 2, "new": 1, "known": 0, "skipped": 1}
    assert answer["trials"] == {"new": 4, "failed": 0}
    assert answer["skipped"][0]["file"] == "broken.csv"
    assert "autometa: skipped broken.csv: the table has one column" in err
    assert _counts(store)["trials"] == 4

    code, out, _ = run("populate", "local", folder, "--store", store, *LEARNERS)
    assert (code, out.splitlines()[0]) == (0, "2 tables: 0 new, 1 known, 1 skipped")
    assert out.splitlines()[1].startswith("0 new trials (0 failed) in ")

    code, out, _ = run(
        "populate", "local", folder, "--store", store, *LEARNERS, "--configurations", "3", "--json"
    )
    assert (code, json.loads(out)["trials"]["new"]) == (0, 2)
    assert _counts(store)["trials"] == 6


def test_dry_run_makes_no_store_and_says_what_is_wanted(run: Run, folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    code, out, err = run("populate", "local", folder, "--store", store, *LEARNERS, "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "     4 trials  regression      table0",
        "2 tables: 1 to do, 0 known, 1 skipped; 4 trials wanted; nothing was done",
    ]
    assert "\r" not in err  # nobody watches
    assert not store.exists()


def test_dry_run_as_json(run: Run, folder: Path, tmp_path: Path) -> None:
    _, out, _ = run(
        "populate", "local", folder, "--store", tmp_path / "s.db", *LEARNERS, "--dry-run", "--json"
    )
    answer = json.loads(out)
    assert (answer["schema_version"], answer["dry_run"]) == (1, True)
    assert answer["wanted"] == [{"name": "table0", "task_type": "regression", "n_rows": 40, "n_trials": 4}]


def test_progress_is_one_line_written_over_and_only_for_who_watches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally(n_new=1, n_trials=64)
    populate_command._show_progress(tally, 330, "iris")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    populate_command._show_progress(tally, 330, "iris")
    assert capsys.readouterr().err.rstrip() == "\r1 of 330 tables · 64 trials · iris"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for another process")
def test_interrupted_run_keeps_what_was_measured(run: Run, tmp_path: Path) -> None:
    folder, store = _fill(tmp_path / "tables", 6), tmp_path / "store.db"
    arguments = ["populate", "local", str(folder), "--store", str(store), *LEARNERS]
    process = subprocess.Popen(
        [sys.executable, "-c", "from autometa_cli import main; main()", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    _wait_for_trials(store, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    n_saved = _counts(store)["trials"]
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == f"autometa: {n_saved} trials saved, run again to go on"
    assert 0 < n_saved < 24
    assert n_saved % 4 == 0  # whole tables only

    _, out, _ = run("populate", "local", folder, "--store", store, *LEARNERS, "--dry-run", "--json")
    assert json.loads(out)["trials"]["new"] == 24 - n_saved


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["nowhere"], "nowhere: no such folder or index file; give a folder", id="no such folder"
        ),
        pytest.param(
            [".", "--learner", "rigde"], "no learner 'rigde'; did you mean 'ridge'?", id="no such learner"
        ),
        pytest.param(
            [".", "--backend", "spark"], "'spark' is neither loky nor an address", id="no such backend"
        ),
        pytest.param([".", "--jobs", "0"], "there must be work for somebody", id="no jobs"),
        pytest.param(["."], "no table here; wanted files ending in", id="no tables"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    if "--backend" in arguments or "--jobs" in arguments:
        pd.DataFrame({"a": [1, 2], "y": [1, 2]}).to_csv("table.csv", index=False)
    code, out, err = run("populate", "local", *arguments, "--store", tmp_path / "s.db")
    assert (code, out) == (2, "")
    assert message in err
    assert not (tmp_path / "s.db").exists()


def _counts(store: Path) -> dict[str, Any]:
    with TrialStore.open(store, mode="read") as opened:
        return dict(opened.counts())


def _wait_for_trials(store: Path, process: "subprocess.Popen[str]") -> None:
    """Until the first table is saved."""
    for _ in range(300):
        if store.exists() and _counts(store)["trials"]:
            return
        assert process.poll() is None
        time.sleep(0.1)
    raise AssertionError("nothing was saved within 30 seconds")
