"""RecordTrials: what goes to the store while a study runs, and what if the store cannot be written."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest

from autometa.dataset import TaskType
from autometa.errors import StoreError
from autometa.history import PriorStudy, TrialStatus
from autometa.readers import table_from_frame
from autometa.samplers import Origin, RecordTrials, WarmStartSampler
from autometa.warmstart.sources import DatasetInfo
from autometa_store.trial_store import TrialStore
from tests.samplers.past import SPACE, bowl

INFO = DatasetInfo("wine", "wine", "wine", TaskType.CLASSIFICATION, 100, 5, 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TrialStore]:
    with TrialStore.open(tmp_path / "history.db") as opened:
        yield opened


def random_study(seed: int = 0, name: str = "first") -> optuna.Study:
    return optuna.create_study(study_name=name, sampler=optuna.samplers.RandomSampler(seed=seed))


def test_every_finished_trial_is_in_the_store_at_once(store: TrialStore) -> None:
    study, record, counts = random_study(), RecordTrials(store, INFO, search_space=SPACE, metric="height"), []
    study.optimize(bowl(), n_trials=3, callbacks=[record, lambda *_: counts.append(store.counts()["trials"])])
    [recorded] = store.studies("bowl")
    assert counts == [1, 2, 3]
    assert recorded.search_space == SPACE
    assert recorded.direction == "minimize"
    assert [(t.params, t.value) for t in recorded.trials] == [(t.params, t.value) for t in study.trials]


def test_recording_twice_changes_nothing(store: TrialStore) -> None:
    study, record = random_study(), RecordTrials(store, INFO, search_space=SPACE, metric="height")
    study.optimize(bowl(), n_trials=3, callbacks=[record, record])
    for trial in study.trials:
        RecordTrials(store, INFO, search_space=SPACE, metric="height")(study, trial)
    assert store.counts()["trials"] == 3


def test_repeated_configurations_are_trials_of_their_own(store: TrialStore) -> None:
    study, record = random_study(), RecordTrials(store, INFO, search_space="flat", metric="value")
    values = iter([3.0, 2.0, 1.0])
    study.optimize(lambda t: t.suggest_int("x", 1, 1) * next(values), n_trials=3, callbacks=[record])
    assert [trial.value for trial in store.studies("flat")[0].trials] == [3.0, 2.0, 1.0]


def test_threads_record_every_trial_once(store: TrialStore) -> None:
    study, record = random_study(), RecordTrials(store, INFO, search_space=SPACE, metric="height")
    study.optimize(bowl(), n_trials=16, n_jobs=4, callbacks=[record])
    recorded = store.studies("bowl")[0].trials
    assert sorted(t.value or 0.0 for t in recorded) == sorted(t.values[0] for t in study.trials)


def test_failed_and_pruned_trials_are_recorded_as_such(store: TrialStore) -> None:
    def objective(trial: optuna.Trial) -> float:
        value = bowl()(trial)
        if trial.number == 0:
            raise ValueError("no luck")
        if trial.number == 1:
            raise optuna.TrialPruned
        return value

    study, record = random_study(), RecordTrials(store, INFO, search_space=SPACE, metric="height")
    study.optimize(objective, n_trials=3, callbacks=[record], catch=ValueError)
    statuses = [trial.status for trial in store.studies("bowl")[0].trials]
    assert statuses == [TrialStatus.FAILED, TrialStatus.PRUNED, TrialStatus.COMPLETE]


def test_growing_space_is_recorded_as_a_whole(store: TrialStore) -> None:
    def objective(trial: optuna.Trial) -> float:
        value = trial.suggest_float("x", 0, 1)
        return value + trial.suggest_float("y", 0, 1) if trial.number else value

    study, record = random_study(), RecordTrials(store, INFO, search_space="grows", metric="value")
    study.optimize(objective, n_trials=3, callbacks=[record])
    assert [len(one.trials) for one in store.studies("grows")] == [1, 3]


def test_table_is_described_so_that_similar_ones_can_be_found(store: TrialStore) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60), "label": ["yes", "no"] * 30})
    dataset = table_from_frame(frame, target="label").dataset
    study, record = random_study(), RecordTrials(store, dataset, search_space=SPACE, metric="height")
    study.optimize(bowl(), n_trials=1, callbacks=[record])
    assert store.meta_features(TaskType.CLASSIFICATION).dataset_ids == (dataset.fingerprint(),)


def test_next_study_is_warmer(store: TrialStore) -> None:
    study, record = random_study(), RecordTrials(store, INFO, search_space=SPACE, metric="height")
    study.optimize(bowl(), n_trials=30, callbacks=[record])
    sampler = WarmStartSampler(store, search_space="bowl", seed=0)
    warm = optuna.create_study(sampler=sampler)
    warm.optimize(bowl(), n_trials=1)
    assert warm.best_value == study.best_value
    assert sampler.explain(warm)[0].origin is Origin.PORTFOLIO


class BrokenStore:
    """Cannot be written for a while."""

    def __init__(self, store: TrialStore, n_failures: int):
        self.store, self.n_failures = store, n_failures

    def add_dataset(self, info: DatasetInfo) -> None:
        self.store.add_dataset(info)

    def add_meta_features(self, dataset_id: str, meta_features: object) -> None:
        raise AssertionError("nothing to describe")

    def add_study(self, study: PriorStudy) -> int:
        self.n_failures -= 1
        if self.n_failures >= 0:
            raise StoreError("the disk is full; make room")
        return self.store.add_study(study)


def test_store_that_cannot_be_written_is_told_in_the_log_and_tried_again(
    store: TrialStore, caplog: pytest.LogCaptureFixture
) -> None:
    record = RecordTrials(BrokenStore(store, 2), INFO, search_space=SPACE, metric="height")
    study = random_study()
    with caplog.at_level(logging.ERROR, logger="autometa"):
        study.optimize(bowl(), n_trials=3, callbacks=[record])
    assert [r.message for r in caplog.records] == [
        "trials [0] of study 'first' are not in the store: the disk is full; make room",
        "trials [0, 1] of study 'first' are not in the store: the disk is full; make room",
    ]
    assert store.counts()["trials"] == 3
