"""What a meta-feature is made of: a number or a reason, five-number summaries, entropies.

Shapes: k values, b distributions of c counts each.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures.base import Feature

Measured = dict[str, float | str]
"""By feature name: the value, or one sentence why it does not apply."""

SUMMARY_PARTS = ("mean", "sd", "min", "median", "max")


def five_numbers(prefix: str, values: FloatArray, why_empty: str) -> Measured:
    """Mean, sd (ddof 0), minimum, median and maximum over the finite values.

    The values are sorted first, so that their order changes no bit of the result.

    Args:
        prefix: of the five feature names.
        values: (k,), NaN where a column is left out.
        why_empty: the reason to give when no value is left.
    """
    kept = np.sort(values[np.isfinite(values)])
    if len(kept) == 0:
        return {f"{prefix}_{part}": why_empty for part in SUMMARY_PARTS}
    numbers = (kept.mean(), kept.std(), kept[0], np.median(kept), kept[-1])
    return {f"{prefix}_{part}": float(number) for part, number in zip(SUMMARY_PARTS, numbers, strict=True)}


def five_features(prefix: str, group: str, of: str, source: str) -> tuple[Feature, ...]:
    """The five `Feature`s that `five_numbers` fills.

    Args:
        prefix: of the five names.
        group: the features' group.
        of: what is summarised, and over which columns; ends the definition's sentence.
        source: of the quantity summarised.
    """
    words = ("Mean", "Standard deviation (ddof 0)", "Minimum", "Median", "Maximum")
    return tuple(
        Feature(f"{prefix}_{part}", group, f"{word} of {of}", source)
        for part, word in zip(SUMMARY_PARTS, words, strict=True)
    )


def inapplicable(features: Sequence[Feature], reason: str) -> Measured:
    """The same reason for each of these features."""
    return {feature.name: reason for feature in features}


def slog(x: FloatArray) -> FloatArray:
    """sign(x) ln(1 + |x|): a logarithm for numbers of either sign."""
    return np.sign(x) * np.log1p(np.abs(x))


def entropy_bits(counts: NDArray[np.number]) -> FloatArray:
    """Shannon entropy in bits along the last axis.

    Args:
        counts: (..., c) counts from 0; every distribution has at least one.
    """
    counts = np.sort(counts, axis=-1).astype(np.float64)  # sorted: renaming the values changes no bit
    total = counts.sum(axis=-1)
    weighted = counts * np.log2(np.maximum(counts, 1.0))
    return np.asarray(np.maximum(np.log2(total) - weighted.sum(axis=-1) / total, 0.0))


def split_measured(
    features: Sequence[Feature], measured: Mapping[str, float | str]
) -> tuple[FloatArray, dict[str, str]]:
    """Values in the order of the features, and the reason for every NaN.

    Args:
        features: k features; each must have been measured.
        measured: by name, a number or a reason.
    """
    values = np.full(len(features), np.nan)
    reasons = {}
    for i, feature in enumerate(features):
        found = measured[feature.name]
        if isinstance(found, str):
            reasons[feature.name] = found
        elif not np.isfinite(found):
            reasons[feature.name] = "the value is beyond the range of double precision"
        else:
            values[i] = found
    return values, reasons
