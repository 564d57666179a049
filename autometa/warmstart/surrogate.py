"""Surface: what one past study says about every configuration, also those that it did not try.

Shapes: n trials, m points, d encoded dimensions, s support points.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri

from autometa.dataset import FloatArray
from autometa.warmstart.kernel import Kernel, fit_kernel

N_SUPPORT = 300  # trials that a surface rests on, at most
N_FOR_KERNEL = 100  # of them, for learning the kernel
BEST_SHARE = 0.25  # of the support are the best trials, the rest is drawn at random


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Mean of a Gaussian process through the Gaussianised gains of a study's trials.

    Attributes:
        support: (s, d) points of trials.
        coefficients: (s,) of the kernel functions around them.
        kernel: Matérn 5/2, its length scales learned from this study.
        offset: the value far from all trials.
    """

    support: FloatArray
    coefficients: FloatArray
    kernel: Kernel
    offset: float

    def predict(self, points: FloatArray) -> FloatArray:
        """(m,) expected Gaussianised gain; larger is better, N(0, 1) over the study's trials.

        Args:
            points: (m, d) in the encoding of the study's search space.
        """
        expected: FloatArray = self.offset + self.kernel.between(points, self.support) @ self.coefficients
        return expected

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """Arrays that `from_arrays` makes the same surface of."""
        numbers = np.array([self.kernel.signal, self.kernel.noise, self.offset])
        return {
            "support": self.support,
            "coefficients": self.coefficients,
            "length_scales": self.kernel.length_scales,
            "numbers": numbers,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.float64]]) -> "Surface":
        """The surface that `to_arrays` wrote."""
        signal, noise, offset = (float(number) for number in arrays["numbers"])
        kernel = Kernel(arrays["length_scales"], signal, noise)
        return cls(arrays["support"], arrays["coefficients"], kernel, offset)


def fit_surface(points: FloatArray, gains: FloatArray, *, seed: int) -> Surface:
    """The response surface of one study.

    Gains are replaced by the normal quantiles of their ranks, so that studies on different scales, or with
    different metrics, say comparable things (Salinas, Shen & Perrone 2020, "A quantile-based approach for
    hyperparameter transfer learning", section 4.1). A study of many trials is represented by its best ones
    and a random part of the others.

    Args:
        points: (n, d) in [0, 1], n of at least 1.
        gains: (n,) finite, larger is better.
        seed: of the random part.

    Raises:
        ValueError: there is no trial, or a gain is not finite.
    """
    if not len(gains) or not np.isfinite(gains).all():
        raise ValueError("a surface needs at least one trial and finite gains; leave failed trials out")
    rng = np.random.default_rng(seed)
    values = gaussian_ranks(gains)
    kept = _spread(values, N_SUPPORT, rng)
    support, targets = points[kept], values[kept]
    offset, scale = float(targets.mean()), max(float(targets.std()), 1e-9)
    few = _spread(targets, N_FOR_KERNEL, rng)
    unit = (targets - offset) / scale
    kernel = fit_kernel(support[few], unit[few] - unit[few].mean())
    coefficients = scale * cho_solve(cho_factor(kernel.of(support)), unit)
    return Surface(support, coefficients, kernel, offset)


def gaussian_ranks(gains: FloatArray) -> FloatArray:
    """(n,) normal quantiles of (rank - 1/2) / n; equal gains share their middle rank.

    Args:
        gains: (n,).
    """
    _, inverse, counts = np.unique(gains, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2.0  # mean rank - 1/2 of each distinct gain
    quantiles: FloatArray = ndtri(middles[inverse] / len(gains))
    return quantiles


def _spread(values: FloatArray, limit: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Indices of at most `limit` trials: the best ones and a random part of the others."""
    if len(values) <= limit:
        return np.arange(len(values))
    order = np.argsort(-values, kind="stable")
    n_best = round(BEST_SHARE * limit)
    others = rng.choice(order[n_best:], limit - n_best, replace=False)
    return np.sort(np.concatenate([order[:n_best], others]))
