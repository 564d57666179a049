"""One full decision tree, from which the shallow ones are cut.

CART chooses every split without regard to depth, so the stump and the tree of depth 3 are the top of the full
tree: one fit gives all of them.

Shapes: m training and t test rows, c columns, v nodes, k classes.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures.landmark_table import LandmarkTable

_LEAF = -1
_SKLEARN_MAX_SEED = 2**32


@dataclass(frozen=True, slots=True, eq=False)
class DecisionTree:
    """A fitted CART (Breiman et al. 1984; scikit-learn's, unpruned, Gini impurity or squared error).

    Attributes:
        left: (v,) child for cells <= threshold; -1 in a leaf.
        right: (v,) the other child.
        feature: (v,) column looked at; any in a leaf.
        threshold: (v,).
        value: (v,) what the node predicts: the majority class, or the mean.
        n_leaves: leaves.
        depth: edges from the root to the deepest leaf.
        importances: (c,) share of the impurity's decrease by column; all 0 for a root alone.
    """

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    feature: NDArray[np.intp]
    threshold: FloatArray
    value: FloatArray
    n_leaves: int
    depth: int
    importances: FloatArray

    @classmethod
    def fit(cls, table: LandmarkTable, *, seed: int, max_depth: int | None = None) -> Self:
        """Grow a tree on the training half.

        Args:
            table: with at least one column.
            seed: decides between equally good splits.
            max_depth: stop there.
        """
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        kind = DecisionTreeClassifier if table.n_classes else DecisionTreeRegressor
        model = kind(random_state=seed % _SKLEARN_MAX_SEED, max_depth=max_depth)
        model.fit(table.x_train.astype(np.float32), table.y_train)  # the trees' own type; exact on the grid
        tree, value = model.tree_, model.tree_.value[:, 0, :]
        value = model.classes_[value.argmax(axis=1)] if table.n_classes else value[:, 0]
        return cls(
            tree.children_left,
            tree.children_right,
            np.maximum(tree.feature, 0),
            tree.threshold,
            value.astype(np.float64),
            int(tree.n_leaves),
            int(tree.max_depth),
            tree.compute_feature_importances(normalize=True),
        )

    def predict(self, x: FloatArray, *, max_depth: int | None = None) -> FloatArray:
        """(t,) predictions of the tree, or of its top.

        Args:
            x: (t, c).
            max_depth: levels of splits to go down at most.
        """
        node = np.zeros(len(x), dtype=np.intp)
        rows = np.arange(len(x))
        for _ in range(self.depth if max_depth is None else min(max_depth, self.depth)):
            goes_left = x[rows, self.feature[node]] <= self.threshold[node]
            child = np.where(goes_left, self.left[node], self.right[node])
            node = np.where(child == _LEAF, node, child)
        return self.value[node]
