"""Fitted sources: surfaces that are fitted once, regrets, and portfolios over different configurations."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autometa.errors import StoreError
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.search_space import FloatRange, SearchSpace
from autometa.warmstart import fitted_source
from autometa.warmstart.fitted_source import (
    MAX_TRIALS,
    configuration_key,
    distinct_gains,
    fit_source,
    foretold_share,
)
from autometa.warmstart.source_set import SourceSet
from autometa.warmstart.surrogate import fit_surface
from autometa_store.trial_store import TrialStore

SPACE = SearchSpace("line", 1, (FloatRange("x", 0.0, 1.0),))


def line(dataset_id: str, best: float, n_trials: int = 20, seed: int = 0) -> PriorStudy:
    """A study whose loss is the distance from the best point."""
    xs = np.random.default_rng(seed).uniform(size=n_trials)
    trials = tuple(PriorTrial({"x": float(x)}, abs(float(x) - best)) for x in xs)
    return PriorStudy(dataset_id, SPACE, "loss", "minimize", trials)


class Shelf:
    """Arrays in memory."""

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}

    def artifact_names(self) -> list[str]:
        return list(self.arrays)

    def artifact(self, name: str) -> dict[str, Any]:
        return dict(self.arrays[name])

    def add_artifact(self, name: str, arrays: Any) -> str:
        self.arrays[name] = dict(arrays)
        return "digest"


@pytest.fixture
def n_fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often a surface is fitted."""
    counted: list[int] = []
    original = fitted_source.fit_surface

    def counting(points: Any, gains: Any, *, seed: int) -> Any:
        counted.append(len(gains))
        return original(points, gains, seed=seed)

    monkeypatch.setattr(fitted_source, "fit_surface", counting)
    return counted


def test_kept_surface_is_not_fitted_again_and_predicts_the_same(n_fits: list[int]) -> None:
    shelf = Shelf()
    first, second = (fit_source(line("a", 0.3), shelf=shelf) for _ in range(2))
    assert n_fits == [20]
    assert first is not None
    assert second is not None
    points = np.linspace(0, 1, 7)[:, None]
    np.testing.assert_array_equal(first.surface.predict(points), second.surface.predict(points))


def test_grown_study_is_fitted_again_in_its_place(n_fits: list[int]) -> None:
    shelf = Shelf()
    fit_source(line("a", 0.3, 20), shelf=shelf)
    fit_source(line("a", 0.3, 25), shelf=shelf)
    assert n_fits == [20, 25]
    assert len(shelf.arrays) == 1


def test_store_keeps_surfaces_for_the_next_process(tmp_path: Path, n_fits: list[int]) -> None:
    for _ in range(2):
        with TrialStore.open(tmp_path / "history.db") as store:
            fit_source(line("a", 0.3), shelf=store)
    assert n_fits == [20]


def test_store_open_for_reading_serves_all_the_same(tmp_path: Path) -> None:
    TrialStore.open(tmp_path / "history.db").close()
    with TrialStore.open(tmp_path / "history.db", mode="read") as store:
        assert fit_source(line("a", 0.3), shelf=store) is not None


def test_damaged_surface_is_fitted_again(n_fits: list[int]) -> None:
    class Damaged(Shelf):
        def artifact(self, name: str) -> dict[str, Any]:
            raise StoreError("damaged")

    shelf = Damaged()
    for _ in range(2):
        fit_source(line("a", 0.3), shelf=shelf)
    assert len(n_fits) == 2


def test_repeats_are_averaged_failures_are_the_worst_and_pruned_trials_left_out() -> None:
    trials = (
        PriorTrial({"x": 0.1}, 1.0),
        PriorTrial({"x": 0.1}, 2.0),
        PriorTrial({"x": 0.2}, 4.0),
        PriorTrial({"x": 0.3}, None, TrialStatus.TIMEOUT),
        PriorTrial({"x": 0.4}, None, TrialStatus.PRUNED),
    )
    configurations, gains = distinct_gains(PriorStudy("a", SPACE, "loss", "minimize", trials))
    assert list(configurations) == [{"x": 0.1}, {"x": 0.2}, {"x": 0.3}]
    np.testing.assert_allclose(gains, [-1.5, -4.0, -4.0])


