"""Group missing: shares of missing cells, rows and columns. Infinite numbers are missing.

Shapes: n rows, d columns.
"""

import numpy as np

from autometa.metafeatures.base import Feature
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import Measured, inapplicable

_GROUP = "missing"
_ASKL = "Feurer et al. 2015 (auto-sklearn)"
_OPENML = "OpenML data qualities"

FEATURES = (
    Feature(
        "missing_cells",
        _GROUP,
        "Missing cells / (n d); infinite numbers are missing. No columns: NaN.",
        _ASKL,
    ),
    Feature("missing_rows", _GROUP, "Share of rows with at least one missing cell. No columns: NaN.", _ASKL),
    Feature(
        "missing_cols", _GROUP, "Share of columns with at least one missing cell. No columns: NaN.", _ASKL
    ),
    Feature(
        "missing_max_col", _GROUP, "Largest share of missing cells in a column. No columns: NaN.", _OPENML
    ),
    Feature("missing_target", _GROUP, "Rows left out for an unknown target / all rows.", "autometa"),
)


def measure(sample: Sample) -> Measured:
    """The missing group."""
    dataset = sample.dataset
    target = dataset.n_unlabelled / (dataset.n_rows + dataset.n_unlabelled)
    if dataset.n_columns == 0:
        return inapplicable(FEATURES, "the table has no input columns") | {"missing_target": target}
    by_column = dataset.n_rows - np.concatenate((sample.moments.n_finite, sample.levels.n_known))
    by_row = sample.moments.row_has_missing | sample.levels.row_has_missing
    return {
        "missing_cells": float(by_column.sum() / dataset.n_rows / dataset.n_columns),
        "missing_rows": float(by_row.mean()),
        "missing_cols": float((by_column > 0).mean()),
        "missing_max_col": float(by_column.max() / dataset.n_rows),
        "missing_target": target,
    }
