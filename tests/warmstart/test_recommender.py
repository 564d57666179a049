"""Recommender and what it is made of: selection, evidence, novelty, merged sources."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autometa import Recommender, TaskType
from autometa.errors import EmptyHistoryError, UnknownNameError
from autometa.warmstart import Candidate, MergedSource, Novelty
from autometa.warmstart.evidence import evidence_for
from autometa.warmstart.selection import keep_learners, select
from tests.sources import renamed, toy_source


def frame(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(n, 3))
    return pd.DataFrame(inputs, columns=["a", "b", "c"]).assign(label=np.where(inputs[:, 0] > 0, "yes", "no"))


def pick(n: int, time_budget: float | None = None) -> list[int]:
    """From four candidates: 0 and 1 win on similar data sets, 2 and 3 elsewhere; 1 and 3 are defaults."""
    return select(
        np.array([[0.0, 0.1, 1.0, 0.9], [0.0, 0.1, 1.0, 0.9], [1.0, 0.9, 0.0, 0.1]]),
        np.array([1.0, 1.0, 0.02]),
        n,
        defaults=[1, 3],
        seconds=np.array([1.0, 1.0, 0.1, 0.1]),
        time_budget=time_budget,
    )


def test_similar_data_sets_decide_and_the_next_complements() -> None:
    assert pick(3) == [0, 2, 1]


def test_a_library_default_is_always_among_the_suggestions() -> None:
    assert pick(1) == [1]
    assert pick(2) == [0, 1]


def test_the_time_budget_holds_for_the_guess_and_for_the_default() -> None:
    assert set(pick(4, time_budget=0.25)) == {2, 3}
    assert pick(4, time_budget=1.05) == [0]
    assert pick(4, time_budget=0.01) == []


def test_recommendations_carry_scores_costs_and_evidence() -> None:
    advice = Recommender(toy_source()).recommend_frame(frame(), target="label", n=3)
    assert [one.rank for one in advice.recommendations] == [1, 2, 3]
    assert advice.n_known == 12
    assert len(advice.neighbors) == 5
    assert advice.neighbors[0].distance <= advice.neighbors[1].distance
    for one in advice.recommendations:
        assert one.expected_score is not None
        assert one.score_interval is not None
        assert one.score_interval[0] <= one.expected_score <= one.score_interval[1]
        assert one.expected_fit_seconds is not None
        assert 0 < one.expected_fit_seconds < 1


def test_few_data_sets_give_suggestions_without_forecasts() -> None:
    advice = Recommender(toy_source(n_datasets=4)).recommend_frame(frame(), target="label")
    assert len(advice.recommendations) == 4
    assert {(one.expected_score, one.score_interval) for one in advice.recommendations} == {(None, None)}


def test_only_the_learners_asked_for_are_suggested() -> None:
    advice = Recommender(toy_source()).recommend_frame(frame(), target="label", n=4)
    assert {one.learner for one in advice.recommendations} == {"random_forest", "logistic_regression"}
    dataset_advice = Recommender(toy_source()).recommend(_dataset(), learners=["logistic_regression"])
    assert {one.learner for one in dataset_advice.recommendations} == {"logistic_regression"}


def test_no_experience_is_an_error_with_a_hint_never_random_rows() -> None:
    with pytest.raises(EmptyHistoryError, match="no classification experience with svm"):
        Recommender(toy_source()).recommend(_dataset(), learners=["svm"])
    with pytest.raises(EmptyHistoryError, match="autometa populate local"):
        Recommender(toy_source(n_datasets=0)).recommend(_dataset())


def test_a_budget_that_nothing_fits_says_what_would() -> None:
    with pytest.raises(EmptyHistoryError, match="nothing fits into 1e-09 s; give at least"):
        Recommender(toy_source()).recommend(_dataset(), time_budget=1e-9)


def test_an_unknown_metric_is_named_with_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'roc_auc'"):
        Recommender(toy_source()).recommend(_dataset(), metric="roc_acu")


def test_evidence_is_where_the_candidate_did_well_nearest_first() -> None:
    source = toy_source()
    table = source.performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    infos = {info.dataset_id: info for info in source.infos}
    found = evidence_for(0, table, infos, np.linspace(1, 0, 12))
    assert [one.dataset for one in found] == ["toy10", "toy8", "toy6"]
    assert {one.place for one in found} == {1}


def test_novelty_is_the_share_of_known_data_sets_with_a_nearer_neighbour() -> None:
    usual = np.array([0.1, 0.2, 0.3, 0.4])
    assert Novelty.of(np.array([0.25, 0.9]), usual) == Novelty(0.5, is_novel=False)
    assert Novelty.of(np.array([0.7, 0.9]), usual) == Novelty(1.0, is_novel=True)
    assert Novelty.of(np.array([np.nan]), usual).is_novel


def test_sizes_that_no_known_data_set_has_are_said() -> None:
    advice = Recommender(toy_source()).recommend_frame(frame(60), target="label")
    assert advice.outside == (
        "60 rows; the known data sets have 100 to 1,200",
        "3 columns; the known data sets have 5 to 5",
    )


def test_merging_keeps_every_data_set_and_the_first_sources_word() -> None:
    first, second = toy_source(4), renamed(toy_source(6, seed=1), "other-")
    changed = replace(first, scores={"balanced_accuracy": first.scores["balanced_accuracy"] * 0 + 0.5})
    merged = MergedSource([changed, first, second])
    table = merged.performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    assert len(merged.datasets(TaskType.CLASSIFICATION)) == len(table.dataset_ids) == 10
    assert table.scores.shape == (10, 4)
    assert (table.scores[:4] == 0.5).all()
    assert merged.meta_features(TaskType.CLASSIFICATION).values.shape[0] == 10


def test_merging_aligns_candidates_that_only_one_source_has() -> None:
    first = toy_source(2)
    own = Candidate("svm", {"C": 1.0})
    second = replace(
        renamed(toy_source(2), "mine-"),
        candidates=(own,),
        scores={"balanced_accuracy": np.array([[0.7], [0.8]])},
        seconds=np.ones((2, 1)),
    )
    table = MergedSource([second, first]).performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    assert table.candidates[0] == own
    assert np.isnan(table.scores[2:, 0]).all()
    assert np.isnan(table.scores[:2, 1:]).all()


def test_a_single_store_has_its_library_defaults_marked() -> None:
    source = toy_source(2)
    own = Candidate("svm", {"C": 1.0, "gamma": "scale", "class_weight": None})
    store = replace(
        source,
        candidates=(own,),
        scores={"balanced_accuracy": np.array([[0.7], [0.8]])},
        seconds=np.ones((2, 1)),
    )
    table = MergedSource([store]).performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    assert table.candidates[0].is_default


def test_keeping_learners_keeps_the_columns_together() -> None:
    table = toy_source().performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    kept = keep_learners(table, ["logistic_regression"])
    assert [candidate.params["C"] for candidate in kept.candidates] == [10.0, 1.0]
    assert (kept.scores == table.scores[:, 2:]).all()


def _dataset():  # type: ignore[no-untyped-def]
    from autometa.readers import table_from_frame

    return table_from_frame(frame(), target="label").dataset
