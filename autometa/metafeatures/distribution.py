"""Group distribution: shapes of the numeric columns that vary.

Shapes: c numeric columns (no datetimes) with at least two distinct known numbers.
"""

from collections.abc import Sequence

import numpy as np

from autometa.dataset import ColumnKind, FloatArray, IntArray
from autometa.metafeatures.base import Feature
from autometa.metafeatures.moments import BoolArray
from autometa.metafeatures.quartiles import Spread
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import Measured, five_features, five_numbers, inapplicable, slog

_GROUP = "distribution"
_MICHIE = "Michie, Spiegelhalter and Taylor 1994"
_TUKEY = "Tukey 1977"
_OWN = "autometa"
_OVER = "over numeric columns that vary"

FEATURES = (
    *five_features("skewness", _GROUP, f"slog(g1), g1 = m3 / m2^1.5, exact, {_OVER}.", _MICHIE),
    *five_features("kurtosis", _GROUP, f"slog(g2), g2 = m4 / m2^2 - 3, exact, {_OVER}.", _MICHIE),
    *five_features(
        "outlier_share",
        _GROUP,
        f"the share beyond 1.5 IQR outside the quartiles, {_OVER} and have IQR > 0.",
        _TUKEY,
    ),
    *five_features("tail_log10", _GROUP, f"log10(1 + (max - min) / IQR), {_OVER} and have IQR > 0.", _OWN),
    *five_features("mean_median_gap", _GROUP, f"|mean - median| / sd, {_OVER}.", _OWN),
    Feature(
        "frac_zero", _GROUP, f"Mean share of zeros {_OVER}; depends on where a unit has its origin.", _OWN
    ),
    Feature("frac_integer", _GROUP, f"Share {_OVER} of whole numbers only; depends on units.", _OWN),
    Feature("frac_discrete", _GROUP, f"Share {_OVER} of those with at most 20 distinct numbers.", _OWN),
    Feature("frac_binary", _GROUP, f"Share {_OVER} of those with two distinct numbers.", _OWN),
)

_DISCRETE = 20


def columns_described(sample: Sample) -> IntArray:
    """The numeric columns, datetimes not counted, with two distinct known numbers."""
    is_number = np.array([kind is ColumnKind.NUMERIC for kind in sample.number_kinds], dtype=np.bool_)
    return np.flatnonzero(is_number & sample.moments.varies)


def measure(sample: Sample, spreads: Sequence[Spread], is_whole: BoolArray) -> Measured:
    """The distribution group; moments from all rows, the rest from the sample.

    Args:
        sample: whose columns.
        spreads: for each of `columns_described`, in that order; of the sampled rows.
        is_whole: (c,) True for columns of whole numbers.
    """
    columns = columns_described(sample)
    if len(columns) == 0:
        return inapplicable(FEATURES, "no numeric column varies")
    moments = sample.moments
    medians = _of(spreads, "median")
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.abs(moments.mean[columns] - medians) / np.sqrt(moments.m2[columns])
    n_distinct = _of(spreads, "n_distinct")
    no_iqr = "every numeric column that varies has an interquartile range of 0"
    return {
        **five_numbers("skewness", slog(moments.skewness[columns]), ""),
        **five_numbers("kurtosis", slog(moments.kurtosis[columns]), ""),
        **five_numbers("outlier_share", _of(spreads, "outlier_share"), no_iqr),
        **five_numbers("tail_log10", _of(spreads, "tail"), no_iqr),
        **five_numbers("mean_median_gap", gap, ""),
        "frac_zero": float(np.sort(_of(spreads, "zero_share")).mean()),
        "frac_integer": float(is_whole.mean()),
        "frac_discrete": float((n_distinct <= _DISCRETE).mean()),
        "frac_binary": float((n_distinct == 2).mean()),
    }


def _of(spreads: Sequence[Spread], attribute: str) -> FloatArray:
    return np.array([getattr(spread, attribute) for spread in spreads], dtype=np.float64)
