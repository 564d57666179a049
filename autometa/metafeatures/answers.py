"""Answers: what a pack computes, before it becomes an array: a number, or the sentence why there is none."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from autometa.dataset import FloatArray
from autometa.metafeatures.base import Feature

Answer = float | str

TOO_LARGE = "the numbers leave the range of a double"


def to_values(
    features: Sequence[Feature], answers: Mapping[str, Answer]
) -> tuple[FloatArray, dict[str, str]]:
    """The answers as an array in the features' order, and the reasons of what has no number.

    A number that is not finite becomes NaN with the reason that the range of a double was left.

    Args:
        features: m features; every one must have an answer.
        answers: by feature name, a number or a reason.

    Returns:
        (m,) values, NaN where there is none; one reason per NaN, by feature name.
    """
    values = np.full(len(features), np.nan)
    reasons: dict[str, str] = {}
    for i, feature in enumerate(features):
        answer = answers[feature.name]
        if isinstance(answer, str):
            reasons[feature.name] = answer
        elif math.isfinite(answer):
            values[i] = answer
        else:
            reasons[feature.name] = TOO_LARGE
    return values, reasons
