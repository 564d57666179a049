"""Growing the forest of `ForestSimilarity`; costs scikit-learn.

Shapes: k data sets, c candidates, t trees, n nodes of all trees together.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures.base import Feature, MetaFeatureTable
from autometa.similarity.disagreement import mid_ranks
from autometa.similarity.encoding import RankEncoding
from autometa.similarity.examples import Examples
from autometa.similarity.forest import ForestSimilarity, Nodes, proximity_weights

N_TREES = 200
MIN_LEAF = 5  # data sets; this and a third of the inputs per split are Breiman's for regression
INPUT_SHARE = 1.0 / 3.0

BoolArray = NDArray[np.bool_]


def train_forest(examples: Examples, *, seed: int = 0) -> ForestSimilarity:
    """Trees that divide data sets by meta-features so that those of a leaf rank the candidates alike.

    Args:
        examples: of the training.
        seed: of the samples and of the inputs that a split may look at.
    """
    return grow_forest(examples.table, examples.features, examples.regrets, examples.families, seed=seed)


def grow_forest(
    table: MetaFeatureTable,
    features: tuple[Feature, ...],
    regrets: FloatArray,
    families: Sequence[str],
    *,
    seed: int = 0,
) -> ForestSimilarity:
    """The same from its parts.

    The weights count only if the trees learned something: those that were grown without a data set must
    foretell how it ranks the candidates, from other families, better than the plain mean does, on average
    by more than a standard error. Else all sources weigh the same.

    Args:
        table: (k, m) meta-features.
        features: describe the pack; those with `in_distance` False are not looked at.
        regrets: (k, c), NaN where not tried.
        families: (k,) copies and variants share one.
        seed: of the samples and of the inputs that a split may look at.
    """
    from sklearn.ensemble import RandomForestRegressor

    encoding = RankEncoding.of(table, features)
    forest = RandomForestRegressor(
        N_TREES, min_samples_leaf=MIN_LEAF, max_features=INPUT_SHARE, random_state=seed
    )
    ranks = rank_shares(regrets)
    forest.fit(encoding.encode(table.values), ranks)
    grown = as_arrays(encoding, [member.tree_ for member in forest.estimators_])
    unseen = np.ones((len(regrets), N_TREES), dtype=bool)
    for tree, rows in enumerate(forest.estimators_samples_):
        unseen[rows, tree] = False
    gains = foretold_gains(grown.leaves(table.values), unseen, ranks, families)
    has_learned = gains.mean() > gains.std() / np.sqrt(len(gains))
    return grown if has_learned else replace(grown, sharpness=0.0)


def foretold_gains(
    leaves: Nodes, unseen: BoolArray, ranks: FloatArray, families: Sequence[str]
) -> FloatArray:
    """(k,) how much smaller the mean squared error of weighted ranks is than that of plain means.

    Args:
        leaves: (k, t) the leaf of each tree that each data set ends in.
        unseen: (k, t) True for the trees that were grown without the data set (out of its bag).
        ranks: (k, c) as `rank_shares` gives.
        families: (k,); a data set's ranks are foretold from other families.
    """
    labels = np.array(families)
    gains = np.zeros(len(ranks))
    for row, own in enumerate(ranks):
        others, trees = labels != labels[row], unseen[row]
        if others.any() and trees.any():
            proximities = (leaves[np.ix_(others, trees)] == leaves[row, trees]).mean(axis=1)
            weights = proximity_weights(proximities)
            weighted, plain = weights @ ranks[others] / weights.sum(), ranks[others].mean(axis=0)
            gains[row] = ((own - plain) ** 2).mean() - ((own - weighted) ** 2).mean()
    return gains


def as_arrays(encoding: RankEncoding, trees: Sequence[Any]) -> ForestSimilarity:
    """The trees of scikit-learn one after another.

    Args:
        encoding: of the meta-features.
        trees: `tree_` of each member.
    """
    sizes = [tree.node_count for tree in trees]
    roots = np.cumsum([0, *sizes])[:-1].astype(np.int32)
    first, itself = np.repeat(roots, sizes), np.concatenate([np.arange(size) for size in sizes])
    is_leaf = np.concatenate([tree.children_left for tree in trees]) < 0

    def nodes(name: str) -> Nodes:
        children = np.concatenate([getattr(tree, name) for tree in trees])
        return np.where(is_leaf, itself, children).astype(np.int32) + first

    inputs = np.where(is_leaf, -1, np.concatenate([tree.feature for tree in trees]))
    thresholds = np.concatenate([tree.threshold for tree in trees])
    left, right = nodes("children_left"), nodes("children_right")
    return ForestSimilarity(encoding, roots, inputs.astype(np.int32), thresholds, left, right)


def rank_shares(regrets: FloatArray) -> FloatArray:
    """(k, c) mid-ranks within each data set, from 0 (the best) to 1; 0.5 where not tried.

    Squared gaps between two such rows order pairs of data sets as Spearman's correlation does, whatever
    the spread of the scores; regrets themselves would leave the splits to data sets on which many fail.

    Args:
        regrets: (k, c), NaN where not tried.
    """
    shares = np.full(regrets.shape, 0.5)
    for row, own in enumerate(regrets):
        tried = ~np.isnan(own)
        shares[row, tried] = mid_ranks(own[tried]) / max(tried.sum(), 1)
    return shares
