"""From a value that some history holds to a value that the distribution actually asked for can take."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from autometa.optuna_spaces import RANGE, SWITCH
from autometa.search_space import Value
from autometa.warmstart.matching import as_number, match_choice


class _Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = _Unknown.UNKNOWN  # None is a value that may be asked for


def asked_value(name: str, distribution: BaseDistribution, configuration: Mapping[str, Value]) -> Any:
    """What a configuration says of the parameter asked for, as a valid value; UNKNOWN if it says nothing.

    Args:
        name: as asked for; "gamma:kind" is the switch of "gamma" where "range" is among its choices.
        distribution: asked for.
        configuration: from any history.
    """
    parameter = name.removesuffix(SWITCH)
    if (
        parameter != name
        and isinstance(distribution, CategoricalDistribution)
        and RANGE in distribution.choices
    ):
        return _kind(distribution, configuration[parameter]) if parameter in configuration else UNKNOWN
    return convert(configuration[name], distribution) if name in configuration else UNKNOWN


def convert(value: Value, distribution: BaseDistribution) -> Any:
    """The value that means the same and is valid in the distribution; UNKNOWN if there is none.

    A number outside the range becomes the nearer bound; between two steps it becomes the nearer one; a
    category is found by value, as a number, as text, or as the nearest of numbers.

    Args:
        value: from any history.
        distribution: asked for.
    """
    if isinstance(distribution, CategoricalDistribution):
        position = match_choice(value, distribution.choices)
        return UNKNOWN if position is None else distribution.choices[position]
    number = as_number(value)
    if number is None:
        return UNKNOWN
    if isinstance(distribution, IntDistribution):
        return _on_grid(number, distribution.low, distribution.high, distribution.step)
    if isinstance(distribution, FloatDistribution):
        if distribution.step is None:
            return float(min(max(number, distribution.low), distribution.high))
        steps = round(
            (_clip(number, distribution.low, distribution.high) - distribution.low) / distribution.step
        )
        return float(_clip(distribution.low + steps * distribution.step, distribution.low, distribution.high))
    return UNKNOWN


def _kind(switch: CategoricalDistribution, value: Value) -> Any:
    """The switch's choice for a value: the alternative that it is, else the range if it is a number."""
    for choice in switch.choices:
        if choice != RANGE and type(choice) is type(value) and choice == value:
            return choice
    if as_number(value) is not None:
        return RANGE
    position = match_choice(value, switch.choices)
    return UNKNOWN if position is None else switch.choices[position]


def _on_grid(number: float, low: int, high: int, step: int) -> int:
    clipped = _clip(number, low, high)
    return int(low + round((clipped - low) / step) * step)


def _clip(number: float, low: float, high: float) -> float:
    return min(max(number, low), high)
