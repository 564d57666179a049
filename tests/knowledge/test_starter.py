"""The knowledge file: what was measured comes back as it was, and the shipped one keeps its promises."""

import json
from pathlib import Path

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.errors import EmptyHistoryError, StoreError, UnknownNameError
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.learners.catalogue import BASE_LEARNERS
from autometa.metafeatures import MetaFeatures, features
from autometa.metrics import DEFAULT_METRIC, METRICS
from autometa.search_space import Value
from autometa.warmstart.sources import DatasetInfo
from autometa_store.knowledge import StarterKnowledge, load_starter
from autometa_store.knowledge.build import build
from autometa_store.knowledge.starter import STARTER_FILE
from autometa_store.knowledge.unpack import unpack
from autometa_store.trial_store import TrialStore

N_DATASETS, N_CONFIGURATIONS = 3, 2
MAX_BYTES = 12 * 10**6


def _trial(params: dict[str, Value], task: TaskType, score: float) -> PriorTrial:
    if score < 0:
        return PriorTrial(params, None, TrialStatus.TIMEOUT, seed=0)
    others = dict.fromkeys(list(METRICS[task])[1:], score / 2)
    return PriorTrial(params, score, seed=0, fold_scores=(score, score), fit_seconds=0.5, other_values=others)


def _fill(store: TrialStore) -> dict[str, PriorStudy]:
    rng = np.random.default_rng(0)
    studies = {}
    for task in TaskType:
        for row in range(N_DATASETS):
            dataset_id = f"{task}-{row}"
            n_classes = 2 if task is TaskType.CLASSIFICATION else 0
            store.add_dataset(DatasetInfo(dataset_id, dataset_id, "family", task, 200, 4, n_classes, "test"))
            for pack in ("core", "openml"):
                names = tuple(feature.name for feature in features(pack))
                store.add_meta_features(
                    dataset_id, MetaFeatures(pack, 1, names, rng.uniform(size=len(names)))
                )
            for learner in (member for member in BASE_LEARNERS if task in member.search_spaces):
                space = learner.search_spaces[task]
                draws = [dict(learner.defaults[task]), space.draw(np.random.default_rng(1))]
                scores = [-1.0 if row == 1 else float(np.float32(rng.uniform())) for _ in draws]
                trials = tuple(
                    _trial(params, task, score) for params, score in zip(draws, scores, strict=True)
                )
                study = PriorStudy(
                    dataset_id,
                    space,
                    DEFAULT_METRIC[task],
                    METRICS[task][DEFAULT_METRIC[task]],
                    trials,
                    "local",
                    {"scikit-learn": "1.9"},
                    160,
                )
                store.add_study(study)
                studies[dataset_id + space.name] = study
    return studies


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[StarterKnowledge, dict[str, PriorStudy]]:
    folder = tmp_path_factory.mktemp("knowledge")
    with TrialStore.open(f"sqlite:///{folder / 'store.db'}") as store:
        studies = _fill(store)
        build(store, folder / "knowledge.npz")
    return load_starter(folder / "knowledge.npz"), studies


@pytest.mark.slow
def test_studies_come_back_as_they_were_stored(
    filled: tuple[StarterKnowledge, dict[str, PriorStudy]],
) -> None:
    knowledge, stored = filled
    found = [study for task in TaskType for study in knowledge.all_studies(task)]
    assert len(found) == len(stored)
    for study in found:
        original = stored[study.dataset_id + study.search_space.name]
        assert study.search_space == original.search_space
        assert study.n_fit_rows == 160
        for trial, before in zip(study.trials, original.trials, strict=True):
            assert dict(trial.params) == dict(before.params)
            assert (trial.status, trial.value) == (before.status, before.value)
            assert trial.fold_scores == pytest.approx(before.fold_scores)
            assert dict(trial.other_values) == pytest.approx(dict(before.other_values))


