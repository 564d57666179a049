"""DiagonalMetric: a weighted L1 distance of meta-feature ranks, its weights learned by least squares.

Shapes: k known data sets, d inputs of the encoding, n pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.similarity.base import nearest_elsewhere
from autometa.similarity.calibration import Calibration, calibrate
from autometa.similarity.encoding import RankEncoding
from autometa.similarity.examples import Examples

RIDGE = 0.01  # of the mean square of the gaps' own scale; between 0.001 and 0.1 nothing changes


@dataclass(frozen=True, slots=True, eq=False)
class DiagonalMetric:
    """Distance = sum of feature weights times gaps of ranks, in [0, 1].

    Attributes:
        encoding: of the meta-features.
        feature_weights: (d,) 0 or more, summing to 1; all 0 if no feature says anything.
        calibration: from distances to weights of data sets.
    """

    encoding: RankEncoding
    feature_weights: FloatArray
    calibration: Calibration = field(default_factory=Calibration)

    def distances(self, query: MetaFeatures, table: MetaFeatureTable) -> FloatArray:
        """(k,) distances in [0, 1].

        Raises:
            IncompatibleMetaFeaturesError: query, table or training are of different packs or versions.
        """
        table.check_comparable(query)
        self.encoding.check_comparable(table)
        known, asked = self.encoding.encode(table.values), self.encoding.encode(query.values[None])
        return np.abs(known - asked) @ self.feature_weights

    def weights(self, distances: FloatArray) -> FloatArray:
        """(k,) as calibrated on data sets held out."""
        return self.calibration.weights(distances)

    def nearest_among(self, table: MetaFeatureTable, families: Sequence[str]) -> FloatArray:
        """(k,) each known data set's distance to the nearest one of another family; NaN if there is none."""
        used = self.feature_weights > 0
        known = self.encoding.encode(table.values)[:, used] * self.feature_weights[used]
        between = np.array([np.abs(known - row).sum(axis=1) for row in known]).reshape(len(known), len(known))
        return nearest_elsewhere(between, families)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, as an .npz keeps them."""
        own = {"feature_weights": self.feature_weights}
        return self.encoding.to_arrays() | self.calibration.to_arrays() | own

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The model that `to_arrays` gave."""
        return cls(
            RankEncoding.from_arrays(arrays), arrays["feature_weights"], Calibration.from_arrays(arrays)
        )


def train_diagonal(examples: Examples, *, seed: int = 0) -> DiagonalMetric:
    """Fit the metric on all examples and calibrate it on folds of families.

    Args:
        examples: at least two families.
        seed: of the folds.
    """
    return replace(fit_diagonal(examples), calibration=calibrate(fit_diagonal, examples, seed=seed))


def fit_diagonal(examples: Examples) -> DiagonalMetric:
    """Non-negative ridge regression of disagreements on gaps of ranks, over pairs of different families.

    A metric learned from pairwise targets as in Xing, Ng, Jordan & Russell 2002, "Distance metric learning",
    section 2 (diagonal case), here with least squares on how much a pair disagrees in place of
    similar/dissimilar labels: min_w ||b + G w - y||^2 + ridge ||w||^2, w >= 0 (Lawson & Hanson 1974, NNLS).

    Args:
        examples: of the training.
    """
    from scipy.optimize import nnls

    encoding = RankEncoding.of(examples.table, examples.features)
    known = encoding.encode(examples.table.values)
    first, second, disagreement = examples.pairs()
    gaps = np.abs(known[first] - known[second])  # (n, d)
    centred, target = gaps - gaps.mean(axis=0), disagreement - disagreement.mean()  # b drops out
    gram = centred.T @ centred + RIDGE * len(target) * np.eye(encoding.n_inputs)
    upper = np.linalg.cholesky(gram).T  # ||upper w - z||^2 is the same objective, with d rows in place of n
    found, _ = nnls(upper, np.linalg.solve(upper.T, centred.T @ target))
    total = found.sum()
    return DiagonalMetric(encoding, found / total if total > 0 else found)
