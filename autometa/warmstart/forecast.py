"""Forecasts from meta-features: the score that a candidate will reach, with an interval, and what a fit costs.

Shapes: k data sets, m features, c candidates.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import FloatArray
from autometa.similarity.scaled_l1 import to_ranks

PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)  # of the ridge regression, on standardised ranks
COVERAGE = 0.8  # of the intervals


@dataclass(frozen=True, slots=True, eq=False)
class ScoreForecast:
    """Ridge regression of every candidate's score on the ranks of the meta-features.

    Closed form, all candidates at once. The penalty is the one with the least leave-one-out error; intervals are
    the quantiles of the leave-one-out residuals (hat-matrix formula, Allen 1974), so they hold what they say on
    the data sets known.

    Attributes:
        expected: (c,) forecasts for the query.
        low: (c,) lower ends of the intervals.
        high: (c,) upper ends.
    """

    expected: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, known: FloatArray, query: FloatArray, scores: FloatArray) -> Self:
        """Forecasts for one query.

        Args:
            known: (k, m) meta-features, NaN where they do not apply.
            query: (m,) meta-features of the new data set.
            scores: (k, c) scores; NaN entries are replaced by the data set's mean.
        """
        inputs, asked = _standardise(known, query)
        filled = _fill_with_row_mean(scores)
        centre = filled.mean(axis=0)
        left, singular, right = np.linalg.svd(inputs, full_matrices=False)
        projected = left.T @ (filled - centre)  # (r, c)
        best: tuple[float, FloatArray, FloatArray] | None = None
        for penalty in PENALTIES:
            shrink = singular**2 / (singular**2 + penalty)
            leverage = (left**2 @ shrink) + 1.0 / len(inputs)
            residuals = (filled - centre - left @ (shrink[:, None] * projected)) / (1.0 - np.minimum(leverage, 0.99))[:, None]
            error = float((residuals**2).mean())
            if best is None or error < best[0]:
                best = error, residuals, (singular / (singular**2 + penalty))[:, None] * projected
        _, residuals, coefficients = best  # type: ignore[misc]
        expected = centre + (asked @ right.T) @ coefficients
        tail = (1.0 - COVERAGE) / 2.0
        low, high = np.quantile(residuals, [tail, 1.0 - tail], axis=0)
        return cls(expected, expected + low, expected + high)


def forecast_seconds(
    sizes: FloatArray, query: FloatArray, seconds: FloatArray, groups: tuple[str, ...]
) -> FloatArray:
    """(c,) expected CPU seconds of one fit on all rows of the query.

    log seconds = a_c + b_g . log sizes: every candidate has a level, every learner its own exponents of rows,
    columns and classes, by least squares, none negative. Beyond the sizes seen this is an extrapolation.

    Args:
        sizes: (k, 3) rows fitted on, columns, classes (1 for regression) of the known data sets.
        query: (3,) the same of the new one.
        seconds: (k, c) measured, NaN where unknown.
        groups: (c,) the candidates' learners.
    """
    logs = np.log(np.maximum(sizes, 1.0))
    centre = logs.mean(axis=0)
    inputs, asked = logs - centre, np.log(np.maximum(query, 1.0)) - centre
    times = np.log(np.maximum(seconds, 1e-4))
    result = np.full(seconds.shape[1], np.nan)
    names = np.array(groups)
    for name in dict.fromkeys(groups):
        columns = np.flatnonzero(names == name)
        block = times[:, columns]
        known = ~np.isnan(block)
        if not known.any():
            continue
        level = np.where(known, block, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        rows, members = np.nonzero(known)
        slopes, *_ = np.linalg.lstsq(inputs[rows], block[rows, members] - level[members], rcond=None)
        exponents = np.clip(slopes, 0.0, 3.0)
        result[columns] = np.exp(level + asked @ exponents)
    return result


def _standardise(known: FloatArray, query: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ranks with mean 0 and sd 1 per feature; missing becomes 0, the mean."""
    ranks, asked = to_ranks(known, query)
    present = ~np.isnan(ranks)
    counts = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, ranks, 0.0).sum(axis=0) / counts
    spread = np.sqrt(np.where(present, (ranks - mean) ** 2, 0.0).sum(axis=0) / counts)
    scale = np.where(spread > 1e-9, spread, np.inf)
    return np.nan_to_num((ranks - mean) / scale), np.nan_to_num((asked - mean) / scale)


def _fill_with_row_mean(scores: FloatArray) -> FloatArray:
    known = ~np.isnan(scores)
    means = np.where(known, scores, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known, scores, means[:, None])
