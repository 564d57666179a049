"""SiameseNetwork: distance between embeddings of meta-features, used with NumPy; `siamese_training` fits it.

Shapes: k known data sets, s members of the ensemble, d inputs, h hidden units, e embedding dimensions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.similarity.base import nearest_elsewhere
from autometa.similarity.calibration import Calibration
from autometa.similarity.encoding import RankEncoding


@dataclass(frozen=True, slots=True, eq=False)
class SiameseNetwork:
    """Both data sets go through the same network; their distance is how far apart they come out.

    Bromley, Guyon, LeCun, Säckinger & Shah 1993, "Signature verification using a Siamese time delay neural
    network"; for hyper-parameter search Kim, Kim & Choi 2017, "Learning to warm-start Bayesian hyperparameter
    optimization". Here an ensemble of small networks, whose distances are averaged.

    Attributes:
        encoding: of the meta-features.
        hidden: (s, d, h) weights of the first layer.
        hidden_bias: (s, 1, h).
        output: (s, h, e) weights of the second layer; a bias would cancel.
        calibration: from distances to weights of data sets.
    """

    encoding: RankEncoding
    hidden: FloatArray
    hidden_bias: FloatArray
    output: FloatArray
    calibration: Calibration = field(default_factory=Calibration)

    def distances(self, query: MetaFeatures, table: MetaFeatureTable) -> FloatArray:
        """(k,) mean Euclidean distance of the embeddings over the ensemble.

        Raises:
            IncompatibleMetaFeaturesError: query, table or training are of different packs or versions.
        """
        table.check_comparable(query)
        self.encoding.check_comparable(table)
        gaps = self.embed(table.values) - self.embed(query.values[None])  # (s, k, e)
        distances: FloatArray = np.sqrt((gaps**2).sum(axis=2)).mean(axis=0)
        return distances

    def weights(self, distances: FloatArray) -> FloatArray:
        """(k,) as calibrated on data sets held out."""
        return self.calibration.weights(distances)

    def nearest_among(self, table: MetaFeatureTable, families: Sequence[str]) -> FloatArray:
        """(k,) each known data set's distance to the nearest one of another family; NaN if there is none."""
        known = self.embed(table.values)
        n_known = known.shape[1]
        between = np.array(
            [np.sqrt(((known - known[:, row, None]) ** 2).sum(axis=2)).mean(axis=0) for row in range(n_known)]
        )
        return nearest_elsewhere(between.reshape(n_known, n_known), families)

    def embed(self, values: FloatArray) -> FloatArray:
        """(s, k, e) embeddings.

        Args:
            values: (k, m) meta-features of the pack.
        """
        inputs = 2.0 * self.encoding.encode(values) - 1.0  # (k, d)
        return np.tanh(inputs @ self.hidden + self.hidden_bias) @ self.output

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, as an .npz keeps them."""
        own = {"hidden": self.hidden, "hidden_bias": self.hidden_bias, "output": self.output}
        return self.encoding.to_arrays() | self.calibration.to_arrays() | own

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The network that `to_arrays` gave."""
        return cls(
            RankEncoding.from_arrays(arrays),
            arrays["hidden"],
            arrays["hidden_bias"],
            arrays["output"],
            Calibration.from_arrays(arrays),
        )
