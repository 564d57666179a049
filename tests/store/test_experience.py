"""open_experience: the shipped knowledge alone, or with the user's own store in front."""

from pathlib import Path

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.errors import StoreError
from autometa_store import open_experience
from autometa_store.knowledge import StarterKnowledge, load_starter
from autometa_store.location import VARIABLE
from autometa_store.trial_store import TrialStore
from tests.store.samples import dataset, study


@pytest.fixture
def own_store(tmp_path: Path) -> Path:
    with TrialStore.open(tmp_path / "own.db") as store:
        store.add_dataset(dataset("mine"))
        store.add_study(study("mine"))
    return tmp_path / "own.db"


def test_without_a_store_there_is_the_shipped_knowledge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    assert isinstance(open_experience(), StarterKnowledge)
    assert not list(tmp_path.iterdir())


def test_the_own_store_joins_the_shipped_knowledge(own_store: Path) -> None:
    n_shipped = len(load_starter().datasets(TaskType.CLASSIFICATION))
    experience = open_experience(str(own_store))
    names = [info.name for info in experience.datasets(TaskType.CLASSIFICATION)]
    assert len(names) == n_shipped + 1
    assert names[0] == "Mine"
    table = experience.performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    assert table.dataset_ids[0] == "mine"
    assert sorted(table.scores[0][~np.isnan(table.scores[0])]) == [0.5, 0.75]


def test_a_store_named_by_the_environment_is_read(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(own_store))
    assert open_experience().datasets(TaskType.CLASSIFICATION)[0].dataset_id == "mine"


def test_a_named_store_must_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.db"):
        open_experience(str(tmp_path / "gone.db"))
    assert not list(tmp_path.iterdir())
