"""auto-sklearn's 29 meta-features of the raw table: sizes, missing values, classes, symbols.

Shapes: n rows, d input columns, q of them nominal (boolean, categorical and text).
"""

import math

import numpy as np

from autometa.dataset import Dataset, FloatArray, IntArray, TaskType
from autometa.metafeatures.answers import Answer
from autometa.metafeatures.base import Feature

SOURCE = "auto-sklearn 0.15 (Feurer et al. 2015)"
SOURCE_SYMBOLS = "auto-sklearn 0.15 (Feurer et al. 2015), after Reif 2012"
NO_CLASSES = "the target is a number and has no classes"
NO_COLUMNS = "no input column"

_SIZES = {
    "NumberOfInstances": "Rows with a known target, n.",
    "LogNumberOfInstances": "ln n.",
    "NumberOfFeatures": "Input columns d; the target is not counted.",
    "LogNumberOfFeatures": "ln d; not without a column.",
    "NumberOfNumericFeatures": "Numeric and datetime input columns, d - q.",
    "NumberOfEncodedFeatures": "Nominal input columns, q: boolean, categorical and text.",
    "RatioNumericalToNominal": "(d - q) / q; 0 if q is 0.",
    "RatioNominalToNumerical": "q / (d - q); 0 if d - q is 0.",
    "DatasetRatio": "d / n.",
    "LogDatasetRatio": "ln (d / n); not without a column.",
    "InverseDatasetRatio": "n / d; not without a column.",
    "LogInverseDatasetRatio": "ln (n / d); not without a column.",
}
_MISSING = {
    "NumberOfInstancesWithMissingValues": "Rows with a missing input; infinite counts as missing here.",
    "PercentageOfInstancesWithMissingValues": "Share (not percent) of rows with a missing input, in [0, 1].",
    "NumberOfFeaturesWithMissingValues": "Input columns with a missing value.",
    "PercentageOfFeaturesWithMissingValues": "Share (not percent) of such columns, in [0, 1].",
    "NumberOfMissingValues": "Missing input cells.",
    "PercentageOfMissingValues": "Share (not percent) of missing input cells, in [0, 1].",
}
_CLASSES = {
    "NumberOfClasses": "Observed classes k.",
    "ClassProbabilityMin": "Share of the rarest observed class, in (0, 1].",
    "ClassProbabilityMax": "Share of the most frequent class, in (0, 1].",
    "ClassProbabilityMean": "Mean share of the observed classes, 1 / k.",
    "ClassProbabilitySTD": "Standard deviation of the class shares, ddof 0.",
    "ClassEntropy": "-sum p log2 p over the class shares, in bits.",
}
_SYMBOLS = {
    "SymbolsMin": "Smallest number of observed levels of a nominal column with a value; 0 without one.",
    "SymbolsMax": "Largest number of observed levels of a nominal column; 0 without one.",
    "SymbolsMean": "Mean number of levels over nominal columns with a value; 0 without one.",
    "SymbolsSTD": "Standard deviation, ddof 0, of that number; 0 without such a column.",
    "SymbolsSum": "Sum of the observed levels of nominal columns.",
}
FEATURES = (
    *(Feature(name, "sizes", text, SOURCE) for name, text in _SIZES.items()),
    *(Feature(name, "missing", text, SOURCE) for name, text in _MISSING.items()),
    *(Feature(name, "classes", f"{text} Not for regression.", SOURCE) for name, text in _CLASSES.items()),
    *(Feature(name, "symbols", text, SOURCE_SYMBOLS) for name, text in _SYMBOLS.items()),
)


def simple(dataset: Dataset) -> dict[str, Answer]:
    """The 29 meta-features by name."""
    return {
        **_sizes(dataset.n_rows, dataset.n_columns, dataset.categorical.shape[1]),
        **_missing(dataset),
        **_classes(dataset),
        **_symbols(dataset.categorical),
    }


def _sizes(n: int, d: int, q: int) -> dict[str, Answer]:
    """Counts, their logarithms and ratios."""
    return {
        "NumberOfInstances": n,
        "LogNumberOfInstances": math.log(n),
        "NumberOfFeatures": d,
        "LogNumberOfFeatures": math.log(d) if d else NO_COLUMNS,
        "NumberOfNumericFeatures": d - q,
        "NumberOfEncodedFeatures": q,
        "RatioNumericalToNominal": (d - q) / q if q else 0,
        "RatioNominalToNumerical": q / (d - q) if d > q else 0,
        "DatasetRatio": d / n,
        "LogDatasetRatio": math.log(d / n) if d else NO_COLUMNS,
        "InverseDatasetRatio": n / d if d else NO_COLUMNS,
        "LogInverseDatasetRatio": math.log(n / d) if d else NO_COLUMNS,
    }


def _missing(dataset: Dataset) -> dict[str, Answer]:
    """Missing cells, rows and columns with any, and their shares."""
    n, d = dataset.n_rows, dataset.n_columns
    row_has_missing = np.zeros(n, dtype=np.bool_)
    per_column = []
    for is_missing in (
        *(~np.isfinite(x) for x in dataset.numeric.T),
        *(c < 0 for c in dataset.categorical.T),
    ):
        row_has_missing |= is_missing
        per_column.append(int(np.count_nonzero(is_missing)))
    n_rows, n_columns, n_cells = (
        int(row_has_missing.sum()),
        int(np.count_nonzero(per_column)),
        sum(per_column),
    )
    return {
        "NumberOfInstancesWithMissingValues": n_rows,
        "PercentageOfInstancesWithMissingValues": n_rows / n,
        "NumberOfFeaturesWithMissingValues": n_columns,
        "PercentageOfFeaturesWithMissingValues": n_columns / d if d else NO_COLUMNS,
        "NumberOfMissingValues": n_cells,
        "PercentageOfMissingValues": n_cells / (n * d) if d else NO_COLUMNS,
    }


def _classes(dataset: Dataset) -> dict[str, Answer]:
    """Class shares and their entropy."""
    if dataset.task_type is TaskType.REGRESSION:
        return dict.fromkeys(_CLASSES, NO_CLASSES)
    counts = np.bincount(dataset.target.astype(np.int64))
    shares: FloatArray = counts[counts > 0] / dataset.n_rows  # (k,)
    return {
        "NumberOfClasses": len(shares),
        "ClassProbabilityMin": float(shares.min()),
        "ClassProbabilityMax": float(shares.max()),
        "ClassProbabilityMean": float(shares.mean()),
        "ClassProbabilitySTD": float(shares.std()),
        "ClassEntropy": float(-(shares * np.log2(shares)).sum()) + 0.0,  # no minus zero
    }


def _symbols(categorical: IntArray) -> dict[str, Answer]:
    """Observed levels of (n, q) codes; columns without any value do not count."""
    levels = np.array(
        [np.count_nonzero(np.bincount(codes[codes >= 0])) for codes in categorical.T], dtype=np.int64
    )
    levels = levels[levels > 0]
    if len(levels) == 0:
        return dict.fromkeys(_SYMBOLS, 0)
    return {
        "SymbolsMin": int(levels.min()),
        "SymbolsMax": int(levels.max()),
        "SymbolsMean": float(levels.mean()),
        "SymbolsSTD": float(levels.std()),
        "SymbolsSum": int(levels.sum()),
    }
