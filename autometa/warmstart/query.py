"""Query: a data set with what is known to compare it with.

Shapes: k known data sets, c candidates, m meta-features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autometa.dataset import Dataset, FloatArray
from autometa.metafeatures import MetaFeatures, MetaFeatureTable
from autometa.warmstart.cost import forecast_seconds
from autometa.warmstart.portfolio import normalised_regret
from autometa.warmstart.sources import DatasetInfo, PerformanceTable


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A data set with what is known to compare it with.

    Attributes:
        dataset: the new table.
        meta_features: its own.
        known: of the known data sets.
        distances: (k,) in the order of `known`.
        infos: the known data sets by id.
    """

    dataset: Dataset
    meta_features: MetaFeatures
    known: MetaFeatureTable
    distances: FloatArray
    infos: dict[str, DatasetInfo]

    def distances_to(self, dataset_ids: Sequence[str]) -> FloatArray:
        """Distances in another order; NaN for data sets without meta-features."""
        by_id = dict(zip(self.known.dataset_ids, self.distances, strict=True))
        return np.array([by_id.get(dataset_id, np.nan) for dataset_id in dataset_ids])

    def described(self, dataset_ids: Sequence[str]) -> tuple[list[int], FloatArray]:
        """Positions of those data sets that have meta-features, and their (k, m) values."""
        position = {dataset_id: row for row, dataset_id in enumerate(self.known.dataset_ids)}
        rows = [row for row, dataset_id in enumerate(dataset_ids) if dataset_id in position]
        return rows, self.known.values[[position[dataset_ids[row]] for row in rows]]

    def regrets(self, table: PerformanceTable) -> FloatArray:
        """(k, c) normalised regrets of the known data sets of a table."""
        n_classes = [self.infos[dataset_id].n_classes for dataset_id in table.dataset_ids]
        return normalised_regret(table, np.array(n_classes, dtype=float))

    def expected_seconds(self, table: PerformanceTable, *, n_rows: int | None = None) -> FloatArray:
        """(c,) CPU seconds of one fit on so many rows; on all rows of the query where None."""
        infos = [self.infos[dataset_id] for dataset_id in table.dataset_ids]
        full = np.array([info.n_rows for info in infos], dtype=float)
        fitted = full if table.fit_rows is None else np.where(np.isnan(table.fit_rows), full, table.fit_rows)
        sizes = np.column_stack([fitted, [i.n_columns for i in infos], [max(i.n_classes, 1) for i in infos]])
        dataset = self.dataset
        asked = [n_rows or dataset.n_rows, dataset.n_columns, max(len(dataset.class_names), 1)]
        learners = tuple(candidate.learner for candidate in table.candidates)
        return forecast_seconds(sizes, np.array(asked, dtype=float), table.fit_seconds, learners)
