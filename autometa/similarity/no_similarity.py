"""NoSimilarity: all known data sets are alike, which makes suggestions free of meta-features.

Shapes: k known data sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.similarity.base import nearest_elsewhere


@dataclass(frozen=True, slots=True)
class NoSimilarity:
    """The referee: a portfolio weighted by it is the plain portfolio."""

    def distances(self, query: MetaFeatures, table: MetaFeatureTable) -> FloatArray:
        """(k,) zeros.

        Raises:
            IncompatibleMetaFeaturesError: query and table are of different packs or versions.
        """
        table.check_comparable(query)
        return np.zeros(len(table.dataset_ids))

    def weights(self, distances: FloatArray) -> FloatArray:
        """(k,) ones."""
        return np.ones(len(distances))

    def nearest_among(self, table: MetaFeatureTable, families: Sequence[str]) -> FloatArray:
        """(k,) zeros; NaN where there is no other family."""
        return nearest_elsewhere(np.zeros((len(families), len(families))), families)
