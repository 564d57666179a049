"""One exact pass over all numbers: what is missing, range and central moments of every numeric column.

Shapes: n rows, p numeric columns; b columns by t rows in a tile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

_TILE_CELLS = 65536  # three buffers of half a megabyte: a tile and its powers stay in the second-level cache
_TILE_ROWS = 8192  # below the length from which BLAS would start threads for a dot product
_SAFE_EXPONENT = (
    200  # sums of fourth powers of numbers between 2**-200 and 2**200 neither overflow nor vanish
)


@dataclass(frozen=True, slots=True, eq=False)
class ColumnMoments:
    """Exact statistics of p numeric columns over their finite cells.

    Attributes:
        n_finite: (p,) finite cells; 0 for an all-missing column, whose other entries are NaN.
        minimum: (p,).
        maximum: (p,).
        exponent: (p,) power of two in whose units the moments are; 0 unless numbers are huge or tiny.
        mean: (p,) in units of 2**exponent.
        m2: (p,) second central moment, ddof 0, in the same units; so are m3 and m4.
        m3: (p,).
        m4: (p,).
        row_has_missing: (n,) True where a row has a missing or infinite number.
    """

    n_finite: IntArray
    minimum: FloatArray
    maximum: FloatArray
    exponent: IntArray
    mean: FloatArray
    m2: FloatArray
    m3: FloatArray
    m4: FloatArray
    row_has_missing: BoolArray

    @property
    def is_constant(self) -> BoolArray:
        """(p,) one distinct finite value."""
        return np.equal(self.minimum, self.maximum)

    @property
    def varies(self) -> BoolArray:
        """(p,) at least two distinct finite values."""
        return np.less(self.minimum, self.maximum)

    @property
    def skewness(self) -> FloatArray:
        """(p,) g1 = m3 / m2^1.5; NaN for columns that do not vary."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.varies & (self.m2 > 0), self.m3 / self.m2**1.5, np.nan)

    @property
    def kurtosis(self) -> FloatArray:
        """(p,) g2 = m4 / m2^2 - 3; NaN for columns that do not vary."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.varies & (self.m2 > 0), self.m4 / self.m2**2 - 3.0, np.nan)


def column_moments(numeric: FloatArray) -> ColumnMoments:
    """Scan every number once, tile by tile, and merge the tiles' moments.

    Columns whose numbers are beyond 2**±200 are scanned again in units of a power of two.

    Args:
        numeric: (n, p), NaN and infinities are missing.
    """
    found = _scan(numeric)
    largest = np.maximum(np.abs(found.minimum), np.abs(found.maximum))
    exponent = np.frexp(np.where(np.isfinite(largest), largest, 0.0))[1]
    for j in np.flatnonzero(np.abs(exponent) > _SAFE_EXPONENT):
        again = _scan(np.ldexp(numeric[:, [j]], -exponent[j]))
        found.exponent[j] = exponent[j]
        found.mean[j], found.m2[j], found.m3[j], found.m4[j] = (
            again.mean[0],
            again.m2[0],
            again.m3[0],
            again.m4[0],
        )
    return found


def tiles(n: int, p: int, *, contiguous: bool) -> Iterator[tuple[slice, slice]]:
    """Cut (p columns, n rows) into pieces that fit the cache.

    Args:
        n: rows.
        p: columns.
        contiguous: True if the columns are contiguous in memory; otherwise tiles are wide and short.
    """
    t = min(n, _TILE_ROWS if contiguous else _TILE_ROWS // 16)
    b = max(1, _TILE_CELLS // t)
    for left in range(0, p, b):
        for top in range(0, n, t):
            yield slice(left, min(left + b, p)), slice(top, min(top + t, n))


def _scan(numeric: FloatArray) -> ColumnMoments:
    """The moments in the numbers' own units; they overflow or vanish for extreme columns.

    Tiles are centred on their own means and merged by Pébay (2008), "Formulas for robust, one-pass parallel
    computation of covariances and arbitrary-order statistical moments", SAND2008-6212, eqs. 2.1 and 3.1. That
    is as exact as two passes and reads the memory once.
    """
    n, p = numeric.shape
    n_finite = np.zeros(p, dtype=np.int64)
    minimum, maximum = np.full(p, np.inf), np.full(p, -np.inf)
    sums = np.zeros((4, p))  # mean, and sums of second, third, fourth powers about it
    row_has_missing = np.zeros(n, dtype=np.bool_)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for columns, rows in tiles(n, p, contiguous=numeric.flags.f_contiguous):
            tile = np.ascontiguousarray(numeric.T[columns, rows])  # (b, t); no copy if already column-major
            low, high, present = tile.min(axis=1), tile.max(axis=1), None
            if not np.isfinite(high - low).all():
                present = np.isfinite(tile)
                row_has_missing[rows] |= ~present.all(axis=0)
                low = np.where(present, tile, np.inf).min(axis=1)
                high = np.where(present, tile, -np.inf).max(axis=1)
            minimum[columns] = np.minimum(minimum[columns], low)
            maximum[columns] = np.maximum(maximum[columns], high)
            _merge(n_finite[columns], sums[:, columns], *_tile_moments(tile, present))
    sums[1:] /= np.maximum(n_finite, 1)
    empty = n_finite == 0
    sums[:, empty], minimum[empty], maximum[empty] = np.nan, np.nan, np.nan
    return ColumnMoments(
        n_finite,
        minimum,
        maximum,
        np.zeros(p, dtype=np.int64),
        sums[0],
        sums[1],
        sums[2],
        sums[3],
        row_has_missing,
    )


def _tile_moments(tile: FloatArray, present: BoolArray | None) -> tuple[IntArray, FloatArray]:
    """Count (b,), and (4, b): mean and sums of second, third and fourth powers about it."""
    if present is None:
        count = np.full(len(tile), tile.shape[1], dtype=np.int64)
        d = tile - (mean := tile.mean(axis=1))[:, None]
    else:
        count = present.sum(axis=1)
        mean = np.where(present, tile, 0.0).sum(axis=1) / np.maximum(count, 1)
        d = np.where(present, tile - mean[:, None], 0.0)
    d2 = d * d
    return count, np.stack([mean, d2.sum(axis=1), np.vecdot(d2, d), np.vecdot(d2, d2)])


def _merge(count: IntArray, sums: FloatArray, other_count: IntArray, other: FloatArray) -> None:
    """Add the other moments (4, b) to `sums`, in place; likewise the counts (b,)."""
    a, b = count.astype(np.float64), other_count.astype(np.float64)
    total = np.maximum(a + b, 1.0)
    delta = np.where(b > 0, other[0] - sums[0], 0.0)
    share_a, share_b = a / total, b / total
    between = delta * delta * a * share_b
    sums[3] += (
        other[3]
        + between * delta * delta * (share_a * share_a - share_a * share_b + share_b * share_b)
        + 6.0 * delta * delta * (share_a * share_a * other[1] + share_b * share_b * sums[1])
        + 4.0 * delta * (share_a * other[2] - share_b * sums[2])
    )
    sums[2] += (
        other[2]
        + between * delta * (share_a - share_b)
        + 3.0 * delta * (share_a * other[1] - share_b * sums[1])
    )
    sums[1] += other[1] + between
    sums[0] += delta * share_b
    count += other_count


def infinite_share(numeric: FloatArray) -> float:
    """Share of the numbers (n, p) that are +inf or -inf; 0 if there are no numbers. They count as missing."""
    return sum(int(np.isinf(column).sum()) for column in numeric.T) / max(numeric.size, 1)
