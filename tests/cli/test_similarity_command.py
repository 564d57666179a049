"""`autometa similarity`: what it prints, promises as JSON, keeps for `suggest`, and how it fails."""

import json
import sys
from pathlib import Path

import pytest

from autometa import TaskType
from autometa_cli import main
from autometa_store.similarity import load_similarity, open_similarity
from autometa_store.trial_store import TrialStore
from tests.similarity_source import alike_source


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)


@pytest.fixture
def small_knowledge(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source of 30 data sets in the place of the shipped knowledge."""
    monkeypatch.setattr("autometa_store.knowledge.load_starter", alike_source)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["similarity", *arguments])
    return int(ending.value.code or 0)


REPORT = {
    "regret",
    "rank_correlation",
    "effective_share",
    "difference_where_nothing_similar",
    "calibration_slope",
    "training_seconds",
}


@pytest.mark.slow
@pytest.mark.usefixtures("small_knowledge")
def test_evaluate_json_is_a_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--shipped", "--model", "scaled_l1", "--model", "diagonal", "--json") == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert printed.err == ""
    assert set(answer) == {"schema_version", "tasks"}
    task = answer["tasks"]["classification"]
    assert set(task) == {"n_datasets", "n_families", "n_configurations", "models"}
    names = ["none", "scaled_l1", "diagonal", "scaled_l1, shuffled", "diagonal, shuffled", "oracle"]
    assert list(task["models"]) == names
    for report in task["models"].values():
        assert set(report) == REPORT
        assert set(report["regret"]) == {"1", "3", "5", "10", "mean"}
    gained = task["models"]["diagonal"]["regret"]["1"]
    assert gained["difference"] < 0
    assert gained["interval"][1] < 0
    assert gained["share_of_oracle_gap"] > 0.5


@pytest.mark.slow
@pytest.mark.usefixtures("small_knowledge")
def test_evaluate_prints_a_line_for_each_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--shipped", "--model", "diagonal") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("classification: 30 data sets of 30 families, 24 configurations")
    assert [line.split("  ")[1] for line in lines[2:]] == ["none", "diagonal", "diagonal, shuffled", "oracle"]


@pytest.mark.slow
@pytest.mark.usefixtures("small_knowledge")
def test_train_writes_a_file_that_carries_its_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "similarity.npz"
    assert run("train", "--shipped", "--model", "diagonal", "--out", str(out), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["saved"], answer["models"]) == (str(out), ["diagonal"])
    trained = load_similarity(out)
    assert trained.model(TaskType.CLASSIFICATION, "diagonal") is not None
    kept = trained.evaluation[TaskType.CLASSIFICATION]["models"]["diagonal"]["regret"]
    assert kept == answer["tasks"]["classification"]["models"]["diagonal"]["regret"]


@pytest.mark.slow
def test_train_keeps_the_models_in_the_store_where_suggest_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autometa_store.experience.load_starter", alike_source)
    url = str(tmp_path / "mine.db")
    TrialStore.open(url).close()
    assert run("train", "--store", url, "--model", "diagonal") == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"diagonal kept in sqlite:///{url}"
    kept = open_similarity(url)
    assert list(kept.models) == [TaskType.CLASSIFICATION]
    assert list(kept.models[TaskType.CLASSIFICATION]) == ["diagonal"]


@pytest.mark.usefixtures("small_knowledge")
def test_siamese_without_torch_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "autometa.similarity.siamese_training", raising=False)
    assert run("evaluate", "--shipped", "--model", "siamese") == 2
    message = capsys.readouterr().err
    assert 'pip install "autometa[torch]"' in message
    assert len(message.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("small_knowledge")
def test_without_torch_the_others_are_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autometa_cli.similarity_command.find_spec", lambda name: None)
    assert run("evaluate", "--shipped", "--json") == 0
    printed = capsys.readouterr()
    assert "siamese model is left out" in printed.err
    models = json.loads(printed.out)["tasks"]["classification"]["models"]
    assert "forest" in models
    assert "siamese" not in models


def test_too_few_data_sets_are_nothing_to_learn_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autometa_store.knowledge.load_starter", lambda: alike_source(9))
    assert run("evaluate", "--shipped", "--model", "diagonal") == 3
    assert "classification: 9 data sets" in capsys.readouterr().err


def test_without_a_store_train_asks_for_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "--model", "diagonal") == 2
    assert "give --out FILE" in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_unknown_model_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--model", "diagonall") == 2
    assert "did you mean 'diagonal'" in capsys.readouterr().err
