"""Normalised regret and the greedy portfolio."""

from itertools import combinations
from math import e

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autometa.warmstart.portfolio import fill_missing, greedy_portfolio, normalised_regret
from autometa.warmstart.sources import Candidate, PerformanceTable

NAN = float("nan")


def performance(scores: list[list[float]], metric: str, direction: str = "maximize") -> PerformanceTable:
    values = np.array(scores)
    return PerformanceTable(
        metric=metric,
        direction=direction,  # type: ignore[arg-type]
        dataset_ids=tuple(f"d{i}" for i in range(len(values))),
        candidates=tuple(Candidate("ridge", {"alpha": float(i)}) for i in range(values.shape[1])),
        scores=values,
        failed=np.isnan(values),
        fit_seconds=np.ones(values.shape),
    )


def test_regret_runs_from_the_best_to_what_a_constant_scores() -> None:
    table = performance([[0.9, 0.7, 0.5, 0.3]], "balanced_accuracy")
    assert normalised_regret(table, np.array([2.0]))[0] == pytest.approx([0, 0.5, 1, 1])


def test_regret_of_a_metric_to_minimise_ends_at_the_median() -> None:
    table = performance([[1.0, 2.0, 3.0, 50.0, 60.0]], "rmse", "minimize")
    assert normalised_regret(table, np.array([0.0]))[0] == pytest.approx([0, 0.5, 1, 1, 1])


def test_a_failure_is_the_worst() -> None:
    table = performance([[0.8, NAN, 0.5, 0.2]], "r2")
    assert normalised_regret(table, np.array([0.0]))[0] == pytest.approx([0, 1, 0.5, 1])


@given(hnp.arrays(float, (4, 5), elements=st.floats(0, 1)))
def test_r2_regret_is_within_zero_and_one_and_reaches_zero(scores: np.ndarray) -> None:
    regret = normalised_regret(performance(scores.tolist(), "r2"), np.zeros(4))
    assert (regret.min(axis=1) == 0).all()
    assert (regret <= 1).all()


def test_first_choice_has_the_least_mean_and_the_second_complements_it() -> None:
    regrets = np.array([[0.0, 0.3, 1.0], [0.0, 0.3, 1.0], [1.0, 0.9, 0.0]])
    assert greedy_portfolio(regrets, 3) == [0, 2, 1]


def test_weights_decide_whose_regret_counts() -> None:
    regrets = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert greedy_portfolio(regrets, 1, weights=np.array([0.1, 0.9])) == [1]


@given(hnp.arrays(float, (5, 6), elements=st.floats(0, 1)), st.integers(1, 4))
def test_greedy_reaches_its_proven_share_of_the_best_set(regrets: np.ndarray, n: int) -> None:
    chosen = greedy_portfolio(regrets, n)
    gain = 1 - regrets[:, chosen].min(axis=1).mean()
    best = max(1 - regrets[:, list(picked)].min(axis=1).mean() for picked in combinations(range(6), n))
    assert gain >= (1 - 1 / e) * best - 1e-9


def test_the_time_budget_holds_for_all_together() -> None:
    regrets = np.array([[0.0, 0.5, 0.6], [0.0, 0.4, 0.2]])
    seconds = np.array([10.0, 2.0, 2.0])
    assert greedy_portfolio(regrets, 3, seconds=seconds, time_budget=5.0) == [2, 1]
    assert greedy_portfolio(regrets, 3, seconds=seconds, time_budget=1.0) == []


def test_a_candidate_tried_on_one_data_set_wins_only_where_that_one_weighs_much() -> None:
    regrets = np.array([[0.4, 0.5, 0.0], [0.1, 0.5, NAN], [0.1, 0.5, NAN]])
    assert greedy_portfolio(regrets, 1)[0] == 0
    assert greedy_portfolio(regrets, 1, weights=np.array([0.98, 0.01, 0.01]))[0] == 2


def test_missing_entries_become_the_row_median() -> None:
    assert fill_missing(np.array([[0.0, NAN, 1.0], [NAN, NAN, NAN]])).tolist() == [[0.0, 0.5, 1.0], [1.0] * 3]
