"""TrialSource and StudySource: where past experience comes from, as a table of scores or trial by trial.

Shapes: k data sets, c candidate configurations.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray, TaskType
from autometa.history import Direction, PriorStudy
from autometa.metafeatures.base import MetaFeatureTable
from autometa.search_space import Configuration


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What is remembered of a data set beside its meta-features.

    Attributes:
        dataset_id: fingerprint or foreign id.
        name: for people.
        family: copies and variants of one data set share it; they are held out together.
        n_rows: of the full table, before any subsampling.
        n_columns: input columns.
        n_classes: 0 for regression.
        source: where the table comes from.
    """

    dataset_id: str
    name: str
    family: str
    task_type: TaskType
    n_rows: int
    n_columns: int
    n_classes: int = 0
    source: str = "local"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A learner with a configuration, as tried on many data sets."""

    learner: str
    params: Configuration
    is_default: bool = False


def candidate_key(candidate: Candidate) -> str:
    """Text that is equal for equal learners and configurations, whatever the order of parameters."""
    return candidate.learner + json.dumps(dict(candidate.params), sort_keys=True)


@dataclass(frozen=True, slots=True, eq=False)
class PerformanceTable:
    """Scores of candidate configurations on data sets.

    Attributes:
        metric: name of the score.
        direction: as the metric is published; `scores` keep the metric's own sign.
        dataset_ids: (k,).
        candidates: (c,).
        scores: (k, c) float64; NaN where there is none.
        failed: (k, c) bool; True where it was tried and gave no score (failed, timed out).
        fit_seconds: (k, c) CPU seconds of one fit; NaN if unknown.
        fit_rows: (k,) rows that such a fit saw; None where it was the whole data set.
    """

    metric: str
    direction: Direction
    dataset_ids: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    scores: FloatArray
    failed: NDArray[np.bool_]
    fit_seconds: FloatArray
    fit_rows: FloatArray | None = None

    @property
    def gains(self) -> FloatArray:
        """(k, c) scores turned so that larger is better."""
        return self.scores if self.direction == "maximize" else -self.scores


class TrialSource(Protocol):
    """Past experience: implemented by the SQL store, the shipped knowledge, and in memory."""

    def datasets(self, task_type: TaskType) -> Sequence[DatasetInfo]:
        """The data sets with at least one study of this task type."""
        ...

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """The meta-features of those data sets that have them."""
        ...

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        """Scores in this metric of every configuration that was tried on those data sets."""
        ...


class StudySource(Protocol):
    """Past experience of one search space, trial by trial: what a sampler learns from.

    Implemented by the SQL store, the shipped knowledge, and in memory.
    """

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """The meta-features of those data sets that have them; as in `TrialSource`."""
        ...

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> Sequence[PriorStudy]:
        """The studies of the search spaces with this name, of all or of some data sets.

        None where there is no such search space.
        """
        ...
