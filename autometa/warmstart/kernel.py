"""Matérn kernels with a length scale per dimension, learned from data.

Shapes: n points, m further points, d dimensions.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri  # matrices are small: scipy.linalg's checks would cost more
from scipy.optimize import minimize

from autometa.dataset import FloatArray

TYPICAL = {"length_scale": 0.5, "signal": 1.0, "noise": 0.1}  # medians of the log-normal priors
LOG_SPREAD = {"length_scale": 1.5, "signal": 1.0, "noise": 1.0}  # their standard deviations in the logarithm
BOUNDS = {"length_scale": (0.02, 20.0), "signal": (0.05, 7.0), "noise": (0.01, 1.0)}
JITTER = 1e-6  # added to the noise variance, so that equal points do no harm
MAX_STEPS = 40  # of the optimiser


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """Covariance signal^2 m(r) + noise^2 [same point], m the Matérn function of smoothness 5/2.

    Attributes:
        length_scales: (d,) in units of the points; large where a dimension does not matter.
        signal: standard deviation of the function.
        noise: standard deviation of what a point adds by itself.
    """

    length_scales: FloatArray
    signal: float
    noise: float

    def between(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """(n, m) covariance of the function, without noise.

        Args:
            first: (n, d).
            second: (m, d).
        """
        squared = squared_distances(first / self.length_scales, second / self.length_scales)
        covariance: FloatArray = self.signal**2 * matern52(squared)
        return covariance

    def of(self, points: FloatArray) -> FloatArray:
        """(n, n) covariance of observations at (n, d) points, with noise."""
        covariance = self.between(points, points)
        covariance[np.diag_indices(len(points))] += self.noise**2 + JITTER
        return covariance


def squared_distances(first: FloatArray, second: FloatArray) -> FloatArray:
    """(n, m) squared Euclidean distances of (n, d) and (m, d) points."""
    products = first @ second.T
    squared = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None, :] - 2.0 * products
    distances: FloatArray = np.maximum(squared, 0.0)
    return distances


def matern52(squared: FloatArray) -> FloatArray:
    """Matérn 5/2 correlation of squared scaled distances: (1 + r + r^2/3) exp(-r), r = sqrt(5 squared).

    Rasmussen & Williams 2006, "Gaussian Processes for Machine Learning", equation 4.17.
    """
    r = np.sqrt(5.0 * squared)
    correlation: FloatArray = (1.0 + r * (1.0 + r / 3.0)) * np.exp(-r)
    return correlation


def fit_kernel(points: FloatArray, values: FloatArray) -> Kernel:
    """The kernel of largest posterior density for values of mean 0 at points.

    Marginal likelihood (Rasmussen & Williams 2006, equation 5.8) with log-normal priors around `TYPICAL`, by
    L-BFGS-B from the priors' medians. With two points or fewer it is the priors' medians.

    Args:
        points: (n, d) in [0, 1]; n of at most a few hundred, for each step costs n^2 (n + d).
        values: (n,) finite, of about unit variance.
    """
    start = np.log([TYPICAL[name] for name in _names(points.shape[1])])
    if len(points) <= 2:
        return _kernel(start)
    gaps = (points[:, None, :] - points[None, :, :]) ** 2  # (n, n, d)
    bounds = [tuple(np.log(BOUNDS[name])) for name in _names(points.shape[1])]
    found = minimize(
        _loss, start, (gaps, values), "L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": MAX_STEPS}
    )
    return _kernel(found.x)


def _loss(logs: FloatArray, gaps: FloatArray, values: FloatArray) -> tuple[float, FloatArray]:
    """Negative log posterior density and its gradient in the logarithms of the kernel's numbers."""
    inverse_squares = np.exp(-2.0 * logs[:-2])
    signal_variance, noise_variance = np.exp(2.0 * logs[-2:])
    r = np.sqrt(5.0 * (gaps @ inverse_squares))
    decay = signal_variance * np.exp(-r)
    covariance = decay * (1.0 + r * (1.0 + r / 3.0))
    noisy = covariance + (noise_variance + JITTER) * np.eye(len(values))
    factor, _ = dpotrf(noisy, lower=1)  # positive definite by its noise
    lower, _ = dpotri(factor, lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    solved = inverse @ values
    loss = 0.5 * values @ solved + np.log(np.diag(factor)).sum()
    outer = 0.5 * (inverse - np.outer(solved, solved))  # derivative of the loss in the covariance
    slope = outer * decay * (1.0 + r) * (5.0 / 3.0)  # times gap / length^2: derivative in a log length scale
    by_length = (slope.ravel() @ gaps.reshape(slope.size, -1)) * inverse_squares
    by_variance = [2.0 * (outer * covariance).sum(), 2.0 * noise_variance * np.trace(outer)]
    centres, spreads = _prior(len(logs) - 2)
    deviations = (logs - centres) / spreads
    gradient = np.concatenate([by_length, by_variance]) + deviations / spreads
    return float(loss + 0.5 * deviations @ deviations), gradient


def _prior(n_dimensions: int) -> tuple[FloatArray, FloatArray]:
    names = _names(n_dimensions)
    return np.log([TYPICAL[name] for name in names]), np.array([LOG_SPREAD[name] for name in names])


def _names(n_dimensions: int) -> list[str]:
    return ["length_scale"] * n_dimensions + ["signal", "noise"]


def _kernel(logs: FloatArray) -> Kernel:
    numbers = np.exp(logs)
    return Kernel(numbers[:-2], float(numbers[-2]), float(numbers[-1]))