@pytest.mark.parametrize(
    "values", [[], [1.0, 2.0], [1.0] * 9], ids=["nothing", "two trials", "always the same score"]
)
def test_studies_that_teach_nothing_are_no_sources(values: list[float]) -> None:
    trials = tuple(PriorTrial({"x": i / 10}, value) for i, value in enumerate(values))
    assert fit_source(PriorStudy("a", SPACE, "loss", "minimize", trials)) is None


@pytest.mark.parametrize("seed", range(3))
def test_study_of_pure_noise_is_no_source(seed: int) -> None:
    rng = np.random.default_rng(seed)
    trials = tuple(PriorTrial({"x": float(rng.uniform())}, float(rng.normal())) for _ in range(60))
    assert fit_source(PriorStudy("a", SPACE, "loss", "minimize", trials)) is None


def test_foretold_share_is_that_of_surfaces_fitted_without_each_trial() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(size=(25, 2))
    surface = fit_surface(points, np.sin(5 * points[:, 0]) + 0.1 * rng.normal(size=25), seed=0)
    covariance = surface.kernel.of(points)
    values = surface.offset + covariance @ surface.coefficients
    errors = []
    for left_out in range(25):
        others = np.arange(25) != left_out
        weights = np.linalg.solve(covariance[np.ix_(others, others)], values[others] - surface.offset)
        errors.append(values[left_out] - surface.offset - covariance[left_out, others] @ weights)
    np.testing.assert_allclose(foretold_share(surface), 1 - np.mean(np.square(errors)) / values.var())


def test_huge_studies_are_thinned_but_keep_their_best() -> None:
    study = line("a", 0.3, MAX_TRIALS + 500)
    _, gains = distinct_gains(study)
    everything = np.sort([-(trial.value or 0.0) for trial in study.trials])
    assert len(gains) == MAX_TRIALS
    np.testing.assert_array_equal(np.sort(gains)[-250:], everything[-250:])


def test_regrets_are_measured_where_tried_and_expected_elsewhere() -> None:
    source = fit_source(line("a", 0.3, 60))
    assert source is not None
    tried = [source.ranked[0], source.ranked[30], source.ranked[-1]]
    asked = [*tried, {"x": 0.3001}, {"x": 0.9999}]
    keys = [configuration_key(one) for one in asked]
    regrets = source.regrets_of(keys, source.encoding.encode(asked))
    assert regrets[0] == 0.0
    assert regrets[2] == 1.0
    assert 0.9 < regrets[1] <= 1.0
    assert regrets[3] < 0.35 < 0.8 < regrets[4]


def _together(*studies: PriorStudy, weights: list[float] | None = None) -> SourceSet:
    fitted = [source for study in studies if (source := fit_source(study)) is not None]
    return SourceSet(tuple(fitted), np.array(weights or [1.0] * len(fitted)))


def test_portfolio_serves_all_sources_before_it_repeats_itself() -> None:
    sources = _together(line("a", 0.1, seed=1), line("b", 0.9, seed=2), line("c", 0.1, seed=3))
    first, second = (float(str(one["x"])) for one in sources.portfolio()[:2])
    assert abs(first - 0.1) < 0.15
    assert abs(second - 0.9) < 0.15


def test_portfolio_begins_with_what_weighs_most() -> None:
    sources = _together(line("a", 0.1, seed=1), line("b", 0.9, seed=2), weights=[0.02, 1.0])
    assert abs(float(str(sources.portfolio()[0]["x"])) - 0.9) < 0.15


def test_sources_without_a_common_parameter_are_left_out() -> None:
    sources = _together(line("a", 0.1), line("b", 0.9))
    assert sources.knowing(["momentum"]) is None
    known = sources.knowing(["x", "momentum"])
    assert known is not None
    np.testing.assert_allclose(known.weights, [0.5, 0.5])


def test_prediction_has_a_row_for_each_source() -> None:
    sources = _together(line("a", 0.1, 40, 1), line("b", 0.9, 40, 2))
    predicted = sources.predict([{"x": 0.1}, {"x": 0.9}])
    assert predicted.shape == (2, 2)
    assert predicted[0, 0] > predicted[0, 1]
    assert predicted[1, 1] > predicted[1, 0]
