"""SimilarityModel: how far a new data set is from the known ones; and what follows from distances.

Shapes: k known data sets.
"""

from typing import Protocol

import numpy as np

from autometa.dataset import FloatArray
from autometa.errors import EmptyHistoryError
from autometa.history import Neighbor
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable

SCALE_NEIGHBOR = 10  # the kernel's width is the distance of this nearest data set
FLOOR = 0.02  # weight that every data set keeps, however far


class SimilarityModel(Protocol):
    """Distances by which past data sets are ordered."""

    def distances(self, query: MetaFeatures, table: MetaFeatureTable) -> FloatArray:
        """(k,) distances, 0 or more, smaller is closer; NaN where nothing can be compared."""
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
