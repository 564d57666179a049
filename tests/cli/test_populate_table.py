"""`autometa populate table`: guesses said aloud, previews, running again, corrections, and bad input."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa_cli.main import main
from autometa_store.trial_store import TrialStore

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in a folder with results.csv and tables/: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture(autouse=True)
def results(tmp_path: Path) -> pd.DataFrame:
    """Six trials of a model that only we have, on two data sets, one of which is there as a table."""
    rng = np.random.default_rng(0)
    (tmp_path / "tables").mkdir()
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    table = frame.assign(label=np.where(frame["a"] > 0, "ok", "broken"))
    table.to_csv(tmp_path / "tables" / "machines.csv", index=False)
    made = pd.DataFrame(
        {
            "dataset": ["machines", "machines", "machines", "pumps", "pumps", "pumps"],
            "rate": [0.001, 0.01, 0.1, 0.001, 0.01, 0.1],
            "depth": [2, 4, 8, 2, 4, 8],
            "kind": ["a", "b", "a", "b", "a", "b"],
            "roc_auc": [0.6, 0.7, 0.8, 0.65, 0.75, None],
        }
    )
    made.to_csv(tmp_path / "results.csv", index=False)
    return made


TABLE = ("populate", "table", "results.csv", "--store", "store.db")


def test_dry_run_shows_the_inferred_space_and_makes_no_store(run: Run) -> None:
    code, out, err = run(*TABLE, "--space", "ours", "--tables", "tables", "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "machines: 3 trials (3 complete) on machines",
        "  roc_auc, to maximize; ours/classification:",
        "    depth  whole, 2 to 8",
        "    kind   one of a, b",
        "    rate   real, 0.001 to 0.1, log",
        "pumps: 3 trials (2 complete, 1 failed) on pumps",
        "  roc_auc, to maximize; ours/classification:",
        "    depth  whole, 2 to 8",
        "    kind   one of a, b",
        "    rate   real, 0.001 to 0.1, log",
        "2 items: 2 to store, 0 known, 0 unchanged, 0 skipped; 6 trials; nothing was done",
    ]
    assert "autometa: results.csv: data sets are named in dataset" in err
    assert "autometa: results.csv: parameters are rate, depth, kind" in err
    assert "1 data sets have no meta-features (pumps)" in err
    assert not Path("store.db").exists()


def test_rows_are_stored_once_and_a_correction_takes_their_place(run: Run, results: pd.DataFrame) -> None:
    code, out, _ = run(*TABLE, "--json")
    answer = json.loads(out)
    assert (code, answer["schema_version"]) == (0, 1)
    assert answer["items"] == {"seen": 2, "new": 2, "known": 0, "unchanged": 0, "skipped": 0}
    assert answer["trials"]["new"] == 6
    assert answer["trials"]["by_status"] == {"complete": 5, "failed": 1}

    _, out, _ = run(*TABLE)
    assert out.splitlines()[0] == "2 items: 0 new, 0 known, 2 unchanged, 0 skipped"

    results.assign(roc_auc=[0.6, 0.7, 0.9, 0.65, 0.75, None]).to_csv("results.csv", index=False)
    _, out, _ = run(*TABLE, "--dry-run", "--json")
    answer = json.loads(out)
    assert (answer["items"]["new"], answer["items"]["unchanged"]) == (1, 1)
    _, out, _ = run(*TABLE)
    assert out.splitlines()[0] == "2 items: 0 new, 1 known, 1 unchanged, 0 skipped"
    with TrialStore.open("store.db", mode="read") as store:
        (study,) = store.studies("results/classification", ["name:machines"])
        assert [trial.value for trial in study.trials] == [0.6, 0.7, 0.9]
        assert store.counts()["trials"] == 6


def test_longer_table_widens_the_space_without_a_trial_twice(run: Run, results: pd.DataFrame) -> None:
    run(*TABLE)
    more = results.assign(depth=[16] * 6, roc_auc=[0.1] * 6)
    pd.concat([results, more]).to_csv("results.csv", index=False)
    _, out, _ = run(*TABLE)
    assert out.splitlines()[1].startswith("6 new trials in ")
    with TrialStore.open("store.db", mode="read") as store:
        counts = store.counts()
    assert (counts["trials"], counts["search_spaces"], counts["studies"]) == (12, 1, 2)


def test_what_was_written_down_is_what_suggest_says(run: Run) -> None:
    run(*TABLE, "--space", "ours", "--tables", "tables")
    code, out, _ = run(
        "suggest", "tables/machines.csv", "--store", "store.db", "--metric", "roc_auc", "--learner", "svm"
    )
    assert code == 0
    assert "0.000  machines" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["no.csv"], 2, "no file 'no.csv'", id="no file"),
        pytest.param(["results.csv", "--score", "speed"], 2, "--score speed: is it better if", id="unclear"),
        pytest.param(["results.csv", "--score", "auc:maximize"], 2, "no column 'auc'", id="no column"),
        pytest.param(["results.csv", "--parameters", "rate,dept"], 2, "no column 'dept'", id="no parameter"),
        pytest.param(
            ["results.csv", "--score", "roc_auc:minimize"], 2, "a score to maximize", id="wrong direction"
        ),
        pytest.param(["tables/machines.csv"], 2, "nothing is called like a score", id="no score"),
        pytest.param(
            ["results.csv", "--dataset", "nowhere"],
            2,
            "no known data set 'nowhere'",
            id="no data",
        ),
        pytest.param(["results.csv", "--tables", "nowhere"], 2, "nowhere: no such folder", id="no tables"),
    ],
)
def test_bad_input_is_one_sentence(run: Run, arguments: list[str], code: int, message: str) -> None:
    found, out, err = run("populate", "table", *arguments, "--store", "s.db")
    assert (found, out) == (code, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert not Path("s.db").exists()
