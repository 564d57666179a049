"""Pool problems: find the best of a pool of configurations on one data set, knowing others.

A problem is what a method may see (`Knowledge`) and the answers (`gains`, `regrets`), kept apart so that
only the runner and the oracles can look.

Shapes: k sources, m configurations in the pool, d dimensions, t data sets of a table.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures import MetaFeatures, MetaFeatureTable
from benchmarks.warmstart.parameters import Parameter

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PoolTask:
    """One data set with every configuration that was tried on it.

    Attributes:
        dataset_id: unique within its table.
        family: copies and variants of one data set share it.
        points: (m, d) in [0, 1].
        gains: (m,) larger is better.
        regrets: (m,) in [0, 1]; 0 is the best of the pool.
    """

    dataset_id: str
    family: str
    points: FloatArray
    gains: FloatArray
    regrets: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PoolTable:
    """Many data sets with pools of one space.

    Attributes:
        name: of the problem set, e.g. "openml_rf".
        parameters: what the columns of the points mean.
        tasks: t data sets.
        meta: (t, .) meta-features, rows as the tasks; NaN rows where unknown. None if there are none at all.
        shares_pool: True if every task has the same points in the same order.
        n_initial: random configurations that every method is given before its first proposal.
        n_trials: proposals of a method.
        regret_scale: in words, what regret 1 is.
    """

    name: str
    parameters: tuple[Parameter, ...]
    tasks: tuple[PoolTask, ...]
    meta: MetaFeatureTable | None
    shares_pool: bool
    n_initial: int
    n_trials: int
    regret_scale: str


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What a method may see.

    Attributes:
        parameters: what the columns of the points mean.
        points: (m, d) the target's pool.
        source_ids: (k,).
        source_points: k arrays of points.
        source_gains: k arrays of gains.
        surfaces: (k, m) each source's rank-Gaussianised gain, expected at the target's pool.
        regrets: (k, m) the same as regrets of the source, in [0, 1].
        meta: (k, .) meta-features of the sources; None if there are none.
        query: the target's; None if there are none.
        shares_pool: True if sources were tried at exactly the target's points.
    """

    parameters: tuple[Parameter, ...]
    points: FloatArray
    source_ids: tuple[str, ...]
    source_points: tuple[FloatArray, ...]
    source_gains: tuple[FloatArray, ...]
    surfaces: FloatArray
    regrets: FloatArray
    meta: MetaFeatureTable | None
    query: MetaFeatures | None
    shares_pool: bool

    def without_meta(self) -> "Knowledge":
        """The same without meta-features."""
        return replace(self, meta=None, query=None)


@dataclass(frozen=True, slots=True, eq=False)
class PoolProblem:
    """One data set as target, with the answers.

    Attributes:
        table: name of its table.
        dataset_id: of the target.
        family: of the target.
        known: what a method may see.
        shuffled: the same with all meta-features dealt to wrong data sets.
        gains: (m,) the answers.
        regrets: (m,) the answers as they are judged.
        n_initial: random configurations given first.
        n_trials: proposals of a method.
    """

    table: str
    dataset_id: str
    family: str
    known: Knowledge
    shuffled: Knowledge
    gains: FloatArray
    regrets: FloatArray
    n_initial: int
    n_trials: int

    def initial(self, seed: int) -> list[int]:
        """The configurations that every method is given first, the same for all methods of a seed."""
        rng = np.random.default_rng([seed, *self.dataset_id.encode()])
        return [int(i) for i in rng.choice(len(self.gains), self.n_initial, replace=False)]


class Policy(Protocol):
    """A method at work on one problem."""

    def ask(self, free: BoolArray) -> int:
        """The next configuration to try, one of those that are free (m,)."""
        ...

    def tell(self, index: int, gain: float) -> None:
        """What a configuration gave, proposed by this policy or not."""
        ...


def source_rows(table: PoolTable, target: int) -> list[int]:
    """The tasks that may be sources of a target: all but its family."""
    family = table.tasks[target].family
    return [row for row, task in enumerate(table.tasks) if task.family != family]


def clipped_regrets(gains: FloatArray, worst: float) -> FloatArray:
    """(m,) regrets from 0, the best of the pool, to 1, what is as bad as `worst` or worse."""
    span = max(float(gains.max()) - worst, np.finfo(float).tiny)
    regrets: FloatArray = np.clip((gains.max() - gains) / span, 0.0, 1.0)
    return regrets


def row_of(meta: MetaFeatureTable, row: int) -> MetaFeatures:
    """One row of a table of meta-features as a query."""
    return MetaFeatures(meta.pack, meta.version, meta.names, meta.values[row])


def rows_of(meta: MetaFeatureTable, rows: list[int]) -> MetaFeatureTable:
    """Some rows of a table of meta-features."""
    ids = tuple(meta.dataset_ids[row] for row in rows)
    return replace(meta, dataset_ids=ids, values=meta.values[rows])
