"""Spaces that differ from the past ones: the six mismatches, conditions, moving ranges, switches."""

import math
from collections.abc import Callable
from typing import Any

import optuna
import pytest

from autometa.history import PriorStudy, PriorTrial
from autometa.optuna_spaces import suggest_configuration
from autometa.samplers import InMemoryTrialSource, Origin, WarmStartSampler
from autometa.search_space import Choice, Condition, FloatRange, IntRange, SearchSpace
from tests.samplers.past import best_after, bowls, height

Suggest = Callable[[optuna.Trial], dict[str, Any]]


def _asked(
    rate: Callable[[optuna.Trial], float], depth: Callable[[optuna.Trial], float], kinds: tuple[str, ...]
) -> Suggest:
    return lambda t: {"rate": rate(t), "depth": depth(t), "kind": t.suggest_categorical("kind", kinds)}


def _rate(t: optuna.Trial) -> float:
    return t.suggest_float("rate", 1e-5, 1.0, log=True)


def _depth(t: optuna.Trial) -> float:
    return t.suggest_int("depth", 1, 12)


KINDS = ("a", "b", "c")
MISMATCHES: dict[str, Suggest] = {
    "range": _asked(lambda t: t.suggest_float("rate", 1e-7, 10.0, log=True), _depth, KINDS),
    "log flag": _asked(lambda t: t.suggest_float("rate", 1e-5, 1.0), _depth, KINDS),
    "int for float": _asked(_rate, lambda t: t.suggest_float("depth", 1, 12), KINDS),
    "categories": _asked(_rate, _depth, ("b", "d", "a")),
    "missing parameter": lambda t: {"rate": _rate(t), "depth": _depth(t), "kind": "b"},
    "extra parameter": lambda t: {
        **_asked(_rate, _depth, KINDS)(t),
        "extra": t.suggest_float("extra", 0.0, 1.0),
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("suggest", MISMATCHES.values(), ids=MISMATCHES)
def test_mismatched_spaces_keep_the_gain(suggest: Suggest) -> None:
    source = bowls()

    def objective(trial: optuna.Trial) -> float:
        params = suggest(trial)
        return height(params) + params.get("extra", 0.0) / 4

    def mean_best(make: Callable[[int], optuna.samplers.BaseSampler]) -> float:
        total = 0.0
        for seed in range(3):
            study = optuna.create_study(sampler=make(seed))
            study.optimize(objective, n_trials=8)
            total += best_after(study, 8)
        return total / 3

    warm = mean_best(lambda seed: WarmStartSampler(source, seed=seed))
    assert warm < 0.6 * mean_best(lambda seed: optuna.samplers.TPESampler(seed=seed))


FOREST = SearchSpace(
    "forest",
    1,
    (
        FloatRange("max_features", 0.1, 1.0, alternatives=("sqrt", None)),
        Choice("bootstrap", (True, False)),
        FloatRange("max_samples", 0.2, 1.0, condition=Condition("bootstrap", (True,))),
        IntRange("leaf", 1, 64, log=True),
    ),
)


def _forest_score(params: dict[str, Any]) -> float:
    score = abs(math.log2(params["leaf"]) - 3) / 6
    if params["max_features"] == "sqrt":
        score -= 1.0
    return score + (abs(params["max_samples"] - 0.8) if params["bootstrap"] else 0.5)


def _forests() -> InMemoryTrialSource:
    studies = []
    for number in range(4):
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=number))
        trials = []
        for _ in range(30):
            trial = study.ask()
            params = suggest_configuration(trial, FOREST)
            trials.append(PriorTrial(params, _forest_score(params)))
        studies.append(PriorStudy(f"forest-{number}", FOREST, "loss", "minimize", tuple(trials)))
    return InMemoryTrialSource(studies)


def test_conditions_and_alternatives_of_the_own_catalogue() -> None:
    study = optuna.create_study(sampler=WarmStartSampler(_forests(), seed=0))
    study.optimize(lambda t: _forest_score(suggest_configuration(t, FOREST)), n_trials=10)
    assert study.trials[0].params["max_features:kind"] == "sqrt"
    assert study.best_value < -0.8
    assert all(("max_samples" in t.params) == t.params["bootstrap"] for t in study.trials)


def test_conditional_objective_of_other_studies_is_learned_from_its_trials() -> None:
    def objective(trial: optuna.Trial) -> float:
        if trial.suggest_categorical("model", ["svm", "tree"]) == "svm":
            return abs(math.log10(trial.suggest_float("C", 1e-3, 1e3, log=True)) - 1)
        return 0.5 + abs(trial.suggest_int("depth", 1, 20) - 7) / 20

    past = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    past.optimize(objective, n_trials=40)
    study = optuna.create_study(sampler=WarmStartSampler.from_studies([past], seed=0))
    study.optimize(objective, n_trials=8)
    assert study.best_value < 0.15
    assert study.sampler.explain(study)[3].origin is not Origin.OTHER


def test_moving_ranges_are_followed() -> None:
    study = optuna.create_study(sampler=WarmStartSampler(bowls(), seed=0))

    def objective(trial: optuna.Trial) -> float:
        low = 1 + trial.number
        return trial.suggest_int("depth", low, low + 5) + trial.suggest_float("rate", 0.001, 0.1 * low)

    study.optimize(objective, n_trials=12)
    assert all(t.number + 1 <= t.params["depth"] <= t.number + 6 for t in study.trials)


def test_parameters_that_come_and_go() -> None:
    study = optuna.create_study(sampler=WarmStartSampler(bowls(), seed=0))

    def objective(trial: optuna.Trial) -> float:
        total = trial.suggest_float("rate", 1e-5, 1.0, log=True)
        if trial.number % 3:
            total += trial.suggest_int("depth", 1, 12)
        if trial.number % 2:
            total += trial.suggest_float(f"p{trial.number}", 0, 1)
        return total

    study.optimize(objective, n_trials=12)
    assert len(study.trials) == 12


def test_steps_are_kept() -> None:
    study = optuna.create_study(sampler=WarmStartSampler(bowls(), seed=0))
    study.optimize(
        lambda t: t.suggest_int("depth", 2, 12, step=5) + t.suggest_float("rate", 0.0, 1.0, step=0.25),
        n_trials=8,
    )
    assert {t.params["depth"] for t in study.trials} <= {2, 7, 12}
    assert {t.params["rate"] for t in study.trials} <= {0.0, 0.25, 0.5, 0.75, 1.0}


def test_a_switch_that_is_asked_first_is_known_from_past_studies() -> None:
    space = SearchSpace(
        "switched", 1, (FloatRange("gamma", 1e-4, 1.0, log=True, alternatives=("scale", None)),)
    )
    trials = tuple(
        PriorTrial({"gamma": gamma}, loss) for gamma, loss in ((0.3, 1.0), (0.01, 0.1), ("scale", 2.0))
    )
    source = InMemoryTrialSource([PriorStudy("yesterday", space, "loss", "minimize", trials)])
    study = optuna.create_study(sampler=WarmStartSampler(source, seed=0))
    study.optimize(lambda trial: len(str(suggest_configuration(trial, space))), n_trials=1)
    assert study.trials[0].params == {"gamma:kind": "range", "gamma": 0.01}
