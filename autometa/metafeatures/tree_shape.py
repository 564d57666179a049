"""Group tree_shape: how large a full tree grows, and how many columns it needs.

Shapes: m training rows, c columns after encoding.
"""

import numpy as np

from autometa.metafeatures.base import Feature
from autometa.metafeatures.decision_tree import DecisionTree
from autometa.metafeatures.summary import Measured, inapplicable

_GROUP = "tree_shape"
_PENG = "Peng, Flach, Soares and Brazdil 2002"
_OF = "of the full tree of the landmarks"

FEATURES = (
    Feature("tree_leaves", _GROUP, f"Leaves {_OF} / its training rows m.", _PENG),
    Feature("tree_depth", _GROUP, f"Depth {_OF} / log2 m. One training row: NaN.", _PENG),
    Feature(
        "tree_importance_entropy",
        _GROUP,
        f"H(importances) / log2 of the number of columns, {_OF}. One column or no split: NaN.",
        "autometa",
    ),
    Feature(
        "tree_importance_max", _GROUP, f"Largest importance of a column {_OF}. No split: NaN.", "autometa"
    ),
)


def measure(tree: DecisionTree | None, n_rows: int, reason: str) -> Measured:
    """The tree shape group.

    Args:
        tree: fitted on the training half, or None.
        n_rows: m.
        reason: why there is no tree.
    """
    if tree is None:
        return inapplicable(FEATURES, reason)
    if n_rows < 2:
        return inapplicable(FEATURES, "the training half has one row")
    known: Measured = {
        "tree_leaves": tree.n_leaves / n_rows,
        "tree_depth": tree.depth / float(np.log2(n_rows)),
    }
    shares = np.sort(tree.importances[tree.importances > 0])
    if len(shares) == 0:
        return inapplicable(FEATURES, "the tree has no split") | known
    entropy = -float((shares * np.log2(shares)).sum())
    n_columns = len(tree.importances)
    known["tree_importance_max"] = float(shares[-1])
    known["tree_importance_entropy"] = (
        max(entropy, 0.0) / float(np.log2(n_columns)) if n_columns > 1 else "the table has one column"
    )
    return known
