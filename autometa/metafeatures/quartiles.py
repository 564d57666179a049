"""What follows from sorted numbers: quartiles, Tukey's outliers, tails, distinct values.

Shapes: b columns of s sorted numbers, NaN last.
"""

from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray, IntArray

_FENCE = 1.5
_ROUNDING = 1e-6  # of the interquartile range: a number on a fence is inside, even as float32 in another unit


@dataclass(frozen=True, slots=True)
class Spread:
    """Order statistics of one column's known numbers.

    Attributes:
        median: NaN if nothing is known.
        outlier_share: beyond Tukey's fences, q1 - 1.5 IQR and q3 + 1.5 IQR; NaN if IQR = 0.
        tail: log10(1 + (max - min) / IQR); NaN if IQR = 0.
        zero_share: share of zeros.
        n_distinct: distinct numbers.
    """

    median: float
    outlier_share: float
    tail: float
    zero_share: float
    n_distinct: int


def spread(ordered: FloatArray) -> Spread:
    """Order statistics of one column; quartiles interpolate linearly (Hyndman and Fan 1996, type 7).

    Args:
        ordered: (m,) sorted finite numbers, whose range is finite; m >= 1.
    """
    m = len(ordered)
    q1, median, q3 = _quantile(ordered, 0.25), _quantile(ordered, 0.5), _quantile(ordered, 0.75)
    zero = int(np.searchsorted(ordered, 0.0, side="right") - np.searchsorted(ordered, 0.0))
    n_distinct = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
    iqr = q3 - q1
    if iqr <= 0:
        return Spread(median, np.nan, np.nan, zero / m, n_distinct)
    reach = (_FENCE + _ROUNDING) * iqr
    below = int(np.searchsorted(ordered, q1 - reach))
    above = m - int(np.searchsorted(ordered, q3 + reach, side="right"))
    tail = float(np.log10(1.0 + (ordered[-1] - ordered[0]) / iqr))
    return Spread(median, (below + above) / m, tail, zero / m, n_distinct)


def quantile_bins(ordered: FloatArray, n_known: IntArray, values: FloatArray, n_bins: int) -> IntArray:
    """Bins of equal frequency, 0 to n_bins - 1; ties stay together.

    The edges are the order statistics x_(ceil(k m / n_bins)), each in the lower bin; none is interpolated, so
    bins do not depend on the unit. A bin that ties have emptied does not occur.

    Args:
        ordered: (b, s) sorted along the rows, NaN last.
        n_known: (b,) numbers that are not NaN.
        values: (b, s) in any order; NaN gets bin n_bins.
        n_bins: bins for the known numbers.

    Returns:
        (b, s) int64.
    """
    ranks = -(-np.arange(1, n_bins) * n_known[:, None] // n_bins) - 1  # (b, n_bins - 1)
    edges = np.take_along_axis(ordered, np.maximum(ranks, 0), axis=1)
    bins = np.zeros(values.shape, dtype=np.int8)
    for edge in edges.T:
        bins += values > edge[:, None]
    bins[np.isnan(values)] = n_bins
    return bins.astype(np.int64)


def _quantile(ordered: FloatArray, q: float) -> float:
    """Linear interpolation between the two nearest order statistics."""
    position = q * (len(ordered) - 1)
    i = int(position)
    if i + 1 == len(ordered):
        return float(ordered[i])
    return float(ordered[i] + (position - i) * (ordered[i + 1] - ordered[i]))
