"""The map of known data sets: who is drawn, who won, and what neighbours have in common."""

from dataclasses import replace

import numpy as np
import pytest

from autometa.metafeatures import features
from autometa.report import known_map as module
from autometa.report.known_map import KnownMap, known_map, winning_learners
from autometa.report.learner_kinds import LINEAR, TREES, UNSCORED
from autometa.similarity import ScaledL1
from autometa.similarity.examples import table_row
from tests.report.pages import TASK
from tests.sources import InMemorySource, toy_source

MODEL = ScaledL1(features("core"))


def draw(source: InMemorySource, *, query: int | None = None) -> KnownMap:
    known = source.meta_features(TASK)
    infos = {info.dataset_id: info for info in source.datasets(TASK)}
    asked = None if query is None else table_row(known, query)
    return known_map(known, infos, source.performance(TASK, "balanced_accuracy"), MODEL, query=asked)


def test_the_new_data_set_is_the_last_one_and_lies_where_it_should() -> None:
    drawn = draw(toy_source(12), query=3)
    assert drawn.coordinates.shape == (13, 2)
    assert drawn.nearest(1) == [3]
    assert {place % 2 for place in drawn.nearest(6)} == {1}
    assert drawn.fidelity > 0.9


def test_winners_are_kinds_of_learners() -> None:
    assert draw(toy_source(4)).winners == (TREES, LINEAR, TREES, LINEAR)


def test_nobody_won_where_learners_share_the_best_score_or_there_is_none() -> None:
    source = toy_source(4)
    source.scores["balanced_accuracy"][0] = 1.0
    source.scores["balanced_accuracy"][1] = np.nan
    assert draw(source).winners == (UNSCORED, UNSCORED, TREES, LINEAR)
    assert winning_learners(source.performance(TASK, "balanced_accuracy")) == {
        "id2": "random_forest",
        "id3": "logistic_regression",
    }


def test_smaller_is_better_where_the_metric_says_so() -> None:
    source = toy_source(2)
    performance = replace(source.performance(TASK, "balanced_accuracy"), direction="minimize")
    assert winning_learners(performance) == {"id0": "logistic_regression", "id1": "random_forest"}


def test_agreement_of_neighbours_is_counted_and_so_is_chance() -> None:
    same, chance = draw(toy_source(12)).agreement()
    assert same == 1.0
    assert chance == pytest.approx(0.5)


def test_copies_do_not_agree_with_each_other() -> None:
    source = toy_source(4)
    infos = tuple(replace(info, family=f"family{place % 2}") for place, info in enumerate(source.infos))
    same, _ = draw(replace(source, infos=infos)).agreement()
    assert same == 0.0  # the nearest one of another family is of the other kind


def test_a_large_store_is_cut_to_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DRAWN", 4)
    drawn = draw(toy_source(12), query=3)
    assert len(drawn.infos) == 4
    assert drawn.n_known == 12
    assert {int(info.dataset_id[2:]) % 2 for info in drawn.infos} == {1}
