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
_SAFE_EXPONENT = 200  # fourth powers of numbers up to 2**200 are finite


@dataclass(frozen=True, slots=True, eq=False)
class ColumnMoments:
    """Exact statistics of p numeric columns over their finite cells.

    Attributes:
        n_finite: (p,) finite cells; 0 for an all-missing column, whose other entries are NaN.
        n_infinite: (p,) cells that are +inf or -inf.
        minimum: (p,).
        maximum: (p,).
        exponent: (p,) power of two that the moments' units were divided by; 0 unless numbers are huge or tiny.
        mean: (p,) in units of 2**exponent.
        m2: (p,) second central moment, ddof 0, in the same units; so are m3 and m4.
        m3: (p,).
        m4: (p,).
        row_has_missing: (n,) True where a row has a missing or infinite number.
    """

    n_finite: IntArray
    n_infinite: IntArray
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
        return self.minimum == self.maximum

    @property
    def varies(self) -> BoolArray:
        """(p,) at least two distinct finite values."""
        return self.minimum < self.maximum

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

    Tiles are centred on their own means and merged by Pébay (2008), "Formulas for robust, one-pass parallel
    computation of covariances and arbitrary-order statistical moments", eqs. 2.1, 3.1 (SAND2008-6212). This is
    as exact as two passes and reads the memory once.

    Args:
        numeric: (n, p), NaN and infinities are missing.
    """
    n, p = numeric.shape
    n_finite, n_infinite = np.zeros(p, dtype=np.int64), np.zeros(p, dtype=np.int64)
    minimum, maximum = np.full(p, np.inf), np.full(p, -np.inf)
    exponent = _exponents(numeric)
    sums = np.zeros((4, p))  # mean, and sums of second, third, fourth powers about it
    row_has_missing = np.zeros(n, dtype=np.bool_)
    for columns, rows in tiles(n, p, contiguous=numeric.flags.f_contiguous):
        tile = numeric.T[columns, rows]
        present: BoolArray | None = None
        low = tile.min(axis=1)
        high = tile.max(axis=1)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            present = np.isfinite(tile)
            row_has_missing[rows] |= ~present.all(axis=0)
            n_infinite[columns] += np.isinf(tile).sum(axis=1)
            low = np.where(present, tile, np.inf).min(axis=1)
            high = np.where(present, tile, -np.inf).max(axis=1)
        np.minimum(minimum[columns], low, out=minimum[columns])
        np.maximum(maximum[columns], high, out=maximum[columns])
        if exponent[columns].any():
            tile = np.ldexp(tile, -exponent[columns][:, None])
        count, part = _tile_moments(tile, present)
        _merge(n_finite[columns], sums[:, columns], count, part)
    empty = n_finite == 0
    counts = np.maximum(n_finite, 1)
    sums[:, empty] = np.nan
    minimum[empty] = maximum[empty] = np.nan
    return ColumnMoments(
        n_finite,
        n_infinite,
        minimum,
        maximum,
        exponent,
        sums[0],
        sums[1] / counts,
        sums[2] / counts,
        sums[3] / counts,
        row_has_missing,
    )


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


def _exponents(numeric: FloatArray) -> IntArray:
    """(p,) powers of two that bring huge or tiny columns near 1; 0 for all others."""
    n, p = numeric.shape
    exponents = np.zeros(p, dtype=np.int64)
    for columns, rows in tiles(n, p, contiguous=numeric.flags.f_contiguous):
        raise NotImplementedError((columns, rows))
    return exponents


def _tile_moments(tile: FloatArray, present: BoolArray | None) -> tuple[IntArray, FloatArray]:
    """Count (b,), and (4, b): mean and sums of second, third and fourth powers about it."""
    if present is None:
        count = np.full(len(tile), tile.shape[1], dtype=np.int64)
        mean = tile.mean(axis=1)
        d = tile - mean[:, None]
    else:
        count = present.sum(axis=1)
        mean = np.where(present, tile, 0.0).sum(axis=1) / np.maximum(count, 1)
        d = np.where(present, tile - mean[:, None], 0.0)
    d2 = d * d
    return count, np.stack([mean, d2.sum(axis=1), np.vecdot(d2, d), np.vecdot(d2, d2)])
