"""Search spaces in Optuna's terms: distributions, suggestions define-by-run, trial parameters there and back.

A parameter with alternatives becomes two of Optuna's: a switch "max_features:kind", categorical over "range"
and the alternatives, and the number "max_features" itself, which is suggested only where the switch says
"range". All else keeps its name. `to_distributions` lists everything that may occur; samplers that want a
fixed space (multivariate TPE, Gaussian processes) should group by what is active.
"""

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from autometa.errors import SearchSpaceMismatchError
from autometa.search_space import Choice, Configuration, FloatRange, IntRange, Parameter, SearchSpace, Value

RANGE = "range"  # the switch's value for "a number of the range"


def to_distributions(search_space: SearchSpace) -> dict[str, BaseDistribution]:
    """Every parameter that Optuna may see, in the order of suggestion; conditions are not expressed.

    Args:
        search_space: the space to translate.

    Example:
        >>> gamma = FloatRange("gamma", 0.001, 8.0, log=True, alternatives=("scale",))
        >>> list(to_distributions(SearchSpace("svm", 1, (gamma,))))
        ['gamma:kind', 'gamma']
    """
    distributions: dict[str, BaseDistribution] = {}
    for parameter in search_space.parameters:
        if alternatives_of(parameter):
            distributions[switch_name(parameter)] = _switch(parameter)
        distributions[parameter.name] = _distribution(parameter)
    return distributions


def suggest_configuration(trial: optuna.trial.BaseTrial, search_space: SearchSpace) -> dict[str, Value]:
    """A configuration suggested by a trial, parameter by parameter; inactive ones are never asked for.

    Args:
        trial: running, fixed or frozen.
        search_space: the space to suggest from.
    """
    params: dict[str, Value] = {}
    for parameter in search_space.parameters:
        if parameter.condition is None or parameter.condition.holds(params):
            params[parameter.name] = _suggest(trial, parameter)
    return params


def to_optuna_params(configuration: Configuration, search_space: SearchSpace) -> dict[str, Any]:
    """What a trial with this configuration has in `trial.params`; the argument for `study.enqueue_trial`.

    Args:
        configuration: of the search space.
        search_space: the space that it belongs to.

    Raises:
        SearchSpaceMismatchError: the configuration is not one of the space.
    """
    search_space.check(configuration)
    params: dict[str, Any] = {}
    for parameter in search_space.parameters:
        if parameter.name not in configuration:
            continue
        value = configuration[parameter.name]
        alternatives = alternatives_of(parameter)
        is_alternative = _is_alternative(value, alternatives)
        if alternatives:
            params[switch_name(parameter)] = value if is_alternative else RANGE
        if not is_alternative:
            params[parameter.name] = value
    return params


def from_optuna_params(params: Mapping[str, Any], search_space: SearchSpace) -> dict[str, Value]:
    """The configuration that a trial's parameters stand for; the inverse of `to_optuna_params`.

    Args:
        params: a trial's `params`.
        search_space: the space that they were suggested from.

    Raises:
        SearchSpaceMismatchError: a parameter is unknown, missing, inactive or out of range.
    """
    unknown = sorted(set(params) - set(to_distributions(search_space)))
    if unknown:
        raise SearchSpaceMismatchError(
            f"{search_space.name} has no parameter {unknown[0]!r} in a trial; give a trial that "
            f"`suggest_configuration` has filled"
        )
    configuration: dict[str, Value] = {}
    for parameter in search_space.parameters:
        kind = params.get(switch_name(parameter), RANGE)
        if kind != RANGE:
            configuration[parameter.name] = kind
        elif parameter.name in params:
            configuration[parameter.name] = params[parameter.name]
    search_space.check(configuration)
    return configuration


def switch_name(parameter: Parameter) -> str:
    """The name of the categorical parameter that chooses between the range and its alternatives."""
    return f"{parameter.name}:kind"


def alternatives_of(parameter: Parameter) -> tuple[Value, ...]:
    """The values beside a range; none for a choice."""
    return () if isinstance(parameter, Choice) else parameter.alternatives


def _switch(parameter: Parameter) -> CategoricalDistribution:
    return CategoricalDistribution((RANGE, *alternatives_of(parameter)))


def _distribution(parameter: Parameter) -> BaseDistribution:
    match parameter:
        case FloatRange():
            return FloatDistribution(parameter.low, parameter.high, log=parameter.log)
        case IntRange():
            return IntDistribution(parameter.low, parameter.high, log=parameter.log)
        case Choice():
            return CategoricalDistribution(parameter.choices)


def _suggest(trial: optuna.trial.BaseTrial, parameter: Parameter) -> Value:
    if alternatives_of(parameter):
        kind: Value = trial.suggest_categorical(switch_name(parameter), _switch(parameter).choices)
        if kind != RANGE:
            return kind
    match parameter:
        case FloatRange():
            return trial.suggest_float(parameter.name, parameter.low, parameter.high, log=parameter.log)
        case IntRange():
            return trial.suggest_int(parameter.name, parameter.low, parameter.high, log=parameter.log)
        case Choice():
            chosen: Value = trial.suggest_categorical(parameter.name, parameter.choices)
            return chosen


def _is_alternative(value: Value, alternatives: tuple[Value, ...]) -> bool:
    return any(
        value == other and isinstance(value, bool) == isinstance(other, bool) for other in alternatives
    )
