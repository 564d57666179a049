"""ForestSimilarity: data sets are alike where the same configurations are expected to be good.

Used with NumPy; `forest_training` grows the trees. Shapes: k known data sets, d inputs of the encoding, t
trees, n nodes of all trees together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.similarity.base import nearest_elsewhere
from autometa.similarity.encoding import RankEncoding

SHARPNESS = 2.0  # 1 and 3 advise as well on other knowledge (docs/similarity.md)
FLOOR = 0.001  # weight that every data set keeps

ARRAYS = ("roots", "inputs", "thresholds", "left", "right")
Nodes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class ForestSimilarity:
    """The distance of two data sets is the share of trees in which they end in different leaves.

    The trees predict from meta-features how a data set ranks all configurations, so that those in a leaf
    rank them alike. Breiman 2001, "Random forests", and his manual (proximities); one tree for many targets:
    Blockeel, De Raedt & Ramon 1998, "Top-down induction of clustering trees". A source weighs as the square
    of its proximity: forests predict by weights of this kind (Lin & Jeon 2006, "Random forests and adaptive
    nearest neighbors").

    Attributes:
        encoding: of the meta-features.
        roots: (t,) the first node of each tree.
        inputs: (n,) the input that a node looks at; -1 in a leaf.
        thresholds: (n,) of that input; up to it goes left.
        left: (n,) node; a leaf's is itself.
        right: (n,) likewise.
        sharpness: a source weighs as proximity to this power; 0 where the trees taught nothing, so that all
            sources weigh the same and the advice is the plain portfolio.
    """

    encoding: RankEncoding
    roots: Nodes
    inputs: Nodes
    thresholds: FloatArray
    left: Nodes
    right: Nodes
    sharpness: float = SHARPNESS

    def distances(self, query: MetaFeatures, table: MetaFeatureTable) -> FloatArray:
        """(k,) in [0, 1]: 1 for data sets that no tree leaves together with the query.

        Raises:
            IncompatibleMetaFeaturesError: query, table or training are of different packs or versions.
        """
        table.check_comparable(query)
        self.encoding.check_comparable(table)
        known, asked = self.leaves(table.values), self.leaves(query.values[None])
        return np.asarray((known != asked).mean(axis=1))

    def weights(self, distances: FloatArray) -> FloatArray:
        """(k,) (1 - distance)^2 + 0.001, where the trees taught something; for NaN distances as for 1."""
        return proximity_weights(1.0 - np.nan_to_num(distances, nan=1.0), self.sharpness)

    def nearest_among(self, table: MetaFeatureTable, families: Sequence[str]) -> FloatArray:
        """(k,) each known data set's distance to the nearest one of another family; NaN if there is none."""
        leaves = self.leaves(table.values)
        between = np.array([(leaves != row).mean(axis=1) for row in leaves])
        return nearest_elsewhere(between.reshape(len(leaves), len(leaves)), families)

    def leaves(self, values: FloatArray) -> Nodes:
        """(k, t) the leaf of each tree that each data set ends in.

        Args:
            values: (k, m) meta-features of the pack.
        """
        encoded = self.encoding.encode(values)
        rows = np.arange(len(values))[:, None]
        nodes = np.broadcast_to(self.roots, (len(values), len(self.roots)))
        while (self.inputs[nodes] >= 0).any():
            goes_left = encoded[rows, self.inputs[nodes]] <= self.thresholds[nodes]
            nodes = np.where(goes_left, self.left[nodes], self.right[nodes])
        return nodes

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, as an .npz keeps them."""
        own = {name: np.asarray(getattr(self, name)) for name in ARRAYS}
        return self.encoding.to_arrays() | own | {"sharpness": np.array(self.sharpness)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The forest that `to_arrays` gave."""
        own = {name: arrays[name] for name in ARRAYS}
        return cls(RankEncoding.from_arrays(arrays), **own, sharpness=float(arrays["sharpness"]))


def proximity_weights(proximities: FloatArray, sharpness: float = SHARPNESS) -> FloatArray:
    """Proximities to a power, and 0.001.

    Args:
        proximities: any shape; those below 0 count as 0.
        sharpness: the power.
    """
    return np.asarray(np.clip(proximities, 0.0, 1.0) ** sharpness + FLOOR)
