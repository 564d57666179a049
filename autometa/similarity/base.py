"""SimilarityModel: how far a new data set is from the known ones, and how much each of them then counts.

Shapes: k known data sets.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from autometa.dataset import FloatArray
from autometa.errors import EmptyHistoryError
from autometa.history import Neighbor
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable

SCALE_NEIGHBOR = 10  # the kernel's width is the distance of this nearest data set
FLOOR = 0.02  # weight that every data set keeps, however far


class SimilarityModel(Protocol):
    """Distances by which past data sets are ordered, and weights by which they count."""

    def distances(self, query: MetaFeatures, table: MetaFeatureTable) -> FloatArray:
        """(k,) distances, 0 or more, smaller is closer; NaN where nothing can be compared.

        Raises:
            IncompatibleMetaFeaturesError: the numbers do not mean the same.
        """
        ...

    def weights(self, distances: FloatArray) -> FloatArray:
        """(k,) positive weights, none larger for a larger distance; all equal where nothing is similar."""
        ...

    def nearest_among(self, table: MetaFeatureTable, families: Sequence[str]) -> FloatArray:
        """(k,) each known data set's distance to the nearest one of another family; NaN if there is none."""
        ...


def nearest(distances: FloatArray, table: MetaFeatureTable, n: int) -> list[Neighbor]:
    """The n closest data sets, the closest first; those with a NaN distance never.

    Args:
        distances: (k,) from a similarity model.
        table: names the data sets.
        n: how many at most.

    Raises:
        EmptyHistoryError: the table has no data set.
    """
    if not len(distances):
        raise EmptyHistoryError("no data set is known to compare with; fill a store with `autometa populate`")
    order = np.argsort(distances, kind="stable")[:n]  # NaN sorts last
    return [Neighbor(table.dataset_ids[i], float(distances[i])) for i in order if not np.isnan(distances[i])]


def similarity_weights(distances: FloatArray) -> FloatArray:
    """(k,) weights exp(-(d / d10)^2) + 0.02, d10 the tenth smallest distance; NaN distances keep the floor.

    Args:
        distances: (k,), NaN where nothing can be compared.
    """
    known = np.sort(distances[~np.isnan(distances)])
    if not len(known):
        return np.full(len(distances), FLOOR)
    width = max(float(known[min(SCALE_NEIGHBOR, len(known)) - 1]), np.finfo(float).tiny)
    return np.nan_to_num(np.exp(-((distances / width) ** 2)), nan=0.0) + FLOOR


def effective_sources(weights: FloatArray) -> float:
    """How many equally weighted data sets average as much: (sum w)^2 / sum w^2, k if all count the same.

    Kish 1965, "Survey Sampling", section 8.2.

    Args:
        weights: (k,) positive.
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def nearest_elsewhere(distances: FloatArray, families: Sequence[str]) -> FloatArray:
    """(k,) the least distance of each row to a data set of another family; NaN if there is none.

    Args:
        distances: (k, k) between known data sets, NaN where not comparable.
        families: (k,) their families.
    """
    labels = np.array(families)
    is_other = (labels[:, None] != labels[None, :]) & ~np.isnan(distances)
    others = np.where(is_other, distances, np.inf)
    least = np.min(others, axis=1, initial=np.inf)
    return np.where(np.isfinite(least), least, np.nan)
