"""auto-sklearn's 11 moments and principal-component meta-features, on its encoded table.

Moments are g1 and g2 (biased, ddof 0). Shapes: n rows, e encoded columns.
"""

import numpy as np

from autometa.dataset import FloatArray
from autometa.metafeatures.answers import Answer
from autometa.metafeatures.base import Feature

SOURCE = "auto-sklearn 0.15 (Feurer et al. 2015), after Engels & Theusinger 1998"
SOURCE_PCA = "auto-sklearn 0.15 (Feurer et al. 2015), after Bardenet et al. 2013"
NOTHING_ENCODED = "no column is left after encoding: every number is constant or missing"
NO_VARIANCE = "the encoded table has no variance"

_VARIANCE_SHARE = 0.95
_RESOLUTION = 1e-15  # relative; below it SciPy called a column constant until 1.8
_SUMMARIES = {"Min": "Minimum", "Max": "Maximum", "Mean": "Mean", "STD": "Standard deviation (ddof 0)"}
_MOMENTS = {
    "Kurtosis": "the excess kurtosis g2 = m4 / m2^2 - 3, a constant column counting -3",
    "Skewness": "the skewness g1 = m3 / m2^1.5, a constant column counting 0",
}
FEATURES = (
    *(
        Feature(
            moment + summary,
            "moments",
            f"{how} of {what}, over the columns of the encoded table (one-hot columns included).",
            SOURCE,
        )
        for moment, what in _MOMENTS.items()
        for summary, how in _SUMMARIES.items()
    ),
    Feature(
        "PCAFractionOfComponentsFor95PercentVariance",
        "principal components",
        "Fewest principal components that hold 95 % of the encoded table's variance, divided by its columns, "
        "in (0, 1].",
        SOURCE_PCA,
    ),
    Feature(
        "PCAKurtosisFirstPC",
        "principal components",
        "Excess kurtosis g2 of the rows' scores on the first principal component.",
        SOURCE_PCA,
    ),
    Feature(
        "PCASkewnessFirstPC",
        "principal components",
        "Skewness g1 of these scores. A component's sign is arbitrary: it is the one that makes the largest "
        "absolute score positive, as in scikit-learn below 1.5; on a tie, the largest loading.",
        SOURCE_PCA,
    ),
)


def shape(encoded: FloatArray) -> dict[str, Answer]:
    """The 11 meta-features by name, of the (n, e) encoded table; the order of rows does not matter."""
    if encoded.shape[1] == 0:
        return {feature.name: NOTHING_ENCODED for feature in FEATURES}
    kurtosis, skewness = np.array([_moments(column) for column in encoded.T]).T  # (e,) each
    return {**_summary("Kurtosis", kurtosis), **_summary("Skewness", skewness), **_principal(encoded)}


def _summary(moment: str, values: FloatArray) -> dict[str, Answer]:
    """Minimum, maximum, mean and deviation of (e,) moments."""
    return {
        f"{moment}Min": float(values.min()),
        f"{moment}Max": float(values.max()),
        f"{moment}Mean": float(values.mean()),
        f"{moment}STD": float(values.std()),
    }


def _moments(values: FloatArray) -> tuple[float, float]:
    """Kurtosis and skewness of (n,) numbers; -3 and 0 for a constant, as SciPy said until 1.8."""
    mean = float(values.mean())
    d = values - mean
    d2 = d * d
    m2 = float(d2.mean())
    if m2 <= (_RESOLUTION * mean) ** 2:
        return -3.0, 0.0
    return float((d2 * d2).mean()) / m2**2 - 3.0, float((d2 * d).mean()) / m2**1.5


def _principal(encoded: FloatArray) -> dict[str, Answer]:
    """How many components hold the variance, and the shape of the first one's scores."""
    centred = encoded - encoded.mean(axis=0)
    n, e = centred.shape
    is_tall = n > e
    spectrum, vectors = np.linalg.eigh(centred.T @ centred if is_tall else centred @ centred.T)
    variances = np.maximum(spectrum[::-1], 0.0)  # (min(n, e),), largest first
    if variances[0] <= 0:
        return dict.fromkeys((f.name for f in FEATURES if f.group == "principal components"), NO_VARIANCE)
    held = np.cumsum(variances / variances.sum())
    n_components = min(int(np.searchsorted(held, _VARIANCE_SHARE)) + 1, len(variances))
    first = vectors[:, -1] if is_tall else centred.T @ vectors[:, -1]  # (e,), any length
    first = first * np.sign(first[np.argmax(np.abs(first))])
    scores = centred @ first  # (n,)
    kurtosis, skewness = _moments(scores)
    return {
        "PCAFractionOfComponentsFor95PercentVariance": n_components / e,
        "PCAKurtosisFirstPC": kurtosis,
        "PCASkewnessFirstPC": -skewness if -scores.min() > scores.max() else skewness,
    }
