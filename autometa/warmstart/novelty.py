"""Novelty: whether a new data set is like anything known, and whether its size is.

Shapes: k known data sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import Dataset, FloatArray
from autometa.warmstart.sources import DatasetInfo

NOVEL_SHARE = 0.95  # a data set farther from its nearest than this share of the known ones is novel


@dataclass(frozen=True, slots=True)
class Novelty:
    """How unusual the distance to the nearest known data set is.

    Attributes:
        share: of the known data sets that have a nearer neighbour (of another family) than the query has;
            in [0, 1], 1 is unlike everything; NaN if nothing can be compared.
        is_novel: True if similarity should not be trusted.
    """

    share: float
    is_novel: bool

    @classmethod
    def of(cls, distances: FloatArray, usual: FloatArray) -> Self:
        """Compare the query's nearest distance with what is usual.

        Args:
            distances: (k,) of the query to the known data sets.
            usual: (k,) of each known data set to its nearest of another family; NaN if there is none.
        """
        known, seen = usual[~np.isnan(usual)], distances[~np.isnan(distances)]
        if not len(known) or not len(seen):
            return cls(float("nan"), is_novel=True)
        share = float((known < seen.min()).mean())
        return cls(share, is_novel=share >= NOVEL_SHARE)


def median_distance(distances: FloatArray) -> float:
    """Half of the known data sets are farther than this; NaN if none can be compared.

    Args:
        distances: (k,) of the query to the known data sets.
    """
    seen = distances[~np.isnan(distances)]
    return float(np.median(seen)) if len(seen) else float("nan")


def sizes_outside(dataset: Dataset, known: Sequence[DatasetInfo]) -> tuple[str, ...]:
    """Sentences on sizes of the data set that no known one has, where forecasts are extrapolations."""
    sizes = (
        ("rows", dataset.n_rows, [info.n_rows for info in known]),
        ("columns", dataset.n_columns, [info.n_columns for info in known]),
        ("classes", len(dataset.class_names), [info.n_classes for info in known]),
    )
    return tuple(
        f"{size:,} {what}; the known data sets have {min(others):,} to {max(others):,}"
        for what, size, others in sizes
        if others and not min(others) <= size <= max(others)
    )
