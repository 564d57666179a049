"""The shipped similarity: fits the shipped knowledge, carries its evaluation, and advises."""

from pathlib import Path

import numpy as np
import pytest

from autometa import TaskType
from autometa.errors import StoreError
from autometa.similarity import DEFAULT_MODEL
from autometa.similarity.examples import table_row
from autometa.similarity.trained import KINDS
from autometa_store.knowledge import load_starter
from autometa_store.similarity import load_similarity, open_recommender
from tests.warmstart.test_recommender import frame

TRAINED = load_similarity()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("task", list(TaskType))
def test_models_speak_of_the_shipped_meta_features(task: TaskType, kind: str) -> None:
    model = TRAINED.model(task, kind)
    assert model is not None
    table = load_starter().meta_features(task)
    distances = model.distances(table_row(table, 0), table)
    weights = model.weights(distances)
    assert distances[0] == pytest.approx(0, abs=1e-6)
    assert weights[0] == pytest.approx(weights.max())
    assert np.isfinite(weights).all()


@pytest.mark.parametrize("task", list(TaskType))
def test_evaluation_is_of_the_shipped_knowledge(task: TaskType) -> None:
    evaluation = TRAINED.evaluation[task]
    assert evaluation["n_datasets"] == len(load_starter().datasets(task))
    assert {"none", "scaled_l1", *KINDS, "oracle"} <= set(evaluation["models"])


def test_the_default_wins_the_evaluation_it_carries() -> None:
    """Averaged over tasks; a margin of half a thousandth, as it is chosen by the benchmark of its day."""

    def mean_difference(name: str) -> float:
        reports = [TRAINED.evaluation[task]["models"][name] for task in TaskType]
        return float(np.mean([report["regret"]["mean"]["difference"] for report in reports]))

    best = min(["none", "scaled_l1", *KINDS], key=mean_difference)
    assert mean_difference(DEFAULT_MODEL) <= mean_difference(best) + 5e-4


def test_a_recommender_with_it_advises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)
    advice = open_recommender().recommend_frame(frame(), target="label")
    assert len(advice.recommendations) == 5
    assert len(advice.neighbors) == 5


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "similarity.npz").write_bytes(b"PK nothing of the kind")
    with pytest.raises(StoreError, match="autometa similarity train"):
        load_similarity(tmp_path / "similarity.npz")
    np.savez(tmp_path / "other.npz", format=np.array(99))
    with pytest.raises(StoreError, match="format 1"):
        load_similarity(tmp_path / "other.npz")
