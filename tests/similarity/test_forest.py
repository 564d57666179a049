"""The forest against scikit-learn's own leaves, hand-made choices, and truths that were planted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr
from sklearn.ensemble import RandomForestRegressor

from autometa.similarity import effective_sources
from autometa.similarity.encoding import RankEncoding
from autometa.similarity.examples import table_row
from autometa.similarity.forest import FLOOR, ForestSimilarity
from autometa.similarity.forest_training import as_arrays, foretold_gains, rank_shares, train_forest
from tests.similarity.cases import meta_table, planted

NAN = float("nan")
EXAMPLES = planted(100)
LEAVES = np.array([[0, 4], [0, 5], [1, 4], [1, 5]])  # four data sets in two trees


@pytest.fixture(scope="module")
def model() -> ForestSimilarity:
    return train_forest(EXAMPLES)


def test_leaves_are_those_of_scikit_learn() -> None:
    examples = planted()
    encoding = RankEncoding.of(examples.table, examples.features)
    encoded = encoding.encode(examples.table.values)
    peer = RandomForestRegressor(7, min_samples_leaf=3, random_state=0).fit(encoded, examples.regrets)
    ours = as_arrays(encoding, [member.tree_ for member in peer.estimators_])
    assert (ours.leaves(examples.table.values) - ours.roots == peer.apply(encoded)).all()


def test_distance_is_the_share_of_trees_that_part_two_data_sets(model: ForestSimilarity) -> None:
    leaves = model.leaves(EXAMPLES.table.values)
    by_hand = [(leaves[2] != row).sum() / leaves.shape[1] for row in leaves]
    assert model.distances(table_row(EXAMPLES.table, 2), EXAMPLES.table) == pytest.approx(by_hand)


def test_what_decides_is_found(model: ForestSimilarity) -> None:
    """Distances order the data sets as the planted feature does, seen from data sets that are new."""
    fresh = planted(20, seed=9)
    correlations = [
        spearmanr(
            model.distances(table_row(fresh.table, row), EXAMPLES.table),
            np.abs(EXAMPLES.table.values[:, 0] - fresh.table.values[row, 0]),
        ).statistic
        for row in range(20)
    ]
    assert np.mean(correlations) > 0.6


def test_trees_that_pay_make_few_sources_count(model: ForestSimilarity) -> None:
    weights = model.weights(model.distances(table_row(EXAMPLES.table, 0), EXAMPLES.table))
    assert model.sharpness > 0
    assert effective_sources(weights) < 40


def test_trees_that_taught_nothing_leave_all_sources_the_same() -> None:
    dealt = np.random.default_rng(5).permutation(100)
    shuffled = replace(EXAMPLES, table=meta_table(EXAMPLES.table.values[dealt]))
    model = train_forest(shuffled)
    weights = model.weights(model.distances(table_row(shuffled.table, 0), shuffled.table))
    assert np.ptp(weights) == 0


def test_ranks_are_foretold_by_trees_that_did_not_see_the_data_set() -> None:
    """In the first tree, unseen by all, the twin foretells exactly; the mean of the other three does not."""
    ranks = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    unseen = np.array([[True, False]] * 4)
    gains = foretold_gains(LEAVES, unseen, ranks, ("a", "b", "c", "d"))
    assert gains == pytest.approx(np.full(4, (2 / 3) ** 2), abs=0.01)


def test_relatives_do_not_foretell_each_other() -> None:
    """Without the only other data set of its leaf, a weighted mean is a plain one."""
    ranks = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    unseen = np.array([[True, False]] * 4)
    assert foretold_gains(LEAVES, unseen, ranks, ("a", "a", "c", "c")) == pytest.approx(np.zeros(4))


def test_rank_shares_are_scipys_ranks_of_what_was_tried() -> None:
    regrets = np.array([[0.3, NAN, 0.1, 0.3], [NAN, NAN, NAN, NAN]])
    shares = rank_shares(regrets)
    assert shares[0, [0, 2, 3]] == pytest.approx((rankdata([0.3, 0.1, 0.3]) - 0.5) / 3)
    assert shares[0, 1] == 0.5
    assert (shares[1] == 0.5).all()


def test_weights_are_squared_proximities(model: ForestSimilarity) -> None:
    assert model.weights(np.array([0.0, 0.5, 1.0, NAN])) == pytest.approx(
        [1.0, 0.25, 0.0, 0.0], abs=2 * FLOOR
    )


def test_arrays_bring_the_forest_back(model: ForestSimilarity) -> None:
    again = ForestSimilarity.from_arrays(model.to_arrays())
    query = table_row(EXAMPLES.table, 4)
    assert (again.distances(query, EXAMPLES.table) == model.distances(query, EXAMPLES.table)).all()
    assert again.sharpness == model.sharpness
