"""The space asked for: what own trials and past spaces say of it, and what configurations become in it."""

from typing import Any

import numpy as np
import optuna
import pytest

from autometa.optuna_spaces import suggest_configuration
from autometa.samplers.asked_space import AskedSpace, asked_space
from autometa.search_space import Choice, Condition, FloatRange, IntRange, SearchSpace

optuna.logging.set_verbosity(optuna.logging.ERROR)

PAST = SearchSpace(
    "past",
    1,
    (
        Choice("model", ("svm", "tree")),
        FloatRange("C", 0.1, 10.0, log=True, condition=Condition("model", ("svm",))),
        IntRange("depth", 1, 9, condition=Condition("model", ("tree",))),
        FloatRange("unasked", 0.0, 1.0),
    ),
)


def _asked(objective: Any, *params: dict[str, Any], known: tuple[SearchSpace, ...] = ()) -> AskedSpace:
    study = optuna.create_study()
    for one in params:
        study.enqueue_trial(one)
    study.optimize(objective, n_trials=len(params))
    found = asked_space(study.get_trials(), known)
    assert found is not None
    return found


def _models(trial: optuna.Trial) -> float:
    if trial.suggest_categorical("model", ["svm", "tree"]) == "svm":
        return trial.suggest_float("C", 0.1, 10.0, log=True)
    return float(trial.suggest_int("depth", 1, 9))


def test_nothing_asked_yet_is_no_space() -> None:
    assert asked_space([], [PAST]) is None


def test_branch_not_taken_yet_is_known_from_the_past() -> None:
    asked = _asked(_models, {"model": "svm", "C": 1.0}, known=(PAST,))
    assert asked.search_space.parameters == PAST.parameters[:3]


def test_past_condition_that_the_trials_contradict_is_dropped() -> None:
    def both(trial: optuna.Trial) -> float:
        trial.suggest_categorical("model", ["svm", "tree"])
        return trial.suggest_float("C", 0.1, 10.0, log=True)

    asked = _asked(both, {"model": "tree", "C": 1.0}, known=(PAST,))
    assert [p.condition for p in asked.search_space.parameters] == [None, None]


def test_parameter_that_was_never_asked_for_is_no_part() -> None:
    asked = _asked(_models, {"model": "svm", "C": 1.0}, {"model": "tree", "depth": 2}, known=(PAST,))
    assert asked.search_space.names == ("model", "C", "depth")


def test_adopting_keeps_what_fits_and_draws_the_rest() -> None:
    asked = _asked(_models, {"model": "svm", "C": 1.0}, {"model": "tree", "depth": 2})
    rng = np.random.default_rng(0)
    assert asked.adopt({"model": "tree", "depth": 30, "C": 1.0}, rng, fixed={}) == {
        "model": "tree",
        "depth": 9,
    }
    assert asked.adopt({"model": "tree"}, rng, fixed={"model": "svm", "C": 2.0}) == {"model": "svm", "C": 2.0}
    drawn = [asked.adopt({"model": "net"}, rng, fixed={})["model"] for _ in range(20)]
    assert set(drawn) == {"svm", "tree"}


@pytest.mark.parametrize("seed", range(5))
def test_variations_are_close_and_valid(seed: int) -> None:
    space = SearchSpace(
        "toy", 1, (FloatRange("x", 0.0, 1.0, alternatives=("auto",)), IntRange("n", 1, 1000, log=True))
    )
    study = optuna.create_study()
    study.optimize(lambda t: float(len(suggest_configuration(t, space))), n_trials=5)
    asked = asked_space(study.get_trials(), [space])
    assert asked is not None
    rng = np.random.default_rng(seed)
    varied = [asked.vary({"x": 0.5, "n": 30}, rng, fixed={}) for _ in range(200)]
    for one in varied:
        space.check(one)
    xs = np.array([one["x"] for one in varied], dtype=float)
    assert 0.3 < (xs != 0.5).mean() < 0.7
    assert np.abs(xs - 0.5).mean() < 0.1
