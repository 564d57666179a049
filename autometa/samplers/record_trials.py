"""RecordTrials: an Optuna callback by which every finished trial goes to the store, for the next study."""

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

import optuna
from optuna.trial import FrozenTrial

from autometa.dataset import Dataset
from autometa.errors import AutometaError
from autometa.history import Direction, PriorStudy
from autometa.metafeatures import MetaFeatures, extract
from autometa.optuna_spaces import fold_switches
from autometa.optuna_studies import FINISHED, prior_trial, search_space_of
from autometa.search_space import SearchSpace
from autometa.warmstart.fitted_source import configuration_key
from autometa.warmstart.sources import DatasetInfo

logger = logging.getLogger(__name__)


class TrialArchive(Protocol):
    """Where trials are kept: the SQL store is one."""

    def add_dataset(self, info: DatasetInfo) -> None:
        """Keep a data set; again without effect."""
        ...

    def add_meta_features(self, dataset_id: str, meta_features: MetaFeatures) -> None:
        """Keep a data set's numbers."""
        ...

    def add_study(self, study: PriorStudy) -> int:
        """Keep a study's trials that are not kept yet; returns how many were new."""
        ...


class RecordTrials:
    """A callback for `study.optimize` that gives every finished trial to the store at once.

    A trial that is recorded twice stays one trial. If the store cannot be written, the log says so, the study
    goes on, and the trial is tried again with the next one.

    Args:
        store: a `TrialStore` open for writing.
        dataset: what the study is about: a table, which is described too; what is known of it; or the id of
            one that is stored.
        search_space: the space of the objective, or its name. With a name, the space is what the trials so
            far were asked for; where that grows, in conditional objectives, all trials are recorded again
            under the larger space, so better give the space.
        metric: name of the objective's value.
        source: where the trials come from, e.g. a team's name; the study's name is added.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from autometa.dataset import TaskType
        >>> from autometa_store.trial_store import TrialStore
        >>> optuna.logging.set_verbosity(optuna.logging.ERROR)
        >>> info = DatasetInfo("wine", "wine", "wine", TaskType.REGRESSION, 100, 5)
        >>> with TemporaryDirectory() as folder, TrialStore.open(f"{folder}/history.db") as store:
        ...     study = optuna.create_study()
        ...     record = RecordTrials(store, info, search_space="ridge", metric="rmse")
        ...     study.optimize(lambda t: t.suggest_float("alpha", 0, 1), n_trials=3, callbacks=[record])
        ...     len(store.studies("ridge")[0].trials)
        3
    """

    def __init__(
        self,
        store: TrialArchive,
        dataset: Dataset | DatasetInfo | str,
        *,
        search_space: SearchSpace | str,
        metric: str,
        source: str = "optuna",
    ):
        self._store = store
        self._dataset = dataset
        self._search_space = search_space
        self._metric = metric
        self._source = source
        self._dataset_id: str | None = None
        self._recorded_as: SearchSpace | None = None
        self._waiting: set[int] = set()
        self._lock = threading.Lock()

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Record a trial that has just finished, and those that could not be recorded before."""
        with self._lock:
            self._waiting.add(trial.number)
            try:
                self._record(study)
            except AutometaError as error:
                logger.error(  # the trace would tell of our code, not of the store
                    "trials %s of study %r are not in the store: %s",
                    sorted(self._waiting),
                    study.study_name,
                    error,
                )
            else:
                self._waiting.clear()

    def _record(self, study: optuna.Study) -> None:
        finished = study.get_trials(deepcopy=False, states=FINISHED)
        space = self._space(finished)
        is_larger = self._recorded_as not in (None, space)
        wanted = finished if is_larger else _with_equals(finished, self._waiting)
        maximizes = study.direction == optuna.study.StudyDirection.MAXIMIZE
        direction: Direction = "maximize" if maximizes else "minimize"
        self._dataset_id = self._dataset_id or self._describe()
        self._store.add_study(
            PriorStudy(
                dataset_id=self._dataset_id,
                search_space=space,
                metric=self._metric,
                direction=direction,
                trials=tuple(prior_trial(one) for one in wanted if one.params),
                source=f"{self._source}:{study.study_name}",
            )
        )
        self._recorded_as = space

    def _space(self, finished: Sequence[FrozenTrial]) -> SearchSpace:
        if isinstance(self._search_space, SearchSpace):
            return self._search_space
        return search_space_of(finished, name=self._search_space)

    def _describe(self) -> str:
        """Store what is known of the data set; returns its id."""
        if isinstance(self._dataset, str):
            return self._dataset
        if isinstance(self._dataset, DatasetInfo):
            self._store.add_dataset(self._dataset)
            return self._dataset.dataset_id
        info = _info(self._dataset)
        self._store.add_dataset(info)
        self._store.add_meta_features(info.dataset_id, extract(self._dataset))
        return info.dataset_id


def _info(dataset: Dataset) -> DatasetInfo:
    return DatasetInfo(
        dataset_id=dataset.fingerprint(),
        name=dataset.name,
        family=dataset.name,
        task_type=dataset.task_type,
        n_rows=dataset.n_rows,
        n_columns=dataset.n_columns,
        n_classes=len(dataset.class_names),
    )


def _with_equals(finished: Sequence[FrozenTrial], numbers: set[int]) -> list[FrozenTrial]:
    """The trials with these numbers and all with equal parameters, in the order in which they ended.

    A store tells repeats of a configuration apart by how many stand before them, so that all of them are
    given whenever one is.
    """
    keys = {one.number: configuration_key(fold_switches(one.params)) for one in finished}
    wanted = {keys[number] for number in numbers if number in keys}
    equal = [one for one in finished if keys[one.number] in wanted]
    return sorted(equal, key=lambda one: (str(one.datetime_complete), one.number))
