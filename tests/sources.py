"""An in-memory TrialSource for tests, the twin of the SQL store and of the shipped knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autometa.dataset import TaskType
from autometa.metafeatures import features
from autometa.metafeatures.base import MetaFeatureTable
from autometa.metrics import METRICS
from autometa.warmstart.sources import Candidate, DatasetInfo, PerformanceTable


@dataclass(frozen=True)
class InMemorySource:
    """Scores by metric; the data sets are rows."""

    infos: tuple[DatasetInfo, ...]
    candidates: tuple[Candidate, ...]
    scores: dict[str, np.ndarray]
    meta: np.ndarray
    seconds: np.ndarray

    def datasets(self, task_type: TaskType) -> Sequence[DatasetInfo]:
        return [info for info in self.infos if info.task_type is task_type]

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        rows = self._rows(task_type)
        names = tuple(feature.name for feature in features(pack))
        ids = tuple(self.infos[row].dataset_id for row in rows)
        return MetaFeatureTable(pack, 1, ids, names, self.meta[rows].reshape(len(rows), len(names)))

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        rows = self._rows(task_type)
        scores = self.scores.get(metric, np.full((len(self.infos), len(self.candidates)), np.nan))[rows]
        return PerformanceTable(
            metric=metric,
            direction=METRICS[task_type][metric],
            dataset_ids=tuple(self.infos[row].dataset_id for row in rows),
            candidates=self.candidates if rows else (),
            scores=scores if rows else np.zeros((0, 0)),
            failed=np.zeros(scores.shape if rows else (0, 0), dtype=bool),
            fit_seconds=self.seconds[rows] if rows else np.zeros((0, 0)),
        )

    def _rows(self, task_type: TaskType) -> list[int]:
        return [row for row, info in enumerate(self.infos) if info.task_type is task_type]


def toy_source(n_datasets: int = 12, seed: int = 0) -> InMemorySource:
    """Classification data sets in two kinds: forests win on the first, the linear model on the second."""
    rng = np.random.default_rng(seed)
    candidates = (
        Candidate("random_forest", {"max_features": 0.5}),
        Candidate("random_forest", {"max_features": "sqrt"}, is_default=True),
        Candidate("logistic_regression", {"C": 10.0}),
        Candidate("logistic_regression", {"C": 1.0}, is_default=True),
    )
    kinds = np.arange(n_datasets) % 2
    means = np.array([[0.9, 0.88, 0.6, 0.62], [0.6, 0.62, 0.9, 0.88]])
    infos = tuple(
        DatasetInfo(f"id{i}", f"toy{i}", f"toy{i}", TaskType.CLASSIFICATION, 100 * (i + 1), 5, 2)
        for i in range(n_datasets)
    )
    meta = kinds[:, None] + rng.uniform(0, 0.1, (n_datasets, len(features("core"))))
    scores = means[kinds] + rng.uniform(0, 0.005, (n_datasets, 4))
    seconds = np.outer(np.arange(1, n_datasets + 1), [0.2, 0.2, 0.01, 0.01])
    return InMemorySource(infos, candidates, {"balanced_accuracy": scores}, meta, seconds)


def renamed(source: InMemorySource, prefix: str) -> InMemorySource:
    """The same experience under other ids."""
    infos = tuple(replace(info, dataset_id=prefix + info.dataset_id) for info in source.infos)
    return replace(source, infos=infos)
