"""OpenML's 19 simple data qualities: counts, percentages, class sizes, and how often the class changes.

OpenML counts the target among the features, gives shares in percent, and calls nominal columns symbolic.
Shapes: n rows, p numeric and datetime columns, q boolean, categorical and text columns.
"""

import numpy as np

from autometa.dataset import NUMBER_KINDS, ColumnKind, Dataset, IntArray, TaskType
from autometa.metafeatures.answers import Answer
from autometa.metafeatures.base import Feature

SOURCE = "OpenML evaluation engine (SimpleMetaFeatures), van Rijn & Sun 2014"
NO_CLASSES = "the target is a number and has no classes"

_DEFINITIONS = {
    "NumberOfInstances": "Rows with a known target, n. (OpenML also counts rows without one.)",
    "NumberOfFeatures": "Columns with the target, p + q + 1.",
    "NumberOfClasses": "Distinct observed class labels; 0 for regression.",
    "Dimensionality": "NumberOfFeatures / NumberOfInstances.",
    "NumberOfInstancesWithMissingValues": "Rows with at least one missing value; infinite counts as missing.",
    "NumberOfMissingValues": "Missing values in the table; infinite counts as missing.",
    "PercentageOfInstancesWithMissingValues": "100 NumberOfInstancesWithMissingValues / n, in [0, 100].",
    "PercentageOfMissingValues": "100 NumberOfMissingValues / (n NumberOfFeatures), in [0, 100].",
    "NumberOfNumericFeatures": "Numeric and datetime columns, and the target if it is a number.",
    "NumberOfSymbolicFeatures": "Boolean and categorical columns, and the target if it has classes; text is "
    "neither numeric nor symbolic.",
    "NumberOfBinaryFeatures": "Symbolic columns, target included, with two levels. (OpenML counts declared "
    "levels, here the observed ones count.)",
    "PercentageOfNumericFeatures": "100 NumberOfNumericFeatures / NumberOfFeatures, in [0, 100].",
    "PercentageOfSymbolicFeatures": "100 NumberOfSymbolicFeatures / NumberOfFeatures, in [0, 100].",
    "PercentageOfBinaryFeatures": "100 NumberOfBinaryFeatures / NumberOfFeatures, in [0, 100].",
    "MajorityClassSize": "Rows of the most frequent class; not for regression.",
    "MinorityClassSize": "Rows of the least frequent observed class; not for regression.",
    "MajorityClassPercentage": "100 MajorityClassSize / n, in (0, 100]; not for regression.",
    "MinorityClassPercentage": "100 MinorityClassSize / n, in (0, 100]; not for regression.",
    "AutoCorrelation": "Share of consecutive rows with the same class, in [0, 1]; for regression "
    "1 - mean abs(y_i - y_{i-1}), in the target's unit, at most 1. Row order counts; not for a single row.",
}
FEATURES = tuple(Feature(name, "simple", text, SOURCE) for name, text in _DEFINITIONS.items())


def simple(dataset: Dataset) -> dict[str, Answer]:
    """The simple qualities by name."""
    n, n_features = dataset.n_rows, dataset.n_columns + 1
    return {
        "NumberOfInstances": n,
        "NumberOfFeatures": n_features,
        "Dimensionality": n_features / n,
        **_column_kinds(dataset),
        **_missing(dataset),
        **_class_sizes(dataset),
        "AutoCorrelation": _auto_correlation(dataset),
    }


def nominal_columns(dataset: Dataset) -> list[IntArray]:
    """The codes of boolean and categorical columns, (n,) each, -1 missing; Weka's text is not nominal."""
    kinds = [column.kind for column in dataset.columns if column.kind not in NUMBER_KINDS]
    return [
        codes for kind, codes in zip(kinds, dataset.categorical.T, strict=True) if kind is not ColumnKind.TEXT
    ]


def n_distinct(codes: IntArray) -> int:
    """How many levels occur; missing is not a level."""
    return int(np.count_nonzero(np.bincount(codes[codes >= 0])))


def _column_kinds(dataset: Dataset) -> dict[str, Answer]:
    """How many columns are numeric, symbolic and binary, the target included."""
    has_classes = dataset.task_type is TaskType.CLASSIFICATION
    levels = [n_distinct(codes) for codes in nominal_columns(dataset)]
    levels += [n_distinct(dataset.target.astype(np.int64))] if has_classes else []
    n_numeric, n_binary = dataset.numeric.shape[1] + (not has_classes), levels.count(2)
    percent = 100 / (dataset.n_columns + 1)
    return {
        "NumberOfNumericFeatures": n_numeric,
        "NumberOfSymbolicFeatures": len(levels),
        "NumberOfBinaryFeatures": n_binary,
        "PercentageOfNumericFeatures": percent * n_numeric,
        "PercentageOfSymbolicFeatures": percent * len(levels),
        "PercentageOfBinaryFeatures": percent * n_binary,
    }


def _missing(dataset: Dataset) -> dict[str, Answer]:
    """Missing cells, and rows with any."""
    per_row = np.zeros(dataset.n_rows, dtype=np.int64)
    for column in dataset.numeric.T:
        per_row += ~np.isfinite(column)
    for codes in dataset.categorical.T:
        per_row += codes < 0
    n_cells, n_rows = int(per_row.sum()), int(np.count_nonzero(per_row))
    return {
        "NumberOfMissingValues": n_cells,
        "NumberOfInstancesWithMissingValues": n_rows,
        "PercentageOfMissingValues": 100 * n_cells / (dataset.n_rows * (dataset.n_columns + 1)),
        "PercentageOfInstancesWithMissingValues": 100 * n_rows / dataset.n_rows,
    }


def _class_sizes(dataset: Dataset) -> dict[str, Answer]:
    """Number of classes, and the largest and smallest of them."""
    if dataset.task_type is TaskType.REGRESSION:
        sizes = (
            "MajorityClassSize",
            "MinorityClassSize",
            "MajorityClassPercentage",
            "MinorityClassPercentage",
        )
        return {"NumberOfClasses": 0, **dict.fromkeys(sizes, NO_CLASSES)}
    counts = np.bincount(dataset.target.astype(np.int64))
    counts = counts[counts > 0]
    percent = 100 / dataset.n_rows
    return {
        "NumberOfClasses": len(counts),
        "MajorityClassSize": int(counts.max()),
        "MinorityClassSize": int(counts.min()),
        "MajorityClassPercentage": percent * int(counts.max()),
        "MinorityClassPercentage": percent * int(counts.min()),
    }


def _auto_correlation(dataset: Dataset) -> Answer:
    """One minus the mean change of the target from row to row; every change of class counts 1."""
    target = dataset.target
    if dataset.n_rows < 2:
        return "a single row has no next one"
    if dataset.task_type is TaskType.REGRESSION:
        with np.errstate(over="ignore"):
            return 1 - float(np.mean(np.abs(np.diff(target))))
    return float(np.mean(target[1:] == target[:-1]))
