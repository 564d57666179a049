"""The space that a study asks for, as its trials so far and the past studies tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from autometa.optuna_spaces import fold_switches, from_distributions
from autometa.optuna_studies import with_conditions
from autometa.samplers.conversion import UNKNOWN, convert
from autometa.search_space import Choice, Condition, Configuration, Parameter, SearchSpace, Value

NUDGE = 0.1  # largest standard deviation of a step, as a share of a range; the smallest is a tenth of it
NUDGED_SHARE = 0.5  # of the numbers, when a configuration is varied
SWITCHED_SHARE = 0.15  # of the choices


@dataclass(frozen=True, slots=True)
class AskedSpace:
    """What a study asks for.

    Attributes:
        search_space: its parameters, with conditions as far as they are known.
        distributions: as last asked for, by parameter; none for parameters that were never asked for yet.
    """

    search_space: SearchSpace
    distributions: Mapping[str, BaseDistribution]

    def adopt(
        self, configuration: Configuration, rng: np.random.Generator, *, fixed: Configuration
    ) -> dict[str, Value]:
        """The configuration as this space has it: active parameters with valid values.

        Args:
            configuration: from any history; what it does not say is drawn.
            rng: draws it.
            fixed: values that are settled already.
        """
        adopted: dict[str, Value] = {}
        for parameter in self.search_space.parameters:
            if parameter.condition is None or parameter.condition.holds(adopted):
                adopted[parameter.name] = self._value(parameter, {**configuration, **fixed}, rng)
        return adopted

    def vary(
        self, configuration: Configuration, rng: np.random.Generator, *, fixed: Configuration
    ) -> dict[str, Value]:
        """A configuration close to this one.

        Args:
            configuration: of this space.
            rng: decides what changes, and how far.
            fixed: values that are settled already.
        """
        width = NUDGE * 10 ** -rng.uniform()
        varied = {
            parameter.name: _nudged(parameter, configuration[parameter.name], width, rng)
            for parameter in self.search_space.parameters
            if parameter.name in configuration
        }
        return self.adopt(varied, rng, fixed=fixed)

    def _value(self, parameter: Parameter, configuration: Configuration, rng: np.random.Generator) -> Value:
        if parameter.name in configuration:
            value = self._valid(parameter, configuration[parameter.name])
            if value is not UNKNOWN:
                return cast(Value, value)
        return cast(Value, self._valid(parameter, parameter.draw(rng)))

    def _valid(self, parameter: Parameter, value: Value) -> object:
        distribution = self.distributions.get(parameter.name)
        if distribution is None or _is_alternative(parameter, value):
            return value
        return convert(value, distribution)


def asked_space(trials: Sequence[FrozenTrial], known: Sequence[SearchSpace]) -> AskedSpace | None:
    """What the trials so far were asked for; None if nothing was asked for yet.

    Where a range moves, the latest one counts. Past studies tell the conditions that the trials do not
    contradict, and the parameters of branches that no trial has taken yet.

    Args:
        trials: of the study, by number, finished or not.
        known: spaces of past studies; where two differ, the first one's word holds.
    """
    distributions = {name: kind for trial in trials for name, kind in trial.distributions.items()}
    if not distributions:
        return None
    finished = [t for t in trials if t.params and t.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    configurations = [fold_switches(trial.params) for trial in finished]
    past = {p.name: p for space in reversed(known) for p in space.parameters}
    seen = [_as_known(parameter, distributions, past) for parameter in from_distributions(distributions)]
    own = with_conditions(seen, configurations)
    told = _with_past_conditions(own, past, configurations)
    later = _branches_not_taken(told, past, configurations)
    return AskedSpace(SearchSpace("asked", 1, (*told, *later)), distributions)


def _as_known(
    parameter: Parameter, distributions: Mapping[str, BaseDistribution], past: Mapping[str, Parameter]
) -> Parameter:
    """The parameter; where only its switch was asked for so far, the past one of its name."""
    if parameter.name in distributions or parameter.name not in past:
        return parameter
    return replace(past[parameter.name], condition=None)


def _with_past_conditions(
    own: Sequence[Parameter], past: Mapping[str, Parameter], configurations: Sequence[Configuration]
) -> tuple[Parameter, ...]:
    """The own parameters, with a past study's condition where all configurations agree with it."""
    told: list[Parameter] = []
    for parameter in own:
        condition = past[parameter.name].condition if parameter.name in past else None
        is_known = condition is not None and any(one.name == condition.parent for one in told)
        if is_known and _agrees(parameter.name, condition, configurations):
            told.append(replace(parameter, condition=condition))
        else:
            told.append(parameter)
    return tuple(told)


def _branches_not_taken(
    own: Sequence[Parameter], past: Mapping[str, Parameter], configurations: Sequence[Configuration]
) -> list[Parameter]:
    """Past parameters that were not asked for only because their condition has not held yet."""
    names = {parameter.name for parameter in own}
    later: list[Parameter] = []
    for name, parameter in past.items():
        if name in names or parameter.condition is None or parameter.condition.parent not in names:
            continue
        if not any(parameter.condition.holds(one) for one in configurations):
            later.append(parameter)
            names.add(name)
    return later


def _agrees(name: str, condition: Condition | None, configurations: Sequence[Configuration]) -> bool:
    return condition is not None and all((name in one) == condition.holds(one) for one in configurations)


def _is_alternative(parameter: Parameter, value: Value) -> bool:
    if isinstance(parameter, Choice):
        return False
    return any(type(value) is type(other) and value == other for other in parameter.alternatives)


def _nudged(parameter: Parameter, value: Value, width: float, rng: np.random.Generator) -> Value:
    if (
        isinstance(parameter, Choice)
        or _is_alternative(parameter, value)
        or not isinstance(value, int | float)
    ):
        return parameter.draw(rng) if rng.random() < SWITCHED_SHARE else value
    if rng.random() >= NUDGED_SHARE:
        return value
    low, high = float(parameter.low), float(parameter.high)
    if parameter.log:
        step = width * (np.log(high) - np.log(low)) * rng.normal()
        return float(np.clip(value * np.exp(step), low, high))
    return float(np.clip(value + width * (high - low) * rng.normal(), low, high))
