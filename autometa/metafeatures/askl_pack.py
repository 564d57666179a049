"""The pack `askl`: the 46 meta-features of auto-sklearn 0.15, under its own names.

29 describe the raw table. The other 17 describe it after auto-sklearn's default preprocessing
(`askl_encoding`). Six of them are landmarks: they need scikit-learn and cost what they cost there, a nearest
neighbour over all rows included.

Where the definition is arbitrary or breaks down:
* The skewness of the first principal component has the sign of the component. It is chosen as by the
  scikit-learn that auto-sklearn ran with (`askl_shape`); two equal first eigenvalues still leave the axis
  itself arbitrary.
* Shuffling (seed 42) and the trees' seeds are auto-sklearn's; the scores are those of the installed
  scikit-learn. The order of one-hot columns decides ties between splits: it is the one of a DataFrame of
  capitals or digits (for other labels and for arrays of codes auto-sklearn's own order differs, and a tree's
  accuracy with it, by a row or two).
* Without a nominal column auto-sklearn calls all five symbol features 0, and so does this pack.
* Infinities are missing values here and an error there; text is nominal here and a bag of words there.
* For regression, auto-sklearn has neither class features nor landmarks, and leaves the components out to save
  time; the components are given here.
"""

import numpy as np

from autometa.dataset import Dataset, FloatArray, TaskType
from autometa.metafeatures import askl_landmarks, askl_shape, askl_simple
from autometa.metafeatures.answers import Answer, to_values
from autometa.metafeatures.askl_encoding import encode, shuffled_rows
from autometa.metafeatures.base import Feature

VERSION = 1
FEATURES: tuple[Feature, ...] = (*askl_simple.FEATURES, *askl_shape.FEATURES, *askl_landmarks.FEATURES)


def compute(dataset: Dataset) -> tuple[FloatArray, dict[str, str]]:
    """auto-sklearn's meta-features of a data set.

    Returns:
        (46,) values in the order of `FEATURES`, NaN where one does not apply; by feature name, why.

    Example:
        >>> import numpy as np
        >>> from autometa.dataset import Column, ColumnKind, Dataset, TaskType
        >>> table = Dataset(
        ...     name="one column",
        ...     numeric=np.arange(10.0)[:, None],
        ...     categorical=np.empty((10, 0), dtype=np.int64),
        ...     target=np.repeat([0, 1], 5),
        ...     task_type=TaskType.CLASSIFICATION,
        ...     columns=(Column("x", ColumnKind.NUMERIC),),
        ...     class_names=("low", "high"),
        ... )
        >>> values, _ = compute(table)
        >>> {feature.name: float(value) for feature, value in zip(FEATURES, values)}["LandmarkDecisionTree"]
        1.0
    """
    encoded = encode(dataset.numeric, dataset.categorical)
    answers = {**askl_simple.simple(dataset), **askl_shape.shape(encoded), **_landmarks(dataset, encoded)}
    return to_values(FEATURES, answers)


def _landmarks(dataset: Dataset, encoded: FloatArray) -> dict[str, Answer]:
    """The landmarks, or why there are none."""
    names = [feature.name for feature in askl_landmarks.FEATURES]
    if dataset.task_type is TaskType.REGRESSION:
        return dict.fromkeys(names, askl_simple.NO_CLASSES)
    if encoded.shape[1] == 0:
        return dict.fromkeys(names, askl_shape.NOTHING_ENCODED)
    order = shuffled_rows(dataset.n_rows)
    return askl_landmarks.landmarks(encoded[order], dataset.target.astype(np.int64)[order])
