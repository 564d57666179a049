"""The sampled part of a table, in an order of rows and columns that only its content decides.

Shapes: n rows, s sampled rows, p numeric and q coded columns.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import NUMBER_KINDS, ColumnKind, Dataset, FloatArray, IntArray, TaskType
from autometa.metafeatures.levels import ColumnLevels, column_levels
from autometa.metafeatures.moments import ColumnMoments, column_moments
from autometa.metafeatures.row_order import row_order
from autometa.metafeatures.unit_scale import UnitScale

SAMPLE_ROWS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Up to 20 000 rows of a data set, with the exact statistics of its columns.

    Attributes:
        dataset: all n rows.
        moments: exact, of the p numeric columns.
        levels: exact, of the q coded columns.
        rows: (s,) row numbers in content order.
        target: (s,) class codes in the order of first appearance, or the real target.
        number_kinds: (p,) kind of each numeric column.
        code_kinds: (q,) kind of each coded column.
        scale: every column's [0, 1] scale.
    """

    dataset: Dataset
    moments: ColumnMoments
    levels: ColumnLevels
    rows: IntArray
    target: FloatArray | IntArray
    number_kinds: tuple[ColumnKind, ...]
    code_kinds: tuple[ColumnKind, ...]
    scale: UnitScale

    @classmethod
    def of(cls, dataset: Dataset, *, seed: int) -> Self:
        """Scan the data set once, and draw its sample."""
        moments, levels = column_moments(dataset.numeric), column_levels(dataset.categorical)
        scale = UnitScale.of(moments, levels)
        rows = row_order(dataset, scale, n_wanted=SAMPLE_ROWS, seed=seed)
        target = dataset.target[rows]
        if dataset.task_type is TaskType.CLASSIFICATION:
            target = _codes_by_appearance(target.astype(np.int64, copy=False))
        kinds = tuple(column.kind for column in dataset.columns)
        numbers = tuple(kind for kind in kinds if kind in NUMBER_KINDS)
        codes = tuple(kind for kind in kinds if kind not in NUMBER_KINDS)
        return cls(dataset, moments, levels, rows, target, numbers, codes, scale)

    def numbers(self, columns: IntArray, n_rows: int = SAMPLE_ROWS) -> FloatArray:
        """(b, n_rows) numbers, NaN where missing or infinite.

        Huge or tiny columns come in units of a power of two (`ColumnMoments.exponent`): squares are safe.

        Args:
            columns: (b,) which numeric columns.
            n_rows: the first of the sample; fewer if there are fewer.
        """
        found = self.dataset.numeric.T[columns[:, None], self.rows[None, :n_rows]]
        if (self.moments.n_finite[columns] < self.dataset.n_rows).any():
            found[~np.isfinite(found)] = np.nan
        exponent = self.moments.exponent[columns]
        return np.ldexp(found, -exponent[:, None]) if exponent.any() else found

    def codes(self, columns: IntArray, n_rows: int = SAMPLE_ROWS) -> IntArray:
        """(b, n_rows) codes, -1 where missing.

        Args:
            columns: (b,) which coded columns.
            n_rows: the first of the sample; fewer if there are fewer.
        """
        return self.dataset.categorical.T[columns[:, None], self.rows[None, :n_rows]]


def _codes_by_appearance(target: IntArray) -> IntArray:
    """(s,) codes from 0 in the order in which the classes appear."""
    _, first, codes = np.unique(target, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[codes]
