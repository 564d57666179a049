"""Every StudySource keeps the contract; the shipped knowledge is asked for what it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from autometa.dataset import TaskType
from autometa.history import PriorStudy
from autometa.warmstart import MergedSource
from autometa.warmstart.in_memory import InMemoryTrialSource
from autometa.warmstart.sources import StudySource
from autometa_store.knowledge import load_starter
from autometa_store.trial_store import TrialStore
from tests.contracts.study_source import INFOS, STUDIES, TABLE, StudySourceContract, measured
from tests.store.samples import BEST, SECOND, SPACE, study


class TestInMemory(StudySourceContract):
    @pytest.fixture
    def source(self) -> StudySource:
        return InMemoryTrialSource(STUDIES, TABLE, datasets=INFOS)


class TestTrialStore(StudySourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[StudySource]:
        with TrialStore.open(tmp_path / "history.db") as store:
            for row, info in enumerate(INFOS):
                store.add_dataset(info)
                store.add_meta_features(info.dataset_id, measured(row))
            for one in STUDIES:
                store.add_study(one)
            yield store


class TestMerged(StudySourceContract):
    @pytest.fixture
    def source(self) -> StudySource:
        first = InMemoryTrialSource(STUDIES[:1], TABLE, datasets=INFOS)
        second = InMemoryTrialSource(STUDIES, TABLE, datasets=INFOS)
        return MergedSource([first, second])


def test_merged_sources_believe_the_first_one() -> None:
    short = study("iris", (BEST,))
    merged = MergedSource([InMemoryTrialSource([short]), InMemoryTrialSource([study("iris")])])
    assert merged.studies(SPACE.name) == [short]


@pytest.mark.parametrize("task", TaskType)
def test_shipped_knowledge_gives_the_studies_of_one_space(task: TaskType) -> None:
    starter = load_starter()
    everything: list[PriorStudy] = list(starter.all_studies(task))
    name = everything[0].search_space.name
    expected = [one for one in everything if one.search_space.name == name]
    assert starter.studies(name) == expected
    assert starter.studies(name, [expected[1].dataset_id]) == [expected[1]]
    assert starter.studies("no such space") == []


def test_scores_in_memory_are_those_of_the_trials() -> None:
    source = InMemoryTrialSource(STUDIES, TABLE, datasets=INFOS)
    table = source.performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    assert table.dataset_ids == ("iris", "wine")
    assert {candidate.learner for candidate in table.candidates} == {"svm"}
    assert table.scores[0, :2].tolist() == [BEST.value, SECOND.value]
    assert table.failed[:, 2].all()
    assert not table.failed[:, :2].any()
