"""Search spaces in Optuna's terms: distributions and back, suggestions define-by-run, trial parameters.

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
SWITCH = ":kind"  # ends the switch's name


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


def from_distributions(distributions: Mapping[str, BaseDistribution]) -> tuple[Parameter, ...]:
    """The parameters that distributions stand for; switches are folded into their ranges' alternatives.

    Steps are not kept: a range is the interval. Where only the switch was ever seen, its alternatives are a
    choice.

    Args:
        distributions: by name, in the order of suggestion.

    Example:
        >>> from_distributions({"rate": FloatDistribution(0.1, 1.0), "kind": CategoricalDistribution(["a"])})
        (FloatRange(name='rate', low=0.1, high=1.0, log=False, alternatives=(), condition=None), \
Choice(name='kind', choices=('a',), condition=None))
    """
    parameters: dict[str, Parameter] = {}
    for name, distribution in distributions.items():
        folded = _folded_name(name) if _is_switch(name, distribution) else name
        beside = distributions.get(f"{folded}{SWITCH}")
        alternatives = _alternatives(beside) if _is_switch(f"{folded}{SWITCH}", beside) else ()
        number = distributions.get(folded)
        if folded not in parameters:
            parameters[folded] = _parameter(folded, number, alternatives)
    return tuple(parameters.values())


def fold_switches(params: Mapping[str, Any]) -> dict[str, Any]:
    """A trial's parameters with every switch replaced by what it says, whatever space they are of.

    Args:
        params: a trial's `params`, in the order of suggestion.

    Example:
        >>> fold_switches({"gamma:kind": "range", "gamma": 0.1, "depth:kind": None})
        {'gamma': 0.1, 'depth': None}
    """
    folded: dict[str, Any] = {}
    for name, value in params.items():
        if not name.endswith(SWITCH):
            folded[name] = value
        elif value != RANGE:
            folded[_folded_name(name)] = value
    return folded


def switch_name(parameter: Parameter) -> str:
    """The name of the categorical parameter that chooses between the range and its alternatives."""
    return f"{parameter.name}{SWITCH}"


def alternatives_of(parameter: Parameter) -> tuple[Value, ...]:
    """The values beside a range; none for a choice."""
    return () if isinstance(parameter, Choice) else parameter.alternatives


def _switch(parameter: Parameter) -> CategoricalDistribution:
    return CategoricalDistribution((RANGE, *alternatives_of(parameter)))


def _is_switch(name: str, distribution: BaseDistribution | None) -> bool:
    return (
        name.endswith(SWITCH)
        and isinstance(distribution, CategoricalDistribution)
        and RANGE in distribution.choices
    )


def _folded_name(name: str) -> str:
    return name.removesuffix(SWITCH)


def _alternatives(switch: BaseDistribution | None) -> tuple[Value, ...]:
    choices = switch.choices if isinstance(switch, CategoricalDistribution) else ()
    return tuple(choice for choice in choices if choice != RANGE)


def _parameter(
    name: str, distribution: BaseDistribution | None, alternatives: tuple[Value, ...]
) -> Parameter:
    match distribution:
        case FloatDistribution():
            return FloatRange(name, distribution.low, distribution.high, distribution.log, alternatives)
        case IntDistribution():
            return IntRange(name, distribution.low, distribution.high, distribution.log, alternatives)
        case CategoricalDistribution():
            return Choice(name, tuple(distribution.choices))
        case _:
            return Choice(name, alternatives or (RANGE,))


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
