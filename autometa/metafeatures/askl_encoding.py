"""The table as auto-sklearn's default preprocessing leaves it: one-hot, imputed, standardised, shuffled.

Nominal columns come first: missing is a level, levels with less than 1 % of the rows are one level. Then the
numbers: missing ones get the mean, constant columns go, the rest gets mean 0 and deviation 1. Rows are
shuffled with auto-sklearn's own seed.
Shapes: n rows, p numeric and q nominal columns, e encoded columns.
"""

import numpy as np

from autometa.dataset import FloatArray, IntArray

_MINIMUM_SHARE = 0.01
_SHUFFLE_SEED = 42
_EPSILON = float(np.finfo(np.float64).eps)


def encode(numeric: FloatArray, categorical: IntArray) -> FloatArray:
    """The encoded table, in the order of rows that was given.

    Where all numbers are constant, auto-sklearn's variance threshold raises; here these columns just go, as
    they do in company. Powers of two scale the numbers first, so that huge and tiny ones keep their shape.

    Args:
        numeric: (n, p), NaN and infinities are missing.
        categorical: (n, q) codes, -1 missing.

    Returns:
        (n, e), all finite. Within a column's one-hot columns: rare levels, then the codes, then missing.
    """
    columns = [column for codes in categorical.T for column in _one_hot(codes)]
    columns += [scaled for values in numeric.T if (scaled := _standardised(values)) is not None]
    return np.column_stack(columns) if columns else np.empty((len(numeric), 0))


def shuffled_rows(n: int) -> IntArray:
    """The order of n rows in which auto-sklearn cross-validates: its seed is fixed, and so is the order."""
    order = np.arange(n)
    np.random.RandomState(_SHUFFLE_SEED).shuffle(order)  # the legacy generator, for the same order as there
    return order


def _one_hot(codes: IntArray) -> FloatArray:
    """One row per level that is left of (n,) codes: (levels, n) zeros and ones."""
    missing_last = np.where(
        codes < 0, codes.max() + 1, codes
    )  # "missing_value" sorts behind digits and capitals
    levels, inverse, counts = np.unique(missing_last, return_inverse=True, return_counts=True)
    merged = np.where(counts / len(codes) < _MINIMUM_SHARE, -1, levels)[inverse]
    one_hot: FloatArray = (merged == np.unique(merged)[:, None]).astype(np.float64)
    return one_hot


def _standardised(values: FloatArray) -> FloatArray | None:
    """(n,) numbers with mean 0 and deviation 1, the mean where one is missing; None for a constant column."""
    is_known = np.isfinite(values)
    known = values[is_known]
    if len(known) == 0 or known.min() == known.max():
        return None
    exponent = int(np.frexp(np.abs(known).max())[1])
    known = np.ldexp(known, -exponent)
    filled = np.full(len(values), known.mean())
    filled[is_known] = known
    mean, variance = float(filled.mean()), float(filled.var())
    rounding = len(values) * _EPSILON * variance + (len(values) * mean * _EPSILON) ** 2
    scale = np.sqrt(variance) if variance > rounding else 1.0  # scikit-learn's StandardScaler does the same
    return (filled - mean) / scale
