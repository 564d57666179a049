"""ScaledL1: mean absolute difference of ranks, every group of meta-features counting the same.

Shapes: k known data sets, m features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.metafeatures.base import Feature, MetaFeatures, MetaFeatureTable
from autometa.similarity.base import similarity_weights


@dataclass(frozen=True, slots=True)
class ScaledL1:
    """The baseline distance: no learning, no units.

    Each feature is replaced by its mid-rank among the known data sets, in [0, 1]; the distance is the mean
    absolute difference within a group of features, then the mean over groups. Only features present on both
    sides count (missing ones are renormalised away). Feurer, Springenberg & Hutter 2015 use the L1 of
    z-scores; ranks keep a single huge value from deciding, and groups keep the largest group from deciding.

    Attributes:
        features: describe the pack that is compared; those with `in_distance` False are left out.
    """

    features: tuple[Feature, ...]

    def distances(self, query: MetaFeatures, table: MetaFeatureTable) -> FloatArray:
        """(k,) distances in [0, 1]; NaN where no feature is present on both sides.

        Raises:
            IncompatibleMetaFeaturesError: query and table are of different packs or versions.
        """
        table.check_comparable(query)
        known, asked = to_ranks(table.values, query.values)
        return _grouped_l1(known, asked, self._membership(table.names))

    def weights(self, distances: FloatArray) -> FloatArray:
        """(k,) by the Gaussian kernel that is as wide as the tenth nearest data set is far."""
        return similarity_weights(distances)

    def nearest_among(self, table: MetaFeatureTable, families: Sequence[str]) -> FloatArray:
        """(k,) each known data set's distance to the nearest one of another family; NaN if there is none.

        What is usual among known data sets: the scale on which a new one is near or far.

        Args:
            table: the known data sets.
            families: (k,) their families.
        """
        ranks, _ = to_ranks(table.values, table.values[0])
        membership, labels = self._membership(table.names), np.array(families)
        result = np.full(len(ranks), np.nan)
        for row in range(len(ranks)):
            others = labels != labels[row]
            distances = _grouped_l1(ranks[others], ranks[row], membership)
            if not np.isnan(distances).all():
                result[row] = np.nanmin(distances)
        return result

    def _membership(self, names: Sequence[str]) -> FloatArray:
        """(m, groups) 1 where the feature belongs to the group and takes part in distances."""
        position = {name: index for index, name in enumerate(names)}
        compared = [feature for feature in self.features if feature.in_distance]
        groups = list(dict.fromkeys(feature.group for feature in compared))
        membership = np.zeros((len(names), len(groups)))
        for feature in compared:
            membership[position[feature.name], groups.index(feature.group)] = 1.0
        return membership


def to_ranks(known: FloatArray, query: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mid-ranks in [0, 1] among the known values of each feature; NaN stays NaN.

    Args:
        known: (k, m).
        query: (m,) ranked among the known values, without joining them.

    Returns:
        (k, m) and (m,).
    """
    known_ranks, query_ranks = np.full(known.shape, np.nan), np.full(query.shape, np.nan)
    for column in range(known.shape[1]):
        present = known[:, column][~np.isnan(known[:, column])]
        if not len(present):
            continue
        ordered = np.sort(present)
        known_ranks[:, column] = _mid_rank(ordered, known[:, column])
        query_ranks[column] = _mid_rank(ordered, query[column : column + 1])[0]
    return known_ranks, query_ranks


def _mid_rank(ordered: FloatArray, values: FloatArray) -> FloatArray:
    below, up_to = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.where(np.isnan(values), np.nan, (below + up_to) / (2 * len(ordered)))


def _grouped_l1(known: FloatArray, asked: FloatArray, membership: FloatArray) -> FloatArray:
    """(k,) mean over groups of the mean absolute difference within each; NaN where nothing is present."""
    gaps = np.abs(known - asked)  # (k, m)
    present = ~np.isnan(gaps)
    counts = present @ membership  # (k, groups)
    sums = np.where(present, gaps, 0.0) @ membership
    means = sums / np.maximum(counts, 1.0)
    n_groups = (counts > 0).sum(axis=1)
    return np.where(n_groups > 0, means.sum(axis=1) / np.maximum(n_groups, 1), np.nan)
