"""TrialRecorder: a callback by which every trial on a table goes to the store, as its learner's."""

import logging
import threading
from collections.abc import Mapping
from statistics import fmean
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from autometa.dataset import Dataset
from autometa.errors import AutometaError
from autometa.evaluation.runner import software_versions
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.learners.catalogue import learner
from autometa.metafeatures import MetaFeatures
from autometa.optuna_spaces import fold_switches
from autometa.samplers import TrialArchive
from autometa.tuning.joint_space import split
from autometa.tuning.objective import SCORES, SECONDS, STATUS
from autometa.tuning.setup import SEARCHED, Setup
from autometa.warmstart.sources import DatasetInfo

logger = logging.getLogger(__name__)


class TrialRecorder:
    """Gives every finished trial to the archive at once; one that is given twice stays one.

    Pruned trials are recorded with the folds that they saw and without a value; trials that were cut off from
    outside are not recorded. If the archive cannot be written, the search goes on, and the trial is given
    again with the next one.

    Args:
        archive: an open store.
        setup: of the search.
        meta_features: the table's.
    """

    def __init__(self, archive: TrialArchive, setup: Setup, *, meta_features: MetaFeatures):
        self._archive = archive
        self._setup = setup
        self._dataset = setup.table.dataset
        self._meta_features = meta_features
        self._is_described = False
        self._waiting: list[PriorStudy] = []
        self._lock = threading.Lock()
        self.n_recorded = 0
        self.reason = ""

    @property
    def n_waiting(self) -> int:
        """Trials that the archive has not taken; `reason` says why."""
        return len(self._waiting)

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Record a trial that has just finished, and those that could not be recorded before."""
        with self._lock:
            if trial.state is not TrialState.FAIL or STATUS in trial.user_attrs:
                self._waiting.append(self._prior_study(trial))
            try:
                self._record()
            except AutometaError as error:
                self.reason = str(error)
                logger.error("%d trials are not in the store: %s", len(self._waiting), error)

    def _record(self) -> None:
        if not self._is_described:
            info = describe(self._dataset)
            self._archive.add_dataset(info)
            self._archive.add_meta_features(info.dataset_id, self._meta_features)
            self._is_described = True
        while self._waiting:
            self.n_recorded += self._archive.add_study(self._waiting[0])
            self._waiting.pop(0)

    def _prior_study(self, trial: FrozenTrial) -> PriorStudy:
        name, params = split(fold_switches(trial.params))
        job, metric = self._setup.job, self._setup.metric
        return PriorStudy(
            dataset_id=self._dataset.fingerprint(),
            search_space=learner(name).search_spaces[job.task_type],
            metric=metric,
            direction=self._setup.direction,
            trials=(_prior_trial(trial, params, metric, job.plan.seed),),
            source=SEARCHED,
            versions=software_versions(learner(name)),
            n_fit_rows=job.n_fit_rows,
        )


def describe(dataset: Dataset) -> DatasetInfo:
    """What a store remembers of a table beside its meta-features.

    Args:
        dataset: the table.
    """
    return DatasetInfo(
        dataset_id=dataset.fingerprint(),
        name=dataset.name,
        family=dataset.name,
        task_type=dataset.task_type,
        n_rows=dataset.n_rows,
        n_columns=dataset.n_columns,
        n_classes=len(dataset.class_names),
    )


def _prior_trial(trial: FrozenTrial, params: Mapping[str, Any], metric: str, seed: int) -> PriorTrial:
    scores: Mapping[str, list[float]] = trial.user_attrs.get(SCORES, {})
    is_complete = trial.state is TrialState.COMPLETE
    pruned_or_failed = TrialStatus.PRUNED if trial.state is TrialState.PRUNED else None
    status = TrialStatus.COMPLETE if is_complete else pruned_or_failed or trial.user_attrs[STATUS]
    means = {name: fmean(values) for name, values in scores.items()} if is_complete else {}
    return PriorTrial(
        params=params,
        value=means.pop(metric) if is_complete else None,
        status=TrialStatus(status),
        seed=seed,
        fold_scores=tuple(scores.get(metric, ())),
        fit_seconds=trial.user_attrs.get(SECONDS),
        other_values=means,
    )
