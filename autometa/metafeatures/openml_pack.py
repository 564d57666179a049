"""The pack `openml`: OpenML's 62 data qualities that are not landmarks, under OpenML's own names.

Defined by OpenML's evaluation engine, with its own habits: the target is one of the features, shares are in
percent, statistics in raw units, entropies of nominal columns only. Values equal those that openml.org
records, except where a `Dataset` does not know what the engine saw: levels that are declared but never occur
(`NumberOfBinaryFeatures`), the declared order of levels (in entropies a missing value counts as the first),
rows without a target, and infinities (missing here).
"""

from autometa.dataset import Dataset, FloatArray
from autometa.metafeatures import openml_nominal, openml_simple, openml_statistics
from autometa.metafeatures.answers import to_values
from autometa.metafeatures.base import Feature

VERSION = 1
FEATURES: tuple[Feature, ...] = (
    *openml_simple.FEATURES,
    *openml_statistics.FEATURES,
    *openml_nominal.FEATURES,
)


def compute(dataset: Dataset) -> tuple[FloatArray, dict[str, str]]:
    """OpenML's qualities of a data set.

    Returns:
        (62,) values in the order of `FEATURES`, NaN where one does not apply; by feature name, why.

    Example:
        >>> import numpy as np
        >>> from autometa.dataset import Column, ColumnKind, Dataset, TaskType
        >>> table = Dataset(
        ...     name="two columns",
        ...     numeric=np.array([[1.0], [2.0], [3.0], [4.0]]),
        ...     categorical=np.array([[0], [0], [1], [1]]),
        ...     target=np.array([0, 0, 1, 1]),
        ...     task_type=TaskType.CLASSIFICATION,
        ...     columns=(Column("x", ColumnKind.NUMERIC), Column("c", ColumnKind.CATEGORICAL)),
        ...     class_names=("no", "yes"),
        ... )
        >>> values, _ = compute(table)
        >>> [f"{f.name}: {value:g}" for f, value in zip(FEATURES, values)][1:4]
        ['NumberOfFeatures: 3', 'NumberOfClasses: 2', 'Dimensionality: 0.75']
    """
    answers = {
        **openml_simple.simple(dataset),
        **openml_statistics.statistics(dataset),
        **openml_nominal.nominal(dataset),
    }
    return to_values(FEATURES, answers)
