"""What was best on the asked table itself comes first; what others did not try does not spoil forecasts."""

from dataclasses import replace

import numpy as np
import pytest

from autometa.warmstart.own_history import own_best, put_first
from autometa.warmstart.portfolio import normalised_regret
from autometa.warmstart.probed_forecast import forecast_with_probes
from autometa.warmstart.probing import observe
from autometa.warmstart.sources import Candidate, PerformanceTable


def _table(scores: list[list[float]], direction: str = "maximize") -> PerformanceTable:
    values = np.array(scores)
    return PerformanceTable(
        metric="log_loss" if direction == "minimize" else "roc_auc",
        direction=direction,  # type: ignore[arg-type]
        dataset_ids=tuple(f"d{row}" for row in range(len(values))),
        candidates=tuple(Candidate("svm", {"C": float(place)}) for place in range(values.shape[1])),
        scores=values,
        failed=np.isnan(values),
        fit_seconds=np.ones(values.shape),
    )


def test_best_is_by_the_metrics_direction_and_of_this_data_set() -> None:
    scores = [[0.9, 0.1, 0.5], [0.2, np.nan, 0.4]]
    assert own_best(_table(scores), "d1") == 2
    assert own_best(_table(scores, "minimize"), "d1") == 0


def test_unknown_or_always_failed_data_set_has_no_best() -> None:
    table = _table([[0.9, 0.1], [np.nan, np.nan]])
    assert own_best(table, "d1") is None
    assert own_best(table, "elsewhere") is None


@pytest.mark.parametrize(
    ("chosen", "n", "expected"),
    [
        pytest.param([1, 2, 3], 3, [7, 1, 3], id="the last one, perhaps the only default, stays"),
        pytest.param([1, 7, 3], 3, [7, 1, 3], id="chosen already"),
        pytest.param([1], 3, [7, 1], id="there is room"),
        pytest.param([1], 1, [7], id="only one is asked for"),
        pytest.param([1, 2], 2, [7, 2], id="two"),
        pytest.param([], 2, [7], id="nothing else"),
    ],
)
def test_best_comes_first_and_no_more_than_n(chosen: list[int], n: int, expected: list[int]) -> None:
    assert put_first(7, chosen, n) == expected


def test_data_set_with_other_configurations_does_not_pull_forecasts_to_zero() -> None:
    rng = np.random.default_rng(0)
    known, query = rng.normal(size=(20, 4)), rng.normal(size=4)
    scores = np.column_stack([rng.uniform(0.8, 0.9, size=(20, 3)), np.full(20, np.nan)])
    scores[-1] = [np.nan, np.nan, np.nan, 0.85]  # somebody's own study: nothing in common
    nothing = observe(_table(scores.tolist()), [])
    forecast = forecast_with_probes(known, query, scores, chosen=[0, 1, 2], observed=nothing, n_rows=100)
    assert (forecast.expected > 0.8).all()
    assert (forecast.low > 0.7).all()


def test_data_set_of_unknown_classes_has_regrets_between_its_best_and_worst() -> None:
    table = replace(_table([[0.6, 0.7, 0.8]]), metric="balanced_accuracy")
    np.testing.assert_allclose(normalised_regret(table, np.zeros(1)), [[1.0, 0.5, 0.0]])
