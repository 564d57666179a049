"""OpenML's 19 qualities of nominal columns: distinct values, entropies, and what they tell about the class.

Entropies are in bits. In them OpenML gives a missing value the first declared level; a `Dataset` does not
keep that order, so here it joins the first level in sorted order.
Shapes: n rows, c nominal (boolean and categorical) columns.
"""

import numpy as np

from autometa.dataset import Dataset, FloatArray, IntArray, TaskType
from autometa.metafeatures.answers import Answer
from autometa.metafeatures.base import Feature
from autometa.metafeatures.openml_simple import NO_CLASSES, n_distinct, nominal_columns
from autometa.metafeatures.openml_statistics import SUMMARIES, six_numbers

SOURCE_DISTINCT = "OpenML evaluation engine (NominalAttDistinctValues), van Rijn & Sun 2014"
SOURCE_ENTROPY = "OpenML evaluation engine (AttributeEntropy), van Rijn & Sun 2014; after Michie et al. 1994"
NO_NOMINAL = "no boolean or categorical column"
NO_INFORMATION = "no nominal column tells anything about the class"

_DISTINCT = {
    "Max": "Maximum",
    "Min": "Minimum",
    "Mean": "Mean",
    "Stdv": "Standard deviation (ddof 1; 0 for one column)",
}
_PER_COLUMN = {
    "AttributeEntropy": "the entropy H(x) in bits",
    "MutualInformation": "the information gain I(x; y) in bits, rounded to 14 decimals",
}
FEATURES = (
    *(
        Feature(
            f"{summary}NominalAttDistinctValues",
            "distinct values",
            f"{how} of the number of observed levels over nominal columns, class included; missing is none. "
            "Does not apply without a nominal column.",
            SOURCE_DISTINCT,
        )
        for summary, how in _DISTINCT.items()
    ),
    Feature("ClassEntropy", "information", "H(y) in bits; not for regression.", SOURCE_ENTROPY),
    *(
        Feature(
            summary + quantity,
            "information",
            f"{how} over nominal input columns of {what}; a missing value counts as the first level. "
            "Does not apply to regression or without a nominal input.",
            SOURCE_ENTROPY,
        )
        for quantity, what in _PER_COLUMN.items()
        for summary, how in SUMMARIES.items()
    ),
    Feature(
        "EquivalentNumberOfAtts",
        "information",
        "ClassEntropy / MeanMutualInformation; does not apply where the latter is 0 or does not apply.",
        SOURCE_ENTROPY,
    ),
    Feature(
        "MeanNoiseToSignalRatio",
        "information",
        "(MeanAttributeEntropy - MeanMutualInformation) / MeanMutualInformation; does not apply where the "
        "latter is 0 or does not apply.",
        SOURCE_ENTROPY,
    ),
)


def nominal(dataset: Dataset) -> dict[str, Answer]:
    """The 19 qualities by name."""
    columns = nominal_columns(dataset)
    if dataset.task_type is TaskType.REGRESSION:
        names = [feature.name for feature in FEATURES if feature.group == "information"]
        return {**_distinct_values(columns), **dict.fromkeys(names, NO_CLASSES)}
    target = dataset.target.astype(np.int64)
    return {**_distinct_values([*columns, target]), **_information(columns, target)}


def _distinct_values(columns: list[IntArray]) -> dict[str, Answer]:
    """Maximum, minimum, mean and deviation of the observed levels."""
    if not columns:
        return {f"{summary}NominalAttDistinctValues": NO_NOMINAL for summary in _DISTINCT}
    counts = np.array([n_distinct(codes) for codes in columns])
    return {
        "MaxNominalAttDistinctValues": int(counts.max()),
        "MinNominalAttDistinctValues": int(counts.min()),
        "MeanNominalAttDistinctValues": float(counts.mean()),
        "StdvNominalAttDistinctValues": float(counts.std(ddof=1)) if len(counts) > 1 else 0.0,
    }


def _information(columns: list[IntArray], target: IntArray) -> dict[str, Answer]:
    """Entropies and information gains of (n,) input codes about (n,) class codes."""
    class_entropy = _entropy(target)
    filled = [np.maximum(codes, 0) for codes in columns]
    entropies = np.array([_entropy(codes) for codes in filled])
    joint = np.array([_entropy(codes * (target.max() + 1) + target) for codes in filled])
    gains = np.floor((class_entropy + entropies - joint) * 1e14 + 0.5) / 1e14
    answers: dict[str, Answer] = {"ClassEntropy": class_entropy}
    for quantity, values in (("AttributeEntropy", entropies), ("MutualInformation", gains)):
        for summary, answer in six_numbers(values).items():
            answers[summary + quantity] = NO_NOMINAL if answer is None else answer
    return {**answers, **_ratios(class_entropy, entropies, gains)}


def _ratios(class_entropy: float, entropies: FloatArray, gains: FloatArray) -> dict[str, Answer]:
    """Class entropy and noise per mean information gain."""
    mean_gain = float(gains.mean()) if len(gains) else 0.0
    if mean_gain <= 0:
        return dict.fromkeys(
            ("EquivalentNumberOfAtts", "MeanNoiseToSignalRatio"), NO_INFORMATION if len(gains) else NO_NOMINAL
        )
    return {
        "EquivalentNumberOfAtts": class_entropy / mean_gain,
        "MeanNoiseToSignalRatio": (float(entropies.mean()) - mean_gain) / mean_gain,
    }


def _entropy(codes: IntArray) -> float:
    """Entropy in bits of (n,) codes from 0."""
    counts = np.unique(codes, return_counts=True)[1]
    shares = counts / len(codes)
    return float(-(shares * np.log2(shares)).sum()) + 0.0  # no minus zero
