"""Optuna's studies as prior studies: statuses, spaces, conditions that the trials tell."""

import warnings
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from autometa.history import TrialStatus
from autometa.optuna_spaces import RANGE, fold_switches, from_distributions, to_distributions
from autometa.optuna_studies import prior_study_from_optuna, search_space_of
from autometa.search_space import Choice, Condition, FloatRange, IntRange, SearchSpace

optuna.logging.set_verbosity(optuna.logging.ERROR)


def _study(objective: Any, n_trials: int = 12, **options: Any) -> optuna.Study:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0), **options)
    study.optimize(objective, n_trials=n_trials, catch=ValueError)
    return study


def test_trials_keep_parameters_values_and_statuses() -> None:
    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        if trial.number == 1:
            raise ValueError("no luck")
        if trial.number == 2:
            trial.report(x, 0)
            raise optuna.TrialPruned
        return float("inf") if trial.number == 3 else x

    study = _study(objective, 5, direction="maximize", study_name="past")
    prior = prior_study_from_optuna(study)
    assert [trial.status for trial in prior.trials] == [
        TrialStatus.COMPLETE,
        TrialStatus.FAILED,
        TrialStatus.PRUNED,
        TrialStatus.FAILED,
        TrialStatus.COMPLETE,
    ]
    assert [trial.params for trial in prior.trials] == [trial.params for trial in study.trials]
    assert prior.trials[4].value == study.trials[4].value
    assert (prior.dataset_id, prior.direction, prior.metric) == ("past", "maximize", "value")
    assert prior.search_space == SearchSpace("past", 1, (FloatRange("x", 0.0, 1.0),))


def test_running_trials_are_left_out() -> None:
    study = _study(lambda t: t.suggest_float("x", 0, 1), 2)
    study.ask().suggest_float("x", 0, 1)
    assert len(prior_study_from_optuna(study).trials) == 2


@pytest.mark.skipif(not hasattr(optuna.Trial, "set_constraint"), reason="Optuna 4 has no set_constraint")
def test_broken_constraint_is_a_failure() -> None:
    def objective(trial: optuna.Trial) -> float:
        trial.set_constraint("memory", trial.number - 1.0)
        return trial.suggest_float("x", 0, 1)

    statuses = [trial.status for trial in prior_study_from_optuna(_study(objective, 3)).trials]
    assert statuses == [TrialStatus.COMPLETE, TrialStatus.COMPLETE, TrialStatus.FAILED]


def test_broken_constraint_of_a_constraints_function_is_a_failure() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # experimental in Optuna 4, deprecated in Optuna 5
        sampler = optuna.samplers.TPESampler(constraints_func=lambda trial: [trial.number - 1.0])
    study = optuna.create_study(sampler=sampler)
    study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=3)
    statuses = [trial.status for trial in prior_study_from_optuna(study).trials]
    assert statuses == [TrialStatus.COMPLETE, TrialStatus.COMPLETE, TrialStatus.FAILED]


def test_several_objectives_are_refused() -> None:
    study = optuna.create_study(directions=["minimize", "maximize"])
    with pytest.raises(RuntimeError, match="single direction"):
        prior_study_from_optuna(study)


def test_conditions_are_read_off_the_trials() -> None:
    def objective(trial: optuna.Trial) -> float:
        trial.suggest_categorical("other", [1, 2])
        model = trial.suggest_categorical("model", ["svm", "tree", "forest"])
        if model == "svm":
            if trial.suggest_categorical("kernel", ["rbf", "poly"]) == "poly":
                trial.suggest_int("degree", 2, 4)
            return trial.suggest_float("C", 0.1, 10, log=True)
        return float(trial.suggest_int("depth", 1, 9))

    study = _study(objective, 40)
    found = search_space_of(study.get_trials(), name="models")
    assert {p.name: p.condition for p in found.parameters} == {
        "other": None,
        "model": None,
        "kernel": Condition("model", ("svm",)),
        "degree": Condition("kernel", ("poly",)),
        "C": Condition("model", ("svm",)),
        "depth": Condition("model", ("tree", "forest")),
    }
    for trial in prior_study_from_optuna(study, search_space=found).trials:
        found.check(trial.params)


def test_moving_range_is_the_widest() -> None:
    def objective(trial: optuna.Trial) -> float:
        return trial.suggest_float("x", -trial.number, 1) + trial.suggest_int(
            "n", 1, 5 + trial.number, log=True
        )

    found = search_space_of(_study(objective, 4).get_trials(), name="moving")
    assert found.parameters == (FloatRange("x", -3.0, 1.0), IntRange("n", 1, 8, log=True))


def test_distributions_and_back() -> None:
    space = SearchSpace(
        "toy",
        1,
        (
            FloatRange("rate", 1e-4, 1.0, log=True, alternatives=("auto", None)),
            IntRange("size", 2, 64),
            Choice("kind", ("a", True, 1.5)),
        ),
    )
    assert from_distributions(to_distributions(space)) == space.parameters


def test_switch_without_its_range_is_a_choice() -> None:
    switch = {"size:kind": CategoricalDistribution((RANGE, "auto"))}
    assert from_distributions(switch) == (Choice("size", ("auto",)),)


def test_parameter_that_is_only_called_like_a_switch_is_a_choice() -> None:
    named = {"card:kind": CategoricalDistribution(("club", "heart")), "n": IntDistribution(1, 3, step=2)}
    assert from_distributions(named) == (Choice("card:kind", ("club", "heart")), IntRange("n", 1, 3))
    assert fold_switches({"n": 1}) == {"n": 1}
    assert from_distributions({"x": FloatDistribution(0, 1)}) == (FloatRange("x", 0.0, 1.0),)