@pytest.mark.slow
def test_the_table_is_dense_and_marks_defaults_and_failures(
    filled: tuple[StarterKnowledge, dict[str, PriorStudy]],
) -> None:
    knowledge, _ = filled
    table = knowledge.performance(TaskType.CLASSIFICATION, "roc_auc")
    n_learners = sum(TaskType.CLASSIFICATION in learner.search_spaces for learner in BASE_LEARNERS)
    assert table.scores.shape == (N_DATASETS, n_learners * N_CONFIGURATIONS)
    assert sum(candidate.is_default for candidate in table.candidates) == n_learners
    assert (table.failed == np.isnan(table.scores)).all()
    assert table.failed.any()


@pytest.mark.slow
def test_unknown_metrics_and_packs_are_named(filled: tuple[StarterKnowledge, dict[str, PriorStudy]]) -> None:
    knowledge, _ = filled
    with pytest.raises(UnknownNameError, match="no classification metric 'accuracy'"):
        knowledge.performance(TaskType.CLASSIFICATION, "accuracy")
    with pytest.raises(UnknownNameError, match="no meta-feature pack 'pymfe'"):
        knowledge.meta_features(TaskType.CLASSIFICATION, "pymfe")


def test_a_store_without_dense_studies_gives_no_knowledge(tmp_path: Path) -> None:
    with (
        TrialStore.open(f"sqlite:///{tmp_path / 'store.db'}") as store,
        pytest.raises(EmptyHistoryError, match="autometa populate local"),
    ):
        build(store, tmp_path / "knowledge.npz")


def test_a_file_that_is_no_knowledge_is_refused(tmp_path: Path) -> None:
    (tmp_path / "noise.npz").write_bytes(b"noise")
    with pytest.raises(StoreError, match=r"noise\.npz is not a knowledge file"):
        load_starter(tmp_path / "noise.npz")


@pytest.mark.parametrize("task", TaskType)
def test_the_shipped_knowledge_is_dense_and_comparable(task: TaskType) -> None:
    knowledge = load_starter()
    table, meta = knowledge.performance(task, DEFAULT_METRIC[task]), knowledge.meta_features(task)
    infos = knowledge.datasets(task)
    assert meta.dataset_ids == table.dataset_ids == tuple(info.dataset_id for info in infos)
    assert meta.names == tuple(feature.name for feature in features("core"))
    assert table.failed.mean() < 0.02
    for learner in (member for member in BASE_LEARNERS if task in member.search_spaces):
        mine = [candidate for candidate in table.candidates if candidate.learner == learner.name]
        assert len(mine) >= 32
        assert [candidate.is_default for candidate in mine].count(True) == 1
        for candidate in mine:
            learner.search_spaces[task].check(candidate.params)


def test_the_shipped_knowledge_is_compact_and_says_what_made_it() -> None:
    assert STARTER_FILE.stat().st_size <= MAX_BYTES
    card = STARTER_FILE.with_name("CARD.md").read_text(encoding="utf-8")
    for task in TaskType:
        knowledge = load_starter()
        assert f"{len(knowledge.datasets(task))} {task} data sets" in card
        study = next(knowledge.all_studies(task))
        assert json.dumps(study.versions["scikit-learn"]).strip('"') in card


@pytest.mark.slow
def test_unpacked_knowledge_is_a_store_that_builds_the_same_again(
    filled: tuple[StarterKnowledge, dict[str, PriorStudy]], tmp_path: Path
) -> None:
    knowledge, stored = filled
    with TrialStore.open(f"sqlite:///{tmp_path / 'unpacked.db'}") as store:
        assert unpack(knowledge, store) == sum(len(study.trials) for study in stored.values())
        assert unpack(knowledge, store) == 0
        build(store, tmp_path / "again.npz")
    again = load_starter(tmp_path / "again.npz")
    for task in TaskType:
        before, after = (source.performance(task, DEFAULT_METRIC[task]) for source in (knowledge, again))
        assert before.candidates == after.candidates
        np.testing.assert_array_equal(before.scores, after.scores)
        np.testing.assert_array_equal(knowledge.meta_features(task).values, again.meta_features(task).values)
