"""ScoreForecast: the score that a candidate will reach on a new data set, with an interval.

Shapes: k data sets, m features, c candidates.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import FloatArray
from autometa.similarity.scaled_l1 import to_ranks

PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # of the ridge regression, on standardised ranks
COVERAGE = 0.8  # of the intervals


@dataclass(frozen=True, slots=True, eq=False)
class ScoreForecast:
    """Ridge regression of every candidate's score on the ranks of the meta-features.

    Closed form, all candidates at once. The penalty is the one with the least leave-one-out error; intervals
    are conformal quantiles of the leave-one-out residuals (hat-matrix formula, Allen 1974), so they hold what
    they say on the data sets known.

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
        return cls.of_residuals(*predict_with_residuals(known, query, fill_with_row_mean(scores)))

    @classmethod
    def of_residuals(cls, expected: FloatArray, residuals: FloatArray) -> Self:
        """Forecasts whose intervals are quantiles of what the known data sets' own would miss.

        Args:
            expected: (c,) for the query.
            residuals: (k, c) leave-one-out.
        """
        tail = _tail(len(residuals))
        low, high = np.quantile(residuals, [tail, 1.0 - tail], axis=0)
        return cls(expected, expected + low, expected + high)

    def clipped(self, low: float, high: float) -> "ScoreForecast":
        """The same, cut to the range that the metric can have."""
        return ScoreForecast(*(np.clip(part, low, high) for part in (self.expected, self.low, self.high)))

    def intervals(self) -> list[tuple[float, float]]:
        """Lower and upper ends as plain numbers."""
        return list(zip(self.low.tolist(), self.high.tolist(), strict=True))

    def as_rmse(self, target_sd: float) -> "ScoreForecast":
        """R2 turned into RMSE = sd of the target * sqrt(1 - R2); what was low becomes high."""
        expected, high, low = (
            target_sd * np.sqrt(1.0 - part) for part in (self.expected, self.low, self.high)
        )
        return ScoreForecast(expected, low, high)


def predict_with_residuals(
    known: FloatArray, query: FloatArray, values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ridge regression on meta-features: the query's values, and what the known data sets' own would miss.

    Args:
        known: (k, m) meta-features, NaN where they do not apply.
        query: (m,) meta-features of the new data set.
        values: (k, c) to predict, no NaN.

    Returns:
        (c,) predictions, and (k, c) leave-one-out residuals with the same penalty.
    """
    inputs, asked = _standardise(known, query)
    centre = values.mean(axis=0)
    left, singular, right = np.linalg.svd(inputs, full_matrices=False)
    projected = left.T @ (values - centre)  # (r, c)

    def residuals(penalty: float) -> FloatArray:
        shrink = singular**2 / (singular**2 + penalty)
        leverage = left**2 @ shrink + 1.0 / len(inputs)
        fitted = left @ (shrink[:, None] * projected)
        errors: FloatArray = (values - centre - fitted) / (1.0 - np.minimum(leverage, 0.99))[:, None]
        return errors

    penalty = min(PENALTIES, key=lambda candidate: float(np.abs(residuals(candidate)).mean()))
    coefficients = (singular / (singular**2 + penalty))[:, None] * projected
    return centre + (asked @ right.T) @ coefficients, residuals(penalty)


def _tail(n_residuals: int) -> float:
    """The quantile whose order statistic is the conformal one, (n + 1) * tail; 0 where there are too few.

    Few residuals rarely reach as far as a new one may (Vovk, Gammerman & Shafer 2005).
    """
    if n_residuals < 2:
        return 0.0
    rank = (1.0 - COVERAGE) / 2.0 * (n_residuals + 1)
    return max(0.0, (rank - 1.0) / (n_residuals - 1))


def _standardise(known: FloatArray, query: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ranks with mean 0 and sd 1 per feature; missing becomes 0, the mean."""
    ranks, asked = to_ranks(known, query)
    present = ~np.isnan(ranks)
    counts = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, ranks, 0.0).sum(axis=0) / counts
    spread = np.sqrt(np.where(present, (ranks - mean) ** 2, 0.0).sum(axis=0) / counts)
    scale = np.where(spread > 1e-9, spread, np.inf)
    return np.nan_to_num((ranks - mean) / scale), np.nan_to_num((asked - mean) / scale)


def fill_with_row_mean(scores: FloatArray) -> FloatArray:
    """(k, c) with NaN replaced by the data set's mean; 0 where it has no score at all."""
    known = ~np.isnan(scores)
    means = np.where(known, scores, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known, scores, means[:, None])
