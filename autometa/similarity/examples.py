"""Examples: what a similarity is learned from, and the folds that keep families together.

Shapes: k data sets, c candidates.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.errors import EmptyHistoryError
from autometa.metafeatures.base import Feature, MetaFeatures, MetaFeatureTable

MIN_DATASETS = 20  # fewer do not even give five folds of four
MIN_FAMILIES = 10

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Data sets with their meta-features, what was good on them, and how much they disagree.

    Attributes:
        table: (k, m) meta-features.
        regrets: (k, c) normalised, 0 is the best, NaN where not tried.
        disagreement: (k, k) of the row as target with the column as source; NaN where not comparable.
        families: (k,) copies and variants share one.
        features: describe the pack; those with `in_distance` False are not looked at.
    """

    table: MetaFeatureTable
    regrets: FloatArray
    disagreement: FloatArray
    families: tuple[str, ...]
    features: tuple[Feature, ...]

    def rows(self, rows: Sequence[int] | Rows) -> Self:
        """Those data sets alone."""
        kept = np.asarray(rows, dtype=np.int64)
        return type(self)(
            table_rows(self.table, kept),
            self.regrets[kept],
            self.disagreement[np.ix_(kept, kept)],
            tuple(self.families[row] for row in kept),
            self.features,
        )

    def pairs(self) -> tuple[Rows, Rows, FloatArray]:
        """Unordered pairs of data sets of different families, and their mean disagreement both ways."""
        labels = np.array(self.families)
        both = (self.disagreement + self.disagreement.T) / 2.0
        first, second = np.triu_indices(len(labels), 1)
        usable = (labels[first] != labels[second]) & ~np.isnan(both[first, second])
        return first[usable], second[usable], both[first, second][usable]

    def check_enough(self) -> None:
        """Raise unless there is something to learn from.

        Raises:
            EmptyHistoryError: too few data sets or families, or too few that share configurations.
        """
        n_datasets, n_families, n_pairs = len(self.families), len(set(self.families)), len(self.pairs()[0])
        if n_datasets < MIN_DATASETS or n_families < MIN_FAMILIES or n_pairs < n_datasets:
            raise EmptyHistoryError(
                f"{n_datasets} data sets of {n_families} families with {n_pairs} comparable pairs; "
                f"a similarity needs {MIN_DATASETS} data sets of {MIN_FAMILIES} families on which the same "
                "configurations were tried; run `autometa populate` first"
            )


def family_folds(families: Sequence[str], n_folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Train and test rows of each fold; a family is never on both sides.

    Args:
        families: (k,).
        n_folds: fewer where there are fewer families.
        seed: deals families to folds.
    """
    names, codes = np.unique(np.array(families), return_inverse=True)
    fold_of = np.random.default_rng(seed).permutation(len(names)) % n_folds
    folds = fold_of[codes]
    for fold in range(min(n_folds, len(names))):
        yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)


def table_rows(table: MetaFeatureTable, rows: Sequence[int] | Rows) -> MetaFeatureTable:
    """The table of these data sets alone."""
    ids = tuple(table.dataset_ids[row] for row in rows)
    kept = np.asarray(rows, dtype=np.int64)
    return MetaFeatureTable(table.pack, table.version, ids, table.names, table.values[kept])


def table_row(table: MetaFeatureTable, row: int) -> MetaFeatures:
    """One data set of the table as a query."""
    return MetaFeatures(table.pack, table.version, table.names, table.values[row])
