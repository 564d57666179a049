"""auto-sklearn's six landmarks: the accuracy of simple learners in five folds of its encoded, shuffled table.

The folds are plain ones: auto-sklearn means to stratify them but compares a type with a string, so it never
does. Scores come from the installed scikit-learn, whose trees may break ties another way than those of then.
Shapes: n rows, e encoded columns.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autometa.dataset import FloatArray, IntArray
from autometa.metafeatures.answers import Answer
from autometa.metafeatures.base import Feature

SOURCE = "auto-sklearn 0.15 (Feurer et al. 2015), after Pfahringer et al. 2000"

UNFITTED = "the learner cannot be fitted to a training fold: too few rows per class, or no variance"

_N_FOLDS = 5
_TREE_SEED = 42
_LEARNERS = {
    "LandmarkLDA": "linear discriminant analysis",
    "LandmarkNaiveBayes": "Gaussian naive Bayes",
    "LandmarkDecisionTree": "a full decision tree",
    "LandmarkDecisionNodeLearner": "one entropy split, on the best column",
    "LandmarkRandomNodeLearner": "one entropy split, on a random column (seed 42)",
    "Landmark1NN": "the nearest neighbour (Euclidean)",
}
FEATURES = tuple(
    Feature(
        name,
        "landmarks",
        f"Mean accuracy of {learner} over 5 unstratified folds of the shuffled encoded table, in [0, 1]. "
        "Not for regression, below 5 rows, or where the learner cannot be fitted.",
        SOURCE,
    )
    for name, learner in _LEARNERS.items()
)


def landmarks(encoded: FloatArray, target: IntArray) -> dict[str, Answer]:
    """The six accuracies by name.

    Args:
        encoded: (n, e), at least one column, rows already shuffled.
        target: (n,) class codes of these rows.
    """
    if len(target) < _N_FOLDS:
        return dict.fromkeys(_LEARNERS, f"five folds need at least five rows, here are {len(target)}")
    from threadpoolctl import threadpool_limits

    # On busy cores two threads of BLAS wait for each other: a decomposition of 10 ms took a second.
    with warnings.catch_warnings(), np.errstate(all="ignore"), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore")  # collinear columns, rare classes: what a landmark is there to feel
        return {name: _accuracy(build, encoded, target) for name, build in _builders().items()}


def _builders() -> dict[str, Callable[[], Any]]:
    """What makes a new learner, by landmark."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    def stump(max_features: int | None) -> Any:
        return DecisionTreeClassifier(
            criterion="entropy", max_depth=1, max_features=max_features, random_state=_TREE_SEED
        )

    return {
        "LandmarkLDA": LinearDiscriminantAnalysis,
        "LandmarkNaiveBayes": GaussianNB,
        "LandmarkDecisionTree": lambda: DecisionTreeClassifier(random_state=_TREE_SEED),
        "LandmarkDecisionNodeLearner": lambda: stump(None),
        "LandmarkRandomNodeLearner": lambda: stump(1),
        "Landmark1NN": lambda: KNeighborsClassifier(n_neighbors=1),
    }


def _accuracy(build: Callable[[], Any], encoded: FloatArray, target: IntArray) -> Answer:
    """Mean accuracy over the folds, or why the learner could not be fitted."""
    scores = []
    for test in np.array_split(np.arange(len(target)), _N_FOLDS):
        is_test = np.zeros(len(target), dtype=np.bool_)
        is_test[test] = True
        try:
            learner = build().fit(encoded[~is_test], target[~is_test])
        except (ValueError, IndexError, np.linalg.LinAlgError):  # IndexError: LDA without any variance
            return UNFITTED
        scores.append(np.mean(learner.predict(encoded[is_test]) == target[is_test]))
    return float(np.mean(scores))
