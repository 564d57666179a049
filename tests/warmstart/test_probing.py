"""Probes: which are chosen, how they weigh the known data sets, and what they do to forecasts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autometa import Recommender, TaskType
from autometa.readers import table_from_frame
from autometa.warmstart import Candidate
from autometa.warmstart.forecast import ScoreForecast
from autometa.warmstart.probed_forecast import (
    ON_ALL_ROWS,
    ON_SOME_ROWS,
    conditioned,
    forecast_with_probes,
)
from autometa.warmstart.probing import Probe, choose_probes, observe, probe_disagreement, sharpened
from tests.sources import toy_source

FOREST, LINEAR = 1, 3  # columns of the toy source's library defaults


def probe(column: int, score: float, n_rows: int = 60) -> Probe:
    candidate = toy_source().candidates[column]
    return Probe(candidate, {"balanced_accuracy": score}, seconds=0.1, n_rows=n_rows)


def dataset():  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 3))
    frame = pd.DataFrame(inputs, columns=["a", "b", "c"]).assign(
        label=np.where(inputs[:, 0] > 0, "yes", "no")
    )
    return table_from_frame(frame, target="label").dataset


def choose(time_budget: float, n: int = 3, seconds: list[float] | None = None) -> list[int]:
    """Of four candidates, two of a learner: 0 and 1 win on the first data set, 2 on the second."""
    regrets = np.array([[0.0, 0.1, 0.9, 1.0], [0.5, 1.0, 0.0, 0.9]])
    cost = np.array([1.0, 1.0, 1.0, 1.0] if seconds is None else seconds)
    learners = ["forest", "forest", "linear", "linear"]
    return choose_probes(regrets, np.ones(2), learners, seconds=cost, time_budget=time_budget, n=n)


def test_probes_are_portfolio_members_of_different_learners() -> None:
    assert choose(np.inf, n=2) == [0, 2]


def test_a_learner_is_probed_twice_only_when_all_others_are() -> None:
    assert choose(np.inf, n=4) == [0, 2, 1, 3]


@pytest.mark.parametrize(
    ("time_budget", "expected"), [(0.5, []), (1.0, [0]), (2.5, [0, 2])], ids=["none", "one", "two"]
)
def test_the_expected_costs_of_probes_fit_the_budget(time_budget: float, expected: list[int]) -> None:
    assert choose(time_budget) == expected


def test_what_cannot_be_fitted_here_is_never_probed() -> None:
    assert choose(np.inf, seconds=[np.inf, np.inf, 1.0, np.nan]) == [2, 3]


def test_agreement_ignores_a_shift_that_all_probes_share() -> None:
    known = np.array([[0.9, 0.8, 0.7], [0.7, 0.8, 0.9]])
    np.testing.assert_allclose(probe_disagreement(known, known[0] - 0.3), [0.0, 0.2], atol=1e-12)


def test_disagreement_is_the_standard_deviation_of_the_differences() -> None:
    rng = np.random.default_rng(0)
    known, observed = rng.uniform(size=(5, 4)), rng.uniform(size=4)
    expected = [np.std(row - observed, ddof=1) for row in known]
    np.testing.assert_allclose(probe_disagreement(known, observed), expected)


def test_one_probe_alone_compares_with_nothing() -> None:
    known = np.array([[0.9, np.nan], [0.8, 0.7]])
    np.testing.assert_array_equal(
        probe_disagreement(known, np.array([0.5, 0.5])).round(6), [np.nan, 0.070711]
    )
    table = toy_source().performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    weights = np.ones(12)
    assert sharpened(weights, table.dataset_ids, table, [probe(FOREST, 0.9)]) is weights


def test_data_sets_on_which_the_probes_differ_as_here_count_more() -> None:
    table = toy_source().performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    weights = sharpened(np.ones(12), table.dataset_ids, table, [probe(FOREST, 0.55), probe(LINEAR, 0.8)])
    assert weights[1::2].min() > 2 * weights[::2].max()


def test_a_data_set_without_the_probes_keeps_its_place() -> None:
    table = toy_source().performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    ids = (*table.dataset_ids, "unknown")
    weights = sharpened(np.ones(13), ids, table, [probe(FOREST, 0.55), probe(LINEAR, 0.8)])
    assert weights[-1] == pytest.approx(weights[:-1].mean())


def test_probes_that_the_table_has_not_are_left_out() -> None:
    table = toy_source().performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    stranger = Probe(Candidate("svm", {"C": 1.0}), {"balanced_accuracy": 1.0}, 0.1, 60)
    unscored = Probe(toy_source().candidates[FOREST], {"roc_auc": 0.9}, 0.1, 60)
    observed = observe(table, [stranger, unscored, probe(LINEAR, 0.8)])
    assert observed.columns.tolist() == [LINEAR]
    assert observed.gains.tolist() == [0.8]


def test_conditioning_is_that_of_a_joint_normal_distribution() -> None:
    rng = np.random.default_rng(0)
    residuals = rng.normal(size=(50, 5)) @ rng.normal(size=(5, 5))
    residuals -= residuals.mean(axis=0)
    noise, surprise = np.diag([0.3, 0.2]), np.array([1.0, -0.5])
    mean, left = conditioned(np.zeros(3), residuals[:, 2:], residuals[:, :2], surprise=surprise, noise=noise)
    covariance = residuals.T @ residuals / 50
    covariance[:2, :2] += noise
    precision = np.linalg.inv(covariance)  # the conditional from the joint precision, a second formula
    conditional = np.linalg.inv(precision[2:, 2:])
    np.testing.assert_allclose(mean, -conditional @ precision[2:, :2] @ surprise)
    np.testing.assert_allclose(left.var(axis=0), conditional.diagonal())


def test_without_probes_a_forecast_is_what_it_was() -> None:
    rng = np.random.default_rng(0)
    known, query, scores = rng.normal(size=(20, 4)), rng.normal(size=4), rng.uniform(size=(20, 3))
    table = toy_source().performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    plain = ScoreForecast.of(known, query, scores[:, [2, 0]])
    same = forecast_with_probes(known, query, scores, chosen=[2, 0], observed=observe(table, []), n_rows=60)
    np.testing.assert_array_equal(same.expected, plain.expected)
    np.testing.assert_array_equal(same.low, plain.low)


def test_probes_on_part_of_the_rows_are_trusted_less() -> None:
    rng = np.random.default_rng(0)
    level = rng.normal(0.7, 0.1, size=(40, 1))
    known, scores = rng.normal(size=(40, 3)), level + rng.normal(0, 0.01, size=(40, 4))
    table = toy_source().performance(TaskType.CLASSIFICATION, "balanced_accuracy")
    observed = observe(table, [probe(0, 0.85), probe(2, 0.85)])
    plain, some, every = (
        forecast_with_probes(known, known[0], scores, chosen=[1], observed=seen, n_rows=n_rows)
        for seen, n_rows in ((observe(table, []), 60), (observed, 6000), (observed, 60))
    )
    assert abs(every.expected[0] - 0.85) < 0.02
    assert every.high - every.low < some.high - some.low < plain.high - plain.low
    assert ON_SOME_ROWS.own > ON_ALL_ROWS.own


def test_advice_follows_the_probes_and_carries_them() -> None:
    recommender, table = Recommender(toy_source()), dataset()
    for_forests = [probe(FOREST, 0.9), probe(LINEAR, 0.6)]
    for_linear = [probe(FOREST, 0.6), probe(LINEAR, 0.9)]
    forests, linear = (recommender.recommend(table, probes=one) for one in (for_forests, for_linear))
    assert forests.recommendations[0].learner == "random_forest"
    assert linear.recommendations[0].learner == "logistic_regression"
    assert linear.probes == tuple(for_linear)
    assert linear.recommendations[0].expected_score == pytest.approx(0.9, abs=0.03)


def test_candidates_to_probe_are_affordable_and_can_be_fitted() -> None:
    recommender, table = Recommender(toy_source()), dataset()

    def probed(seconds: float, *runnable: str) -> list[str]:
        found = recommender.candidates_to_probe(
            table, n_rows=40, n_folds=3, seconds=seconds, runnable=runnable
        )
        return [candidate.learner for candidate in found]

    both = ("random_forest", "logistic_regression")
    assert set(probed(10.0, *both)) == set(both)
    assert probed(0.0, *both) == []
    assert set(probed(10.0, "logistic_regression")) == {"logistic_regression"}


def test_rmse_is_compared_by_r2() -> None:
    source = toy_source()
    infos = tuple(replace(info, task_type=TaskType.REGRESSION, n_classes=0) for info in source.infos)
    r2 = source.scores["balanced_accuracy"]
    units = np.geomspace(1, 1e6, 12)[:, None]  # every data set has its own unit
    source = replace(source, infos=infos, scores={"r2": r2, "rmse": units * np.sqrt(1 - r2)})
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "y": rng.normal(size=60)})
    table = table_from_frame(frame, target="y").dataset
    seen = [
        Probe(source.candidates[column], {"r2": score, "rmse": 1.0}, 0.1, 60)
        for column, score in ((FOREST, 0.6), (LINEAR, 0.9))
    ]
    advice = Recommender(source).recommend(table, metric="rmse", probes=seen)
    assert advice.recommendations[0].learner == "logistic_regression"
    assert advice.recommendations[0].expected_score == pytest.approx(np.sqrt(0.1), abs=0.08)
