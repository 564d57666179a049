"""Small objectives with a known best point, and past studies of them, that the sampler's tests share."""

import math
from collections.abc import Callable
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from autometa.history import PriorStudy, PriorTrial
from autometa.search_space import Choice, FloatRange, IntRange, SearchSpace
from autometa.warmstart.in_memory import InMemoryTrialSource

optuna.logging.set_verbosity(optuna.logging.ERROR)

Objective = Callable[[optuna.Trial], float]
SPACE = SearchSpace(
    "bowl",
    1,
    (FloatRange("rate", 1e-5, 1.0, log=True), IntRange("depth", 1, 12), Choice("kind", ("a", "b", "c"))),
)
DISTRIBUTIONS = {
    "rate": FloatDistribution(1e-5, 1.0, log=True),
    "depth": IntDistribution(1, 12),
    "kind": CategoricalDistribution(("a", "b", "c")),
}


def height(params: dict[str, Any], rate: float = -2.0, depth: float = 6.0) -> float:
    """A bowl with its bottom at rate 10 ** rate, depth, and kind "b"."""
    sides = (math.log10(params["rate"]) - rate) ** 2 + ((params["depth"] - depth) / 4) ** 2
    return sides + (params["kind"] != "b")


def bowl(rate: float = -2.0, depth: float = 6.0, *, sign: float = 1.0) -> Objective:
    """The bowl as an objective; negative sign turns it over."""

    def objective(trial: optuna.Trial) -> float:
        params = {
            "rate": trial.suggest_float("rate", 1e-5, 1.0, log=True),
            "depth": trial.suggest_int("depth", 1, 12),
            "kind": trial.suggest_categorical("kind", ["a", "b", "c"]),
        }
        return sign * height(params, rate, depth)

    return objective


def bowls(n_studies: int = 5, n_trials: int = 30, *, sign: float = 1.0) -> InMemoryTrialSource:
    """Past studies of bowls close to the one at (-2, 6), tried at random; negative sign turns them over."""
    return InMemoryTrialSource([past_bowl(number, n_trials, sign=sign) for number in range(n_studies)])


def past_bowl(number: int, n_trials: int = 30, *, sign: float = 1.0) -> PriorStudy:
    """One of them."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=number))
    study.optimize(bowl(-2.0 + 0.2 * math.sin(number), 6.0 + math.cos(number)), n_trials=n_trials)
    trials = tuple(PriorTrial(trial.params, sign * trial.values[0]) for trial in study.trials)
    return PriorStudy(f"bowl-{number}", SPACE, "height", "minimize", trials)


def best_after(study: optuna.Study, n_trials: int) -> float:
    """The lowest value among the first trials."""
    return min(trial.values[0] for trial in study.trials[:n_trials] if trial.values)
