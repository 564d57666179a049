"""Search spaces in Optuna's terms: round trips, conditions, alternatives, draws inside the distributions."""

from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from autometa.dataset import TaskType
from autometa.errors import SearchSpaceMismatchError
from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS
from autometa.optuna_spaces import (
    from_optuna_params,
    suggest_configuration,
    to_distributions,
    to_optuna_params,
)
from autometa.search_space import Choice, Condition, FloatRange, IntRange, SearchSpace

SPACE = SearchSpace(
    "toy",
    1,
    (
        FloatRange("rate", 1e-4, 1.0, log=True),
        IntRange("size", 2, 64, alternatives=(None, "auto")),
        Choice("bootstrap", (True, False)),
        FloatRange("share", 0.3, 1.0, alternatives=(0.0,), condition=Condition("bootstrap", (True,))),
    ),
)
SPACES = {
    member.search_spaces[task].name: member.search_spaces[task]
    for member in BASE_LEARNERS + BOOSTING_LEARNERS
    for task in member.search_spaces
}


@st.composite
def search_spaces(draw: st.DrawFn) -> SearchSpace:
    """Any search space: ranges with and without alternatives, choices, conditions on earlier choices."""
    parameters: list[Any] = []
    for index in range(draw(st.integers(1, 6))):
        name = f"p{index}"
        parents = [p for p in parameters if isinstance(p, Choice)]
        condition = None
        if parents and draw(st.booleans()):
            parent = draw(st.sampled_from(parents))
            condition = Condition(parent.name, draw(st.sampled_from([parent.choices[:1], parent.choices])))
        alternatives = draw(st.sampled_from([(), ("auto",), (None, "sqrt"), (-1,), (True,)]))
        kind = draw(st.sampled_from(["float", "int", "choice"]))
        if kind == "choice":
            options = draw(
                st.sampled_from([("a", "b"), (None, "balanced"), (True, False), (1, 2, 3), ("one",)])
            )
            parameters.append(Choice(name, options, condition))
        elif kind == "float":
            low, high = sorted((draw(st.floats(1e-6, 1e6)), draw(st.floats(1e-6, 1e6))))
            parameters.append(FloatRange(name, low, high, draw(st.booleans()), alternatives, condition))
        else:
            low, high = sorted((draw(st.integers(1, 10**6)), draw(st.integers(1, 10**6))))
            parameters.append(IntRange(name, low, high, draw(st.booleans()), alternatives, condition))
    return SearchSpace("any", 1, tuple(parameters))


def test_ranges_choices_and_switches_become_distributions() -> None:
    assert to_distributions(SPACE) == {
        "rate": FloatDistribution(1e-4, 1.0, log=True),
        "size:kind": CategoricalDistribution(("range", None, "auto")),
        "size": IntDistribution(2, 64),
        "bootstrap": CategoricalDistribution((True, False)),
        "share:kind": CategoricalDistribution(("range", 0.0)),
        "share": FloatDistribution(0.3, 1.0),
    }


@pytest.mark.parametrize(
    ("configuration", "params"),
    [
        pytest.param(
            {"rate": 0.1, "size": "auto", "bootstrap": False},
            {"rate": 0.1, "size:kind": "auto", "bootstrap": False},
            id="alternative, condition off",
        ),
        pytest.param(
            {"rate": 0.1, "size": None, "bootstrap": True, "share": 0.0},
            {"rate": 0.1, "size:kind": None, "bootstrap": True, "share:kind": 0.0},
            id="None and a number as alternatives",
        ),
        pytest.param(
            {"rate": 0.1, "size": 2, "bootstrap": True, "share": 0.5},
            {
                "rate": 0.1,
                "size:kind": "range",
                "size": 2,
                "bootstrap": True,
                "share:kind": "range",
                "share": 0.5,
            },
            id="numbers",
        ),
    ],
)
def test_configuration_becomes_params_and_back(configuration: Any, params: Any) -> None:
    assert to_optuna_params(configuration, SPACE) == params
    assert from_optuna_params(params, SPACE) == configuration


@given(search_spaces(), st.integers(0, 2**32))
def test_drawn_configurations_survive_the_round_trip(space: SearchSpace, seed: int) -> None:
    configuration = space.draw(np.random.default_rng(seed))
    assert from_optuna_params(to_optuna_params(configuration, space), space) == configuration


@given(search_spaces(), st.integers(0, 2**32))
def test_drawn_values_lie_in_the_distributions(space: SearchSpace, seed: int) -> None:
    distributions = to_distributions(space)
    params = to_optuna_params(space.draw(np.random.default_rng(seed)), space)
    for name, value in params.items():
        assert distributions[name]._contains(distributions[name].to_internal_repr(value))


@given(search_spaces(), st.integers(0, 2**32))
def test_suggesting_from_fixed_params_gives_the_configuration_back(space: SearchSpace, seed: int) -> None:
    configuration = space.draw(np.random.default_rng(seed))
    trial = optuna.trial.FixedTrial(to_optuna_params(configuration, space))
    assert suggest_configuration(trial, space) == configuration


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_suggested_configurations_belong_to_the_space(space: SearchSpace) -> None:
    study = _study()
    for _ in range(10):
        trial = study.ask()
        configuration = suggest_configuration(trial, space)
        space.check(configuration)
        assert from_optuna_params(trial.params, space) == configuration
        assert trial.params.keys() <= to_distributions(space).keys()
        assert all(to_distributions(space)[name] == kind for name, kind in trial.distributions.items())


@pytest.mark.parametrize("learner", BASE_LEARNERS + BOOSTING_LEARNERS, ids=lambda member: member.name)
def test_enqueued_default_is_suggested_first(learner: Any) -> None:
    task = next(iter(learner.search_spaces))
    space, study = learner.search_spaces[task], _study()
    study.enqueue_trial(to_optuna_params(learner.defaults[task], space))
    assert suggest_configuration(study.ask(), space) == learner.defaults[task]


def test_prior_trials_can_be_created_with_the_distributions() -> None:
    space = SPACES[f"random_forest/{TaskType.CLASSIFICATION}"]
    params = to_optuna_params(space.draw(np.random.default_rng(0)), space)
    distributions = {name: kind for name, kind in to_distributions(space).items() if name in params}
    trial = optuna.trial.create_trial(params=params, distributions=distributions, value=0.5)
    assert trial.params == params


def test_unknown_trial_parameter_is_refused() -> None:
    with pytest.raises(
        SearchSpaceMismatchError, match="toy has no parameter 'depth' in a trial; give a trial"
    ):
        from_optuna_params({"depth": 3}, SPACE)


def test_incomplete_trial_is_refused() -> None:
    with pytest.raises(SearchSpaceMismatchError, match="'size' is missing"):
        from_optuna_params({"rate": 0.1}, SPACE)


def test_foreign_configuration_is_refused() -> None:
    with pytest.raises(SearchSpaceMismatchError, match=r"rate=2\.0 is outside"):
        to_optuna_params({"rate": 2.0, "size": 2, "bootstrap": False}, SPACE)


def _study() -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
