"""Votes of neighbours: places against SciPy's ranks, and weights that sum up."""

import numpy as np
from scipy.stats import rankdata

from autometa.metafeatures import extract, features
from autometa.report.votes import Votes, count_votes
from autometa.similarity import ScaledL1
from autometa.warmstart import Recommender
from tests.report.pages import TASK, toy_table
from tests.sources import InMemorySource, toy_source


def votes_of(source: InMemorySource, n: int = 4) -> tuple[Votes, list[int], list[int]]:
    """Votes with the rows of the neighbours and the columns of the suggestions in the source's table."""
    dataset, model = toy_table().dataset, ScaledL1(features("core"))
    advice = Recommender(source).recommend(dataset, n=n)
    known = source.meta_features(TASK)
    apart = dict(zip(known.dataset_ids, model.distances(extract(dataset), known).tolist(), strict=True))
    performance = source.performance(TASK, "balanced_accuracy")
    infos = {info.dataset_id: info for info in source.infos}
    rows = [performance.dataset_ids.index(one.dataset_id) for one in advice.neighbors]
    keys = [(one.learner, dict(one.params)) for one in performance.candidates]
    columns = [keys.index((one.learner, dict(one.params))) for one in advice.recommendations]
    return count_votes(advice, performance, infos, apart, model), rows, columns


def test_places_are_ranks_of_scores() -> None:
    source = toy_source(12)
    votes, rows, columns = votes_of(source)
    ranks = rankdata(-source.scores["balanced_accuracy"], axis=1, method="min")
    np.testing.assert_array_equal(votes.places, ranks[np.ix_(rows, columns)])
    assert votes.n_tried.tolist() == [4] * 5


def test_the_best_one_is_supported_and_stands_at_zero() -> None:
    votes, _, _ = votes_of(toy_source(12))
    np.testing.assert_array_equal(votes.supports, votes.places == 1)
    assert (votes.standing[votes.places == 1] == 0).all()
    assert (votes.standing[votes.places == 4] == 1).all()
    assert (votes.regrets[votes.places == 1] == 0).all()


def test_what_was_not_tried_there_has_no_place_and_no_support() -> None:
    source = toy_source(12)
    source.scores["balanced_accuracy"][:, 0] = np.nan
    source.scores["balanced_accuracy"][0, 0] = 0.9
    votes, rows, columns = votes_of(source)
    column = columns.index(0) if 0 in columns else None
    untried = [place for place, row in enumerate(rows) if row != 0]
    assert votes.n_tried[untried].tolist() == [3] * len(untried)
    if column is not None:
        assert not votes.supports[untried, column].any()
        assert np.isnan(votes.standing[untried, column]).all()


def test_neighbours_share_the_weight_with_all_others() -> None:
    votes, _, _ = votes_of(toy_source(12))
    assert 0 < votes.weights.sum() < 1
    assert 1 <= votes.n_effective <= 12
    assert (np.diff(votes.distances) >= 0).all()
