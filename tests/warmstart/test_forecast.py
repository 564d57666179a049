"""Forecasts of score and cost against explicit refits and planted truths."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from autometa.warmstart.cost import forecast_seconds
from autometa.warmstart.forecast import COVERAGE, PENALTIES, ScoreForecast, _standardise


def planted(k: int = 60, m: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    meta = rng.uniform(size=(k, m))
    scores = 0.5 + 0.3 * meta[:, [0]] - 0.1 * meta[:, [1]] + rng.normal(0, 0.02, (k, 3))
    return meta, scores


def test_forecast_equals_an_explicit_ridge_with_the_best_leave_one_out_penalty() -> None:
    meta, scores = planted()
    known, query = meta[:-1], meta[-1]
    inputs, asked = _standardise(known, query)
    errors = {}
    for penalty in PENALTIES:
        left_out = []
        for row in range(len(inputs)):
            others = np.arange(len(inputs)) != row
            # the intercept is the mean of all rows in both formulas
            target = scores[:-1] - scores[:-1].mean(axis=0)
            model = Ridge(penalty, fit_intercept=False).fit(inputs[others], target[others])
            left_out.append(np.abs(target[row] - model.predict(inputs[[row]])[0]).mean())
        errors[penalty] = np.mean(left_out)
    best = min(errors, key=lambda penalty: errors[penalty])
    centre = scores[:-1].mean(axis=0)
    model = Ridge(best, fit_intercept=False).fit(inputs, scores[:-1] - centre)
    forecast = ScoreForecast.of(known, query, scores[:-1])
    assert forecast.expected == pytest.approx(centre + model.predict(asked[None])[0])


def test_intervals_cover_what_they_say_on_new_data() -> None:
    meta, scores = planted(k=400)
    inside = []
    for row in range(200, 400):
        forecast = ScoreForecast.of(meta[:200], meta[row], scores[:200])
        inside.append((scores[row] >= forecast.low) & (scores[row] <= forecast.high))
    assert np.mean(inside) == pytest.approx(COVERAGE, abs=0.06)


def test_missing_meta_features_and_scores_are_no_obstacle() -> None:
    meta, scores = planted()
    meta[3:9, 0] = np.nan
    meta[:, 5] = np.nan
    scores[7, 1] = np.nan
    forecast = ScoreForecast.of(meta[:-1], meta[-1], scores[:-1])
    assert np.isfinite(forecast.expected).all()
    assert (forecast.low <= forecast.high).all()


def test_rmse_is_r2_in_the_targets_unit() -> None:
    forecast = ScoreForecast(np.array([0.75]), np.array([0.0]), np.array([1.0])).as_rmse(10.0)
    assert (forecast.low[0], forecast.expected[0], forecast.high[0]) == pytest.approx((0.0, 5.0, 10.0))


def test_clipping_keeps_to_the_metrics_range() -> None:
    forecast = ScoreForecast(np.array([1.2]), np.array([0.9]), np.array([1.4])).clipped(0.0, 1.0)
    assert (forecast.low[0], forecast.expected[0], forecast.high[0]) == (0.9, 1.0, 1.0)


def test_fit_times_follow_planted_powers_of_rows_and_columns() -> None:
    rng = np.random.default_rng(0)
    sizes = np.column_stack([rng.integers(100, 2000, 50), rng.integers(2, 60, 50), np.ones(50)]).astype(float)
    seconds = np.column_stack([1e-4 * sizes[:, 0] * sizes[:, 1] ** 0.5, 1e-7 * sizes[:, 0] ** 2])
    expected = forecast_seconds(sizes, np.array([10_000.0, 100.0, 1.0]), seconds, ("forest", "svm"))
    assert expected == pytest.approx([1e-4 * 10_000 * 10, 1e-7 * 1e8], rel=1e-6)


def test_fit_times_of_a_learner_never_timed_are_unknown() -> None:
    sizes = np.array([[100.0, 5.0, 2.0], [200.0, 5.0, 2.0]])
    seconds = np.array([[1.0, np.nan], [2.0, np.nan]])
    assert np.isnan(forecast_seconds(sizes, sizes[0], seconds, ("a", "b"))[1])
