"""Calibration: from a learned distance to how much worse a source is expected to advise, and to weights.

Shapes: k known data sets.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.similarity.base import SimilarityModel
from autometa.similarity.examples import Examples, family_folds, table_row

TEMPERATURE = 0.02  # a source expected to advise worse by this much regret counts 1/e of the nearest
FLOOR = 0.05  # weight that every data set keeps
N_FOLDS = 5
REACHES = np.linspace(0.1, 1.0, 10)  # quantiles of distances tried as the reach

Fit = Callable[[Examples], SimilarityModel]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected extra regret = slope * min(distance, reach), learned on data sets held out with their family.

    A distance that predicts nothing gets slope 0, and a query that is beyond reach of everything sees all
    sources at the same distance: in both cases all weights are equal and the advice is the plain portfolio.

    Attributes:
        slope: regret per unit of distance, 0 or more.
        reach: distance beyond which farther is not worse; infinite if there is none.
    """

    slope: float = 0.0
    reach: float = float("inf")

    @classmethod
    def of(cls, distances: Sequence[FloatArray], disagreements: Sequence[FloatArray]) -> Self:
        """Least squares within each query over a grid of reaches; the slope less one standard error.

        The standard error is that of whole queries (clusters), as pairs with a query in common are not
        independent (Liang & Zeger 1986). Taking it off keeps chance from looking like similarity.

        Args:
            distances: of each held-out query to its sources, (k,) each.
            disagreements: true ones, in the same order; NaN where not comparable.
        """
        best, most = cls(), 0.0
        for reach in np.quantile(np.concatenate(list(distances)), REACHES):
            sums = np.array(
                [_sums(near, truth, reach) for near, truth in zip(distances, disagreements, strict=True)]
            )
            square, product = sums.sum(axis=0)
            if product <= 0 or square <= 1e-12:
                continue
            slope, explained = product / square, product**2 / square
            error = float(np.sqrt(((sums[:, 1] - slope * sums[:, 0]) ** 2).sum()) / square)
            if explained > most * (1 + 1e-9):
                best, most = cls(max(0.0, float(slope) - error), float(reach)), explained
        return best

    def expected_extra(self, distances: FloatArray) -> FloatArray:
        """(k,) regret by which each source is expected to advise worse than the nearest one; NaN as given."""
        near = self.slope * np.minimum(distances, self.reach)
        return near - np.nanmin(near) if not np.isnan(near).all() else near

    def weights(self, distances: FloatArray) -> FloatArray:
        """(k,) exp(-extra regret / 0.02) + 0.05; where nothing can be compared, the mean of the others.

        Args:
            distances: (k,), NaN where nothing can be compared.
        """
        extra = self.expected_extra(distances)
        known = ~np.isnan(extra)
        if not known.any():
            return np.ones(len(distances))
        weights = np.exp(-np.where(known, extra, 0.0) / TEMPERATURE) + FLOOR
        return np.where(known, weights, weights[known].mean())

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, as an .npz keeps them."""
        return {"calibration": np.array([self.slope, self.reach])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The calibration that `to_arrays` gave."""
        slope, reach = arrays["calibration"]
        return cls(float(slope), float(reach))


def calibrate(fit: Fit, examples: Examples, *, seed: int) -> Calibration:
    """Learn the calibration with families held out: never from a pair that the distance was fitted on.

    Args:
        fit: trains a model.
        examples: are divided into five folds.
        seed: of the folds.
    """
    distances, truths = [], []
    for train, test in family_folds(examples.families, N_FOLDS, seed):
        sources = examples.rows(train)
        model = fit(sources)
        for row in test:
            distances.append(model.distances(table_row(examples.table, int(row)), sources.table))
            truths.append(examples.disagreement[row, train])
    return Calibration.of(distances, truths)


def _sums(distances: FloatArray, disagreement: FloatArray, reach: float) -> tuple[float, float]:
    """Within one query, of what is known: the square of distance, and distance times disagreement."""
    known = ~np.isnan(distances) & ~np.isnan(disagreement)
    if not known.any():
        return 0.0, 0.0
    near, truth = np.minimum(distances[known], reach), disagreement[known]
    near = near - near.mean()
    return float(near @ near), float(near @ truth)
