"""Forecasts that know what probes scored: how far these were off says how far the others will be.

Shapes: k data sets, m features, c candidates, p probes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autometa.dataset import FloatArray
from autometa.warmstart.forecast import ScoreForecast, fill_with_row_mean, predict_with_residuals
from autometa.warmstart.probing import Observed

NEARLY_ALL = 0.9  # of the rows: from here on a probe counts as measured on the whole table
NORMAL_IQR = 1.349  # interquartile range of a normal variable, in standard deviations


class ProbeNoise(NamedTuple):
    """How scores of probes differ from those on record, in standard deviations of the forecast's residuals.

    Attributes:
        shift: gains are lower by this on average, fewer rows being fitted on.
        shared: standard deviation of what all probes of a table have in common.
        own: standard deviation of what each has of its own.
    """

    shift: float
    shared: float
    own: float


# As measured by benchmarks/bench_probe.py on the half of the data sets that nothing is reported on.
ON_ALL_ROWS, ON_SOME_ROWS = ProbeNoise(0.0, 0.2, 0.3), ProbeNoise(0.3, 0.6, 0.6)


def forecast_with_probes(
    known: FloatArray,
    query: FloatArray,
    scores: FloatArray,
    *,
    chosen: Sequence[int],
    observed: Observed,
    n_rows: int,
) -> ScoreForecast:
    """Forecasts for the chosen candidates: by meta-features, then conditioned on the probes.

    Args:
        known: (k, m) meta-features, NaN where they do not apply.
        query: (m,) of the new data set.
        scores: (k, c) of the known data sets, NaN where not tried.
        chosen: candidates to forecast.
        observed: on the new data set; there may be nothing.
        n_rows: of the new data set.
    """
    p = len(observed.columns)
    asked = [*observed.columns, *chosen]
    expected, residuals = predict_with_residuals(known, query, fill_with_row_mean(scores)[:, asked])
    if not p:
        return ScoreForecast.of_residuals(expected, residuals)
    noise = ON_SOME_ROWS if min(observed.n_rows) < NEARLY_ALL * n_rows else ON_ALL_ROWS
    unit = _spread(residuals[:, :p])
    surprise = observed.sign * (observed.gains + noise.shift * unit) - expected[:p]
    covariance = unit**2 * (noise.own**2 * np.eye(p) + noise.shared**2)
    return ScoreForecast.of_residuals(
        *conditioned(expected[p:], residuals[:, p:], residuals[:, :p], surprise=surprise, noise=covariance)
    )


def conditioned(
    expected: FloatArray,
    residuals: FloatArray,
    of_probes: FloatArray,
    *,
    surprise: FloatArray,
    noise: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Expected scores and residuals, given how far the forecasts of the probes were off.

    The best linear correction, as in simple kriging (Rasmussen & Williams 2006, "Gaussian processes for
    machine learning", equation 2.23), with the covariances that the residuals of the known data sets have.
    What the correction would have left of these are the new residuals, widened by the noise passed on.

    Args:
        expected: (c,) by meta-features.
        residuals: (k, c) leave-one-out.
        of_probes: (k, p) the same of the probes.
        surprise: (p,) observed less expected.
        noise: (p, p) covariance of the observations.
    """
    n_known = len(residuals)
    among = of_probes.T @ of_probes / n_known + noise
    gain = np.linalg.solve(among, of_probes.T @ residuals / n_known)  # (p, c)
    left = residuals - of_probes @ gain
    passed_on = (gain * (noise @ gain)).sum(axis=0)
    widening = np.sqrt(1.0 + passed_on / np.maximum(left.var(axis=0), np.finfo(float).tiny))
    return expected + surprise @ gain, left * widening


def _spread(residuals: FloatArray) -> float:
    """Standard deviation as from the quartiles: a few data sets that nobody can forecast do not decide it."""
    low, high = np.quantile(residuals, [0.25, 0.75])
    return max(float(high - low) / NORMAL_IQR, 1e-9)
