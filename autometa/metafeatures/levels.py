"""One exact pass over all codes: levels, missing cells and entropy of every coded column.

Shapes: n rows, q boolean, categorical and text columns.
"""

from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray, IntArray
from autometa.metafeatures.moments import BoolArray
from autometa.metafeatures.summary import entropy_bits

_RARE_ROWS = 10


@dataclass(frozen=True, slots=True, eq=False)
class ColumnLevels:
    """Exact statistics of q coded columns; a missing cell is not a level.

    Attributes:
        n_known: (q,) cells that are not missing.
        n_levels: (q,) levels that occur.
        entropy: (q,) of the levels, in bits; 0 for fewer than two levels.
        rare_share: (q,) share of the known cells whose level has fewer than 10 rows; NaN if none is known.
        largest_code: (q,) at least 0.
        mean_code: (q,) over the known cells; 0 if there is none.
        row_has_missing: (n,) True where a row has a missing code.
    """

    n_known: IntArray
    n_levels: IntArray
    entropy: FloatArray
    rare_share: FloatArray
    largest_code: IntArray
    mean_code: FloatArray
    row_has_missing: BoolArray

    @property
    def is_constant(self) -> BoolArray:
        """(q,) one level."""
        return np.equal(self.n_levels, 1)

    @property
    def varies(self) -> BoolArray:
        """(q,) at least two levels."""
        return np.greater(self.n_levels, 1)


def column_levels(codes: IntArray) -> ColumnLevels:
    """Count the levels of every column.

    Args:
        codes: (n, q) from 0; -1 is missing.
    """
    n, q = codes.shape
    n_known, n_levels, largest = (np.zeros(q, dtype=np.int64) for _ in range(3))
    entropy, rare_share, mean_code = np.zeros(q), np.full(q, np.nan), np.zeros(q)
    row_has_missing = np.zeros(n, dtype=np.bool_)
    for j in range(q):
        column = codes[:, j]
        if column.min() < 0:
            row_has_missing |= column < 0
            column = column[column >= 0]
        if len(column) == 0:
            continue
        by_code = np.bincount(column)
        counts = by_code[by_code > 0]
        n_known[j], n_levels[j], largest[j] = len(column), len(counts), len(by_code) - 1
        entropy[j] = entropy_bits(counts)
        rare_share[j] = counts[counts < _RARE_ROWS].sum() / len(column)
        mean_code[j] = by_code @ np.arange(len(by_code)) / len(column)
    return ColumnLevels(n_known, n_levels, entropy, rare_share, largest, mean_code, row_has_missing)
