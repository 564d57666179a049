"""`autometa optimizer`: what it says, promises as JSON, keeps for the next training, and leaves alone."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from autometa.learned_optimizers import LearnedOptimizer
from autometa.tuning import optimizers
from autometa_cli import main
from autometa_store.trial_store import TrialStore

QUICK = ["--horizon", "20", "--steps", "2", "--tasks", "2"]


def run(*arguments: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ending:
        main(list(arguments))
    assert int(ending.value.code or 0) == code


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOMETA_STORE", str(tmp_path / "s.db"))
    return tmp_path


@pytest.mark.slow
def test_json_is_a_promise_and_the_next_training_knows_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("optimizer", "train", "--data", "quadratics", *QUICK, "--trials", "3", "--out", "a", "--json")
    first = json.loads(capsys.readouterr().out)
    assert set(first) == {
        *("schema_version", "run", "task", "task_id", "meta_features", "best", "trials", "store"),
        *("n_known_optimizers", "was_interrupted", "seconds"),
    }
    assert set(first["best"]) == {
        *("name", "task", "architecture", "config_digest", "score", "n_steps", "start", "curve", "params"),
    }
    assert set(first["trials"][0]) == {
        *("number", "origin", "params", "is_usual", "score", "start", "start_task", "distance", "reason"),
    }
    assert [trial["is_usual"] for trial in first["trials"]] == [True, False, False]
    command = ["optimizer", "train", "--data", "quadratics", *QUICK, "--size", "5", "--json"]
    run(*command, "--out", "b")
    second = json.loads(capsys.readouterr().out)
    assert second["n_known_optimizers"] > 0
    (trial,) = second["trials"]
    assert (trial["origin"], trial["params"]) == ("portfolio", first["best"]["params"])
    assert trial["start_task"] == "quadratics 10, 20 steps"
    run(*command, "--out", "c", "--cold")
    (trial,) = json.loads(capsys.readouterr().out)["trials"]
    assert (trial["is_usual"], trial["start"]) == (True, None)


@pytest.mark.slow
def test_a_run_is_told_listed_evaluated_and_used(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["a", "b", "c"])
    frame.assign(label=np.where(frame["a"] > 0, "yes", "no")).to_csv("table.csv", index=False)
    run("optimizer", "train", "--data", "table.csv", "--hidden", "3,2", *QUICK, "--out", "r")
    told = capsys.readouterr()
    assert told.err == ""
    assert "table sigmoid 3-2, 20 steps: meta-validation loss" in told.out
    assert "usual, fresh weights" in told.out
    run("optimizer", "list")
    line = capsys.readouterr().out
    assert "table sigmoid 3-2, 20 steps  lstm 2x20" in line
    run("optimizer", "evaluate", "r", "--tasks", "2", "--json")
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["compared"]] == ["lstm", "sgd", "momentum", "rmsprop", "adam"]
    assert found["family"]["hidden"] == "3,2"
    run("optimizer", "evaluate", line.split()[0], "--data", "quadratics", "--horizon", "5", "--tasks", "2")
    assert "Adam" in capsys.readouterr().out
    model = torch.nn.Linear(3, 1)
    optimizer = LearnedOptimizer.load(here / "r" / "optimizer.npz").for_module(model)
    model(torch.ones(2, 3)).sum().backward()
    before = model.weight.detach().clone()
    optimizer.step()
    assert not torch.equal(before, model.weight)


def test_a_run_goes_on_and_is_not_overwritten(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["optimizer", "train", "--data", "quadratics", *QUICK, "--out", "r"]

    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(optimizers, "meta_train", interrupted)
        run(*command, code=130)
    assert "kept in r; the same command with --resume goes on there" in capsys.readouterr().err
    run(*command, code=2)
    assert "r has a run already; --resume goes on" in capsys.readouterr().err
    run("optimizer", "train", "--resume", "--out", "r")
    assert "quadratics 10, 20 steps" in capsys.readouterr().out
    run("optimizer", "train", "--resume", "--out", "nowhere", code=2)
    assert "nowhere is no run of `autometa optimizer train`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "say what tasks are made of"),
        (["train", "--data", "quadratics", "--horizon", "30"], "give a multiple of 20"),
        (["train", "--data", "digits", "--hidden", "many"], "give whole numbers such as 20 or 20,20"),
        (["train", "--data", "digits", "--activation", "sigmoit"], "did you mean 'sigmoid'"),
        (["train", "--data", "none.csv"], "none.csv"),
        (["evaluate", "r"], "no run's folder: say what tasks are"),
        (["evaluate", "r", "--data", "quadratics"], "no run, file or optimizer of the store 'r'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_bad_input_gets_a_sentence(
    arguments: list[str], message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    TrialStore.open(here / "s.db").close()
    run("optimizer", *arguments, code=2)
    assert message in " ".join(capsys.readouterr().err.split())
    assert not (here / "optimizer-run").exists()


def test_a_store_without_optimizers_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    TrialStore.open(here / "s.db").close()
    run("optimizer", "list")
    assert "has no trained optimizer; `autometa optimizer train` makes one" in capsys.readouterr().out


def test_without_torch_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else found(name, *rest)
    )
    run("optimizer", "list", code=2)
    assert capsys.readouterr().err.strip().endswith("pip install 'autometa[torch]'")


@pytest.mark.slow
def test_suggestions_for_tables_do_not_change(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i},{i % 7},{i * 1.5 + i % 3}\n" for i in range(60))
    (here / "table.csv").write_text("a,b,price\n" + rows)
    TrialStore.open(here / "s.db").close()
    suggest = ["suggest", "table.csv", "--json"]
    run(*suggest)
    before = json.loads(capsys.readouterr().out)
    run("optimizer", "train", "--data", "quadratics", *QUICK, "--trials", "3")
    capsys.readouterr()
    run(*suggest)
    after = json.loads(capsys.readouterr().out)
    timeless = {name for name in before if "seconds" not in name}
    assert {name: after[name] for name in timeless} == {name: before[name] for name in timeless}
