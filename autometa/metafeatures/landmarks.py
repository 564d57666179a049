"""Groups landmarks and tree_shape: how well simple learners do, and how large a full tree grows.

Shapes: m training and t test rows, c columns after encoding, k classes.
"""

from dataclasses import replace

import numpy as np

from autometa.dataset import FloatArray
from autometa.metafeatures.base import Feature
from autometa.metafeatures.decision_tree import DecisionTree
from autometa.metafeatures.landmark_table import LandmarkTable
from autometa.metafeatures.simple_models import (
    class_indicators,
    naive_bayes_classes,
    neighbor_means,
    ridge_outputs,
    squared_distances,
)
from autometa.metafeatures.summary import Measured, inapplicable

_GROUP = "landmarks"
_PFAHRINGER = "Pfahringer, Bensusan and Giraud-Carrier 2000"
_FURNKRANZ = "Fürnkranz and Petrak 2001"
_SCORE = (
    "(accuracy - p_max) / (1 - p_max), p_max the largest class share of the test half, or R2 not below -1; "
    "2 000 rows in two halves"
)

FEATURES = (
    Feature("landmark_stump", _GROUP, f"Decision tree of depth 1: {_SCORE}.", _PFAHRINGER),
    Feature("landmark_tree_3", _GROUP, f"Decision tree of depth 3: {_SCORE}.", _PFAHRINGER),
    Feature("landmark_tree", _GROUP, f"Full decision tree: {_SCORE}.", _PFAHRINGER),
    Feature("landmark_random_stump", _GROUP, f"Stump on one random column: {_SCORE}.", _PFAHRINGER),
    Feature(
        "landmark_1nn",
        _GROUP,
        f"One nearest neighbour (all at the same distance vote): {_SCORE}.",
        _PFAHRINGER,
    ),
    Feature("landmark_10nn", _GROUP, f"Ten nearest neighbours: {_SCORE}.", _PFAHRINGER),
    Feature(
        "landmark_naive_bayes",
        _GROUP,
        f"Gaussian naive Bayes: {_SCORE}. Regression: does not apply.",
        _PFAHRINGER,
    ),
    Feature("landmark_ridge", _GROUP, f"Ridge, penalty 1, on the class indicators: {_SCORE}.", "autometa"),
    Feature("landmark_ridge_minus_tree", _GROUP, "landmark_ridge - landmark_tree.", _FURNKRANZ),
    Feature("landmark_1nn_minus_ridge", _GROUP, "landmark_1nn - landmark_ridge.", _FURNKRANZ),
)


def measure(table: LandmarkTable, tree: DecisionTree | None, *, seed: int) -> Measured:
    """The landmarks group.

    Args:
        table: both halves.
        tree: fitted on the training half; None if the table cannot be learned from.
        seed: chooses the random column.
    """
    reason = why_not(table)
    if reason or tree is None:
        return inapplicable(FEATURES, reason or "no tree was fitted")
    x, x_test = table.x_train, table.x_test
    column = int(np.random.default_rng(seed).integers(x.shape[1]))
    one_column = replace(table, x_train=x[:, [column]], x_test=x_test[:, [column]])
    stump = DecisionTree.fit(one_column, seed=seed, max_depth=1)
    outputs = class_indicators(table.y_train, table.n_classes) if table.n_classes else table.y_train[:, None]
    distances = squared_distances(x_test, x)
    scores = {
        "landmark_stump": _score(table, tree.predict(x_test, max_depth=1)),
        "landmark_tree_3": _score(table, tree.predict(x_test, max_depth=3)),
        "landmark_tree": _score(table, tree.predict(x_test)),
        "landmark_random_stump": _score(table, stump.predict(one_column.x_test)),
        "landmark_1nn": _score(table, _decided(table, neighbor_means(distances, outputs, 1))),
        "landmark_10nn": _score(table, _decided(table, neighbor_means(distances, outputs, 10))),
        "landmark_ridge": _score(table, _decided(table, ridge_outputs(x, outputs, x_test))),
    }
    bayes: float | str = "naive Bayes is for classes"
    if table.n_classes:
        bayes = _score(table, naive_bayes_classes(x, table.y_train, x_test).astype(np.float64))
    return {
        **scores,
        "landmark_naive_bayes": bayes,
        "landmark_ridge_minus_tree": scores["landmark_ridge"] - scores["landmark_tree"],
        "landmark_1nn_minus_ridge": scores["landmark_1nn"] - scores["landmark_ridge"],
    }


def why_not(table: LandmarkTable) -> str:
    """Why no landmark can be scored; empty if they can."""
    if table.x_train.shape[1] == 0:
        return "no column but text varies in the training half"
    if len(table.y_test) == 0 or (table.y_test == table.y_test[0]).all():
        return "the test half has one target value only"
    return ""


def _decided(table: LandmarkTable, outputs: FloatArray) -> FloatArray:
    """(t,) the class with the largest output, or the only output."""
    return outputs.argmax(axis=1).astype(np.float64) if table.n_classes else outputs[:, 0]


def _score(table: LandmarkTable, predicted: FloatArray) -> float:
    """1 is perfect, 0 as good as the majority class or the mean of the test half."""
    y = table.y_test
    if table.n_classes:
        chance = np.bincount(y.astype(np.int64)).max() / len(y)
        return float(((predicted == y).mean() - chance) / (1.0 - chance))
    residual = np.square(predicted - y).sum() / np.square(y - y.mean()).sum()
    return float(max(1.0 - residual, -1.0))
