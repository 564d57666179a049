"""RGPE: a ranking-weighted ensemble of the sources' surfaces and a Gaussian process on the target.

Feurer, Letham & Bakshy 2018, "Scalable meta-learning for Bayesian optimization". Where we depart: sources are
the same surfaces that all methods here get (their uncertainty is one constant) instead of Gaussian processes,
and the expected improvement is taken of the ensemble's mean and variance over the pool.

Shapes: k sources, m configurations in the pool, n observed, s bootstrap samples.
"""

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import ndtr

from autometa.dataset import FloatArray
from benchmarks.warmstart.problems import BoolArray, Knowledge

N_SAMPLES = 256
SOURCE_VARIANCE = 0.25  # of a source's Gaussianised surface about the truth
LENGTHS, NOISES = (0.15, 0.3, 0.6), (0.01, 0.1)  # lengths in units of the square root of d
MAX_CANDIDATES = 5_000  # of a larger pool: those that the sources like best, and random ones


class Rgpe:
    """The ensemble at work on one problem."""

    def __init__(self, known: Knowledge, seed: int):
        self._rng = np.random.default_rng([seed, 4])
        self._points, self._surfaces = known.points, known.surfaces
        self._candidates = self._looked_at()
        self._told: list[int] = []
        self._gains: list[float] = []

    def ask(self, free: BoolArray) -> int:
        """The largest expected improvement among what is free."""
        candidates = self._candidates[free[self._candidates]]
        if not len(candidates):
            candidates = np.flatnonzero(free)
        mean, variance = self._ensemble(candidates)
        if not self._told:
            return int(candidates[np.argmax(mean)])
        best = standardised(np.array(self._gains)).max()
        return int(candidates[np.argmax(expected_improvement(mean, np.sqrt(variance), best))])

    def tell(self, index: int, gain: float) -> None:
        """One more observation."""
        self._told.append(index)
        self._gains.append(gain)

    def _looked_at(self) -> np.ndarray:
        m = len(self._points)
        if m <= MAX_CANDIDATES:
            return np.arange(m)
        liked = np.argsort(-self._surfaces.mean(axis=0))[: MAX_CANDIDATES // 2]
        return np.union1d(liked, self._rng.choice(m, MAX_CANDIDATES // 2, replace=False))

    def _ensemble(self, candidates: np.ndarray) -> tuple[FloatArray, FloatArray]:
        k, n = len(self._surfaces), len(self._told)
        sources = self._surfaces[:, candidates]
        if n < 3:  # too few to rank: sources only, all the same
            return sources.mean(axis=0), np.full(len(candidates), SOURCE_VARIANCE / k) + sources.var(axis=0)
        y = standardised(np.array(self._gains))
        process = GaussianProcess.fit(self._points[self._told], y)
        left_out = process.leave_one_out()
        weights = ranking_weights(self._surfaces[:, self._told], left_out, y, self._rng)
        mean, variance = process.predict(self._points[candidates])
        return (
            weights[:-1] @ sources + weights[-1] * mean,
            (weights[:-1] ** 2).sum() * SOURCE_VARIANCE + weights[-1] ** 2 * variance,
        )


def ranking_weights(
    at_told: FloatArray, left_out: FloatArray, gains: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """(k + 1,) share of bootstrap samples in which each model misorders the fewest pairs; the target's last.

    A source that is worse than the target's own model in the upper 5 % of samples is left out, and ties go
    to the target (section 4.2).

    Args:
        at_told: (k, n) the sources' predictions where the target was observed.
        left_out: (n,) the target's own, each without the observation itself.
        gains: (n,) observed.
        rng: draws the bootstrap samples.
    """
    predictions = np.vstack([at_told, left_out])
    wrong = (predictions[:, :, None] < predictions[:, None, :]) != (gains[:, None] < gains[None, :])
    counts = rng.multinomial(len(gains), np.full(len(gains), 1 / len(gains)), size=N_SAMPLES).astype(float)
    losses = np.einsum("si,kij,sj->ks", counts, wrong.astype(float), counts, optimize=True)
    losses[:-1][np.median(losses[:-1], axis=1) > np.quantile(losses[-1], 0.95)] = np.inf
    ties = losses[::-1].argmin(axis=0)  # the target comes first, so ties are its
    return np.bincount(len(losses) - 1 - ties, minlength=len(losses)) / N_SAMPLES


class GaussianProcess:
    """Matérn 5/2 on points of unit cubes; length and noise by marginal likelihood from a small grid."""

    def __init__(self, points: FloatArray, y: FloatArray, length: float, noise: float):
        self.points, self.y, self.length, self.noise = points, y, length, noise
        covariance = matern(points, points, length) + noise * np.eye(len(y))
        self.factor = np.linalg.cholesky(covariance)
        self.half = solve_triangular(self.factor, y, lower=True)

    @classmethod
    def fit(cls, points: FloatArray, y: FloatArray) -> "GaussianProcess":
        """The likeliest of the grid."""
        scale = np.sqrt(points.shape[1])
        fits = [cls(points, y, length * scale, noise) for length in LENGTHS for noise in NOISES]
        return max(fits, key=lambda fit: -fit.half @ fit.half / 2 - np.log(np.diag(fit.factor)).sum())

    def predict(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of the function, (m,) each."""
        between = solve_triangular(self.factor, matern(self.points, points, self.length), lower=True)
        return between.T @ self.half, np.maximum(1.0 - (between**2).sum(axis=0), 1e-9)

    def leave_one_out(self) -> FloatArray:
        """(n,) means without the observation itself (Rasmussen & Williams 2006, eq. 5.12)."""
        inverse = solve_triangular(self.factor, np.eye(len(self.y)), lower=True)
        precision = inverse.T @ inverse
        means: FloatArray = self.y - (precision @ self.y) / np.diag(precision)
        return means


def matern(a: FloatArray, b: FloatArray, length: float) -> FloatArray:
    """(n, m) Matérn 5/2 covariance."""
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    r = np.sqrt(5 * np.maximum(squared, 0.0)) / length
    kernel: FloatArray = (1 + r + r * r / 3) * np.exp(-r)
    return kernel


def expected_improvement(mean: FloatArray, deviation: FloatArray, best: float) -> FloatArray:
    """(m,) expected improvement upon the best (Jones et al. 1998, eq. 15)."""
    z = (mean - best) / deviation
    improvement: FloatArray = deviation * (z * ndtr(z) + np.exp(-z * z / 2) / np.sqrt(2 * np.pi))
    return improvement


def standardised(gains: FloatArray) -> FloatArray:
    """(n,) mean 0 and deviation 1."""
    scaled: FloatArray = (gains - gains.mean()) / max(float(gains.std()), np.finfo(float).tiny)
    return scaled
