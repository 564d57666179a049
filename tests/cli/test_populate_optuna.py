"""`autometa populate optuna`: counts, running again, previews, bad input, and what `suggest` makes of it."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest

from autometa_cli.main import main
from autometa_store.trial_store import TrialStore

optuna.logging.set_verbosity(logging.ERROR)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    path = tmp_path / "machines.csv"
    frame.assign(label=np.where(frame["a"] > 0, "ok", "broken")).to_csv(path, index=False)
    return path


def _objective(trial: optuna.Trial) -> float:
    if trial.number == 4:
        trial.suggest_float("C", 0.1, 10.0, log=True)
        raise optuna.TrialPruned
    return 0.9 - 0.1 * abs(np.log10(trial.suggest_float("C", 0.1, 10.0, log=True)))


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    made = optuna.create_study(
        storage=f"sqlite:///{tmp_path / 'study.db'}",
        study_name="tune",
        direction="maximize",
        sampler=optuna.samplers.RandomSampler(seed=0),
    )
    made.optimize(_objective, n_trials=6)
    return made


ARGUMENTS = ("populate", "optuna", "study.db", "--metric", "balanced_accuracy", "--learner", "svm")


def test_study_is_stored_once_and_taken_up_again(run: Run, table: Path, study: optuna.Study) -> None:
    arguments = (*ARGUMENTS, "--dataset", table, "--store", "store.db")
    code, out, err = run(*arguments)
    assert code == 0
    assert out.splitlines()[0] == "1 items: 1 new, 0 known, 0 unchanged, 0 skipped"
    assert out.splitlines()[1].startswith("6 new trials in ")
    assert out.splitlines()[1].endswith("store.db (read: 5 complete, 1 pruned)")
    assert "tune: 6 of 6 trials fit the catalogue's space svm/classification" in err

    code, out, _ = run(*arguments, "--json")
    answer = json.loads(out)
    assert (code, answer["schema_version"]) == (0, 1)
    assert answer["items"] == {"seen": 1, "new": 0, "known": 0, "unchanged": 1, "skipped": 0}
    assert answer["trials"] == {"new": 0, "known": 0, "removed": 0, "by_status": {}}

    study.optimize(_objective, n_trials=2)
    _, out, _ = run(*arguments, "--json")
    assert json.loads(out)["trials"]["new"] == 2
    with TrialStore.open("store.db", mode="read") as store:
        assert store.counts()["trials"] == 8


@pytest.mark.usefixtures("study")
def test_known_data_set_is_found_by_its_name(run: Run, table: Path) -> None:
    run(*ARGUMENTS, "--dataset", table, "--store", "store.db")
    again = (*ARGUMENTS[:4], "roc_auc", "--dataset", "machines", "--store", "store.db")
    code, out, _ = run(*again)
    assert (code, out.splitlines()[0]) == (0, "1 items: 0 new, 1 known, 0 unchanged, 0 skipped")


@pytest.mark.usefixtures("study")
def test_dry_run_shows_the_space_and_makes_no_store(run: Run, table: Path) -> None:
    code, out, _ = run(
        "populate", "optuna", "study.db", "--dataset", table, "--store", "store.db", "--dry-run"
    )
    assert code == 0
    assert out.splitlines() == [
        "tune: 6 trials (5 complete, 1 pruned) on machines",
        "  value_to_maximize, to maximize; tune/classification:",
        "    C  real, 0.1 to 10, log",
        "1 items: 1 to store, 0 known, 0 unchanged, 0 skipped; 6 trials; nothing was done",
    ]
    assert not Path("store.db").exists()


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["no.db", "--dataset", "machines.csv"], 2, "no.db: no such file", id="no storage"),
        pytest.param(
            ["study.db", "--dataset", "machine"],
            2,
            "autometa: no file and no known data set 'machine'; ",
            id="no data set",
        ),
        pytest.param(
            ["study.db", "--dataset", "machines.csv", "--study", "tuna"],
            2,
            "no study 'tuna'; did you mean 'tune'?",
            id="no study",
        ),
        pytest.param(
            ["study.db", "--dataset", "machines.csv", "--metric", "log_loss"],
            2,
            "skipped tune: the study is to maximize what it calls log_loss, a score to minimize",
            id="no usable study",
        ),
        pytest.param(
            ["postgresql://127.0.0.1:1/x", "--dataset", "machines.csv"],
            4,
            "the database does not answer",
            id="no server",
        ),
    ],
)
def test_bad_input_is_one_sentence(
    run: Run, table: Path, arguments: list[str], code: int, message: str
) -> None:
    found, _, err = run("populate", "optuna", *arguments, "--store", "s.db")
    assert found == code
    assert message in err
    assert "Traceback" not in err


def test_what_was_tuned_is_what_suggest_says(run: Run, table: Path, study: optuna.Study) -> None:
    run(*ARGUMENTS, "--dataset", table, "--store", "store.db")
    code, out, _ = run("suggest", table, "--store", "store.db", "--learner", "svm", "--json")
    answer = json.loads(out)
    assert code == 0
    nearest = answer["neighbors"][0]
    assert nearest["dataset"] == "machines"
    assert nearest["distance"] == pytest.approx(0.0, abs=1e-12)
    evidence = [found for one in answer["suggestions"] for found in one["evidence"]]
    assert study.best_value in [found["score"] for found in evidence if found["dataset"] == "machines"]
