"""Group redundancy: how much the numbers repeat each other.

Shapes: s sampled rows, d columns that take part.
"""

import numpy as np

from autometa.dataset import ColumnKind, FloatArray
from autometa.metafeatures.base import Feature
from autometa.metafeatures.column_order import column_order
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import Measured, inapplicable

_GROUP = "redundancy"
_MICHIE = "Michie, Spiegelhalter and Taylor 1994"
_BARDENET = "Bardenet et al. 2013"
_OWN = "autometa"
_OVER = (
    "over pairs of the numeric, datetime and boolean (0, 1) columns that vary; up to 20 000 rows, at most "
    "200 columns by a hash of their content; a missing cell takes its column's mean. One column: NaN."
)
_SPECTRUM = "eigenvalues of the same columns' correlation matrix, whose dimension is d."

FEATURES = (
    Feature("correlation_mean", _GROUP, f"Mean of |Pearson r| {_OVER}", _MICHIE),
    Feature("correlation_sd", _GROUP, f"Standard deviation (ddof 0) of |r| {_OVER}", _OWN),
    Feature("correlation_median", _GROUP, f"Median of |r| {_OVER}", _OWN),
    Feature("correlation_max", _GROUP, f"Maximum of |r| {_OVER}", _OWN),
    Feature("frac_correlation_above_50", _GROUP, f"Share with |r| > 0.5 {_OVER}", "Salama et al. 2013"),
    Feature("frac_correlation_above_90", _GROUP, f"Share with |r| > 0.9 {_OVER}", _OWN),
    Feature("pca_components_95", _GROUP, f"Components for 95 % of the variance, / d: {_SPECTRUM}", _BARDENET),
    Feature("pca_first_share", _GROUP, f"Largest share of the sum of {_SPECTRUM}", _MICHIE),
    Feature(
        "pca_effective_dim",
        _GROUP,
        f"2^H / d, H the entropy of the shares of {_SPECTRUM}",
        "Roy and Vetterli 2007",
    ),
)

MAX_COLUMNS = 200
_ROUNDING = 1e-9


def measure(sample: Sample) -> Measured:
    """The redundancy group."""
    z = _standardised(sample)
    d = len(z)
    if d < 2:
        return inapplicable(FEATURES, f"{d} numeric or boolean columns vary; correlations want 2")
    correlation = np.clip(z @ z.T, -1.0, 1.0)
    pairs = np.sort(np.abs(correlation[np.triu_indices(d, 1)]))
    shares = np.maximum(np.linalg.eigvalsh(correlation)[::-1], 0.0) / d
    explained = np.cumsum(shares) / shares.sum()
    positive = shares[shares > 0]
    entropy = -float((positive * np.log2(positive)).sum())
    return {
        "correlation_mean": float(pairs.mean()),
        "correlation_sd": float(pairs.std()),
        "correlation_median": float(np.median(pairs)),
        "correlation_max": float(pairs[-1]),
        "frac_correlation_above_50": float((pairs > 0.5 + _ROUNDING).mean()),
        "frac_correlation_above_90": float((pairs > 0.9 + _ROUNDING).mean()),
        "pca_components_95": float((1 + np.count_nonzero(explained < 0.95 - _ROUNDING)) / d),
        "pca_first_share": float(shares[0]),
        "pca_effective_dim": float(2.0**entropy / d),
    }


def _standardised(sample: Sample) -> FloatArray:
    """(d, s) rows of mean 0 and length 1, missing cells 0, in content order."""
    booleans = np.array([kind is ColumnKind.BOOLEAN for kind in sample.code_kinds], dtype=np.bool_)
    numbers = np.flatnonzero(sample.moments.varies)
    coded = np.flatnonzero(booleans & sample.levels.varies)
    order = column_order(sample, numbers, coded)[:MAX_COLUMNS]
    z = np.empty((len(order), len(sample.rows)))
    is_number = order < len(numbers)
    z[is_number] = sample.numbers(numbers[order[is_number]])
    codes = sample.codes(coded[order[~is_number] - len(numbers)])
    z[~is_number] = np.where(codes < 0, np.nan, codes)
    z = z[np.fmax.reduce(z, axis=1) > np.fmin.reduce(z, axis=1)]  # others are constant in the sample
    known = np.isfinite(z)
    z[~known] = 0.0
    z -= (z.sum(axis=1) / known.sum(axis=1))[:, None]
    z[~known] = 0.0
    standardised: FloatArray = np.divide(z, np.sqrt(np.vecdot(z, z))[:, None])
    return standardised
