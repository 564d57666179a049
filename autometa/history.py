"""What was tried before: prior trials, the studies they belong to, and neighbours among data sets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from autometa.search_space import Configuration, SearchSpace

Direction = Literal["minimize", "maximize"]
_NO_VALUES: Mapping[str, float] = MappingProxyType({})


class TrialStatus(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    FAILED = "failed"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class PriorTrial:
    """One configuration and what came of it.

    Attributes:
        params: the configuration.
        value: score in the study's metric, finite; None if there is none (failed, timed out).
        status: how it ended.
        seed: random seed of the run; None if unknown.
        fold_scores: the metric on each fold; empty if unknown.
        fit_seconds: CPU seconds of one fit, mean over folds; None if unknown.
        other_values: further metrics by name, e.g. {"roc_auc": .91}; only finite ones.
    """

    params: Configuration
    value: float | None
    status: TrialStatus = TrialStatus.COMPLETE
    seed: int | None = None
    fold_scores: tuple[float, ...] = ()
    fit_seconds: float | None = None
    other_values: Mapping[str, float] = field(default_factory=lambda: _NO_VALUES)

    def __post_init__(self) -> None:
        """A value is finite or absent; a complete trial has one."""
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"a trial's value is {self.value}; give a finite number, or None if it failed")
        if (self.value is None) == (self.status is TrialStatus.COMPLETE):
            raise ValueError(
                f"status {self.status} with value {self.value}: a trial has a value if, and only if, complete"
            )


@dataclass(frozen=True, slots=True)
class PriorStudy:
    """All trials of one learner's search space on one data set.

    Attributes:
        dataset_id: the data set's fingerprint, or a foreign id such as "openml:31".
        search_space: the space the configurations belong to.
        metric: name of the score, e.g. "balanced_accuracy".
        direction: whether larger or smaller values are better.
        trials: in the order in which they ran.
        source: where they come from, e.g. "local" or "openml".
        versions: software versions, e.g. {"scikit-learn": "1.9.1"}.
        n_fit_rows: rows that one fit saw; None if unknown.
    """

    dataset_id: str
    search_space: SearchSpace
    metric: str
    direction: Direction
    trials: tuple[PriorTrial, ...]
    source: str = "local"
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    n_fit_rows: int | None = None


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A known data set and how far it is: 0 is the same, smaller is closer."""

    dataset_id: str
    distance: float
