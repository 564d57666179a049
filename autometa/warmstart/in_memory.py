"""InMemoryTrialSource: past studies as plain objects, where no store is wanted."""

import copyreg
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from autometa.dataset import TaskType
from autometa.history import PriorStudy, TrialStatus
from autometa.metafeatures.base import MetaFeatureTable
from autometa.metrics import direction_of
from autometa.warmstart.sources import Candidate, DatasetInfo, PerformanceTable, candidate_key


def _read_only(values: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(values)


# Studies may hold read-only mappings, which do not travel between processes by themselves.
copyreg.pickle(MappingProxyType, lambda proxy: (_read_only, (dict(proxy),)))


class InMemoryTrialSource:
    """A `TrialSource` and `StudySource` over studies that the caller holds.

    Args:
        prior_studies: any number, of any search spaces.
        table: meta-features of the studies' data sets, or of some of them.
        datasets: what else is known of the data sets; only the recommender needs it.

    Example:
        >>> from autometa.history import PriorTrial
        >>> from autometa.search_space import FloatRange, SearchSpace
        >>> space = SearchSpace("ridge", 1, (FloatRange("alpha", 0.1, 10.0),))
        >>> study = PriorStudy("wine", space, "loss", "minimize", (PriorTrial({"alpha": 1.0}, 0.3),))
        >>> len(InMemoryTrialSource([study]).studies("ridge"))
        1
    """

    def __init__(
        self,
        prior_studies: Sequence[PriorStudy],
        table: MetaFeatureTable | None = None,
        *,
        datasets: Sequence[DatasetInfo] = (),
    ):
        self._studies = tuple(prior_studies)
        self._table = table
        self._infos = tuple(datasets)

    def datasets(self, task_type: TaskType) -> list[DatasetInfo]:
        """Those that were described and have a study."""
        studied = {study.dataset_id for study in self._studies}
        return [info for info in self._infos if info.task_type is task_type and info.dataset_id in studied]

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """The table that was given, without data sets that are known to be of the other task."""
        if self._table is None or self._table.pack != pack:
            return MetaFeatureTable(pack, 0, (), (), np.empty((0, 0)))
        others = {info.dataset_id for info in self._infos if info.task_type is not task_type}
        kept = [row for row, name in enumerate(self._table.dataset_ids) if name not in others]
        ids = tuple(self._table.dataset_ids[row] for row in kept)
        return MetaFeatureTable(pack, self._table.version, ids, self._table.names, self._table.values[kept])

    def studies(
        self, search_space: str | None = None, dataset_ids: Sequence[str] | None = None
    ) -> list[PriorStudy]:
        """The studies of the search spaces with this name, or of all; of all or of some data sets."""
        return [
            study
            for study in self._studies
            if search_space in (None, study.search_space.name)
            and (dataset_ids is None or study.dataset_id in dataset_ids)
        ]

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        """Mean scores of every configuration tried on the described data sets.

        Raises:
            UnknownNameError: no study is in this metric, and autometa does not know its direction.
        """
        rows = {info.dataset_id: row for row, info in enumerate(self.datasets(task_type))}
        studies = [study for study in self._studies if study.metric == metric and study.dataset_id in rows]
        candidates = {
            candidate_key(candidate): candidate
            for study in studies
            for candidate in (Candidate(_learner(study), trial.params) for trial in study.trials)
        }
        columns = {key: column for column, key in enumerate(candidates)}
        shape = (len(rows), len(columns))
        sums, counts, failed, seconds = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for study in studies:
            for trial in study.trials:
                cell = (
                    rows[study.dataset_id],
                    columns[candidate_key(Candidate(_learner(study), trial.params))],
                )
                counts[cell] += trial.value is not None
                sums[cell] += trial.value or 0.0
                failed[cell] += trial.status not in (TrialStatus.COMPLETE, TrialStatus.PRUNED)
                seconds[cell] = np.nan if trial.fit_seconds is None else trial.fit_seconds
        scores = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        return PerformanceTable(
            metric=metric,
            direction=studies[0].direction if studies else direction_of(metric, task_type),
            dataset_ids=tuple(rows),
            candidates=tuple(candidates.values()),
            scores=scores,
            failed=np.isnan(scores) & (failed > 0),
            fit_seconds=np.where((counts + failed) > 0, seconds, np.nan),
        )


def _learner(study: PriorStudy) -> str:
    """The name before the task, as "svm" in "svm/classification"."""
    return study.search_space.name.split("/", maxsplit=1)[0]
