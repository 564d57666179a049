"""Groups target_classes and target_real: what is to be predicted.

Shapes: n rows, k observed classes.
"""

import numpy as np

from autometa.dataset import Dataset, FloatArray, IntArray, TaskType
from autometa.metafeatures.base import Feature
from autometa.metafeatures.moments import column_moments
from autometa.metafeatures.quartiles import spread
from autometa.metafeatures.summary import Measured, entropy_bits, inapplicable

_CLASSES, _REAL = "target_classes", "target_real"
_MICHIE = "Michie, Spiegelhalter and Taylor 1994"
_ASKL = "Feurer et al. 2015 (auto-sklearn)"
_OWN = "autometa"

CLASS_FEATURES = tuple(
    Feature(name, _CLASSES, f"{definition} Regression: does not apply.", source)
    for name, definition, source in (
        ("n_classes", "k, classes that occur.", _MICHIE),
        ("class_entropy", "H(y) = -sum p log2 p over the classes' shares p, in bits.", _MICHIE),
        ("class_entropy_norm", "H(y) / log2 k; 0 for one class.", "Castiello et al. 2005"),
        ("class_share_max", "Share of the most frequent class.", _ASKL),
        ("class_share_min", "Share of the least frequent class that occurs.", _ASKL),
        ("class_share_sd", "Standard deviation (ddof 0) of the classes' shares.", _ASKL),
        ("class_imbalance_log10", "log10 of the largest over the smallest class share.", _OWN),
        ("class_rare", "Share of the classes that have fewer than 2 rows.", _OWN),
    )
)
REAL_FEATURES = tuple(
    Feature(name, _REAL, f"{definition} Classification: does not apply.", source)
    for name, definition, source in (
        ("target_skewness", "g1 = m3 / m2^1.5 of the target; constant: NaN.", _MICHIE),
        ("target_kurtosis", "g2 = m4 / m2^2 - 3 of the target; constant: NaN.", _MICHIE),
        ("target_distinct_share", "Distinct target values / n.", _OWN),
        ("target_zero_share", "Share of zeros in the target (depends on its unit's origin).", _OWN),
        (
            "target_is_integer",
            "1 if every target value is a whole number, else 0 (depends on its unit).",
            _OWN,
        ),
        (
            "target_outlier_share",
            "Share beyond Tukey's fences, 1.5 IQR outside the quartiles; IQR = 0: NaN.",
            _OWN,
        ),
        ("target_tail_log10", "log10(1 + (max - min) / IQR); IQR = 0: NaN.", _OWN),
    )
)
FEATURES = CLASS_FEATURES + REAL_FEATURES

_RARE_ROWS = 2


def measure(dataset: Dataset) -> Measured:
    """Both target groups, exact, from all rows; one of them never applies."""
    if dataset.task_type is TaskType.CLASSIFICATION:
        no_reals = inapplicable(REAL_FEATURES, "the target is classes, not numbers")
        return no_reals | _classes(dataset.target.astype(np.int64, copy=False))
    no_classes = inapplicable(CLASS_FEATURES, "the target is numbers, not classes")
    return no_classes | _reals(dataset.target.astype(np.float64, copy=False))


def _classes(codes: IntArray) -> Measured:
    counts = np.bincount(codes)
    counts = np.sort(counts[counts > 0])
    shares, k = counts / len(codes), len(counts)
    entropy = float(entropy_bits(counts))
    return {
        "n_classes": float(k),
        "class_entropy": entropy,
        "class_entropy_norm": entropy / float(np.log2(k)) if k > 1 else 0.0,
        "class_share_max": float(shares[-1]),
        "class_share_min": float(shares[0]),
        "class_share_sd": float(shares.std()),
        "class_imbalance_log10": float(np.log10(shares[-1] / shares[0])),
        "class_rare": float((counts < _RARE_ROWS).mean()),
    }


def _reals(target: FloatArray) -> Measured:
    ordered = np.sort(target)  # sorted: the order of the rows changes no bit of the moments
    moments = column_moments(ordered[:, None])
    found = spread(np.ldexp(ordered, -moments.exponent[0]))
    constant, no_iqr = "the target is constant", "the target's interquartile range is 0"
    varies, has_iqr = bool(moments.varies[0]), not np.isnan(found.tail)
    return {
        "target_skewness": float(moments.skewness[0]) if varies else constant,
        "target_kurtosis": float(moments.kurtosis[0]) if varies else constant,
        "target_distinct_share": found.n_distinct / len(target),
        "target_zero_share": found.zero_share,
        "target_is_integer": float((np.floor(ordered) == ordered).all()),
        "target_outlier_share": found.outlier_share if has_iqr else no_iqr,
        "target_tail_log10": found.tail if has_iqr else no_iqr,
    }
