"""Configurations as points: what response surfaces and Gaussian processes compute with.

Shapes: n configurations, d encoded dimensions.

A number goes to the unit interval of its range (by its logarithm where the range is logarithmic), a choice to
one column each, and so do a range's alternatives. What was asked in another space is encoded by what it
means: 0.01 is 0.01, whatever the range it was drawn from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from autometa.dataset import FloatArray
from autometa.history import PriorStudy, PriorTrial
from autometa.search_space import Choice, Configuration, FloatRange, IntRange, Parameter, SearchSpace, Value
from autometa.warmstart.matching import as_number, match_choice

NEUTRAL = 0.5  # where a number does not exist: inactive, an alternative instead, or unknown
GOOD_SHARE = 0.25  # of a study's trials, from which typical values are taken
_MISSING = object()


@dataclass(frozen=True, slots=True)
class SpaceEncoding:
    """How configurations, of this space or of another, become points.

    Attributes:
        search_space: gives the columns.
        typical: stands in for an active parameter that a configuration does not have, as where somebody
            searches a smaller space; a parameter without a typical value is neutral then.
        key: equal for encodings with the same columns.
    """

    search_space: SearchSpace
    typical: Mapping[str, Value]
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the columns."""
        object.__setattr__(self, "key", repr(self.search_space.parameters))

    def encode(self, configurations: Sequence[Configuration]) -> FloatArray:
        """(n, d) points in [0, 1].

        A number outside the range becomes the nearer bound, for trees are constant beyond their data; a
        choice that the space does not know has none of its columns set; parameters that the space does not
        have are ignored. Inactive parameters are neutral, and a flag says so.

        Args:
            configurations: n of them; values may be missing, out of range or of other kinds.
        """
        complete = [self._complete(configuration) for configuration in configurations]
        columns = [
            _columns(parameter, [one.get(parameter.name, _MISSING) for one in complete])
            for parameter in self.search_space.parameters
        ]
        return np.hstack([np.zeros((len(configurations), 0)), *columns])

    def missing_in(self, configurations: Sequence[Configuration]) -> frozenset[str]:
        """The parameters for which a typical value stands in somewhere.

        Encodings of the same space with the same stand-ins for these give the same points.
        """
        missing: set[str] = set()
        for configuration in configurations:
            if not self.typical.keys() <= configuration.keys():
                missing.update(self._complete(configuration).keys() - configuration.keys())
        return frozenset(missing)

    def _complete(self, configuration: Configuration) -> dict[str, object]:
        """The active parameters with their values, missing ones with typical values."""
        complete: dict[str, Value] = {}
        for parameter in self.search_space.parameters:
            name = parameter.name
            if parameter.condition is not None and not parameter.condition.holds(complete):
                continue
            if name in configuration:
                complete[name] = _as_known(parameter, configuration[name])
            elif name in self.typical:
                complete[name] = self.typical[name]
        return dict(complete)


def encode_own(study: PriorStudy) -> SpaceEncoding:
    """The encoding of a study's own space, with the typical values of its better trials."""
    return SpaceEncoding(study.search_space, typical_values(study))


def typical_values(study: PriorStudy) -> dict[str, Value]:
    """Each parameter's median, or most frequent, value among the better quarter of a study's trials."""
    better = better_trials(study)
    typical: dict[str, Value] = {}
    for parameter in study.search_space.parameters:
        values = [trial.params[parameter.name] for trial in better if parameter.name in trial.params]
        if values:
            typical[parameter.name] = _middle(parameter, values)
    return typical


def better_trials(study: PriorStudy) -> list[PriorTrial]:
    """The best quarter of the trials with a score, the best first; at least one if there is any."""
    scored = [trial for trial in study.trials if trial.value is not None]
    ranked = sorted(scored, key=lambda trial: trial.value or 0.0, reverse=study.direction == "maximize")
    return ranked[: max(1, round(GOOD_SHARE * len(ranked)))]


def _middle(parameter: Parameter, values: Sequence[Value]) -> Value:
    numbers = [value for value in values if _is_number(value, parameter)]
    if 2 * len(numbers) > len(values):
        return sorted(numbers, key=lambda value: as_number(value) or 0.0)[len(numbers) // 2]
    others = [repr(value) for value in values]
    return max(values, key=lambda value: others.count(repr(value)))


def _as_known(parameter: Parameter, value: Value) -> Value:
    """The value in the words of the parameter's own choices, so that conditions on it hold."""
    options = parameter.choices if isinstance(parameter, Choice) else parameter.alternatives
    if options and not _is_number(value, parameter):
        position = match_choice(value, options)
        return value if position is None else options[position]
    return value


def _columns(parameter: Parameter, values: Sequence[object]) -> FloatArray:
    if isinstance(parameter, Choice):
        return _one_hot(values, parameter.choices)
    parts = [_unit(parameter, values)[:, None], _one_hot(values, parameter.alternatives)]
    if parameter.condition is not None:
        parts.append(np.array([[float(value is not _MISSING)] for value in values]).reshape(-1, 1))
    return np.hstack(parts)


def _unit(parameter: FloatRange | IntRange, values: Sequence[object]) -> FloatArray:
    """(n,) position in the range, clipped to it; neutral where there is no number."""
    numbers = np.array([as_number(v) if _is_number(v, parameter) else None for v in values], dtype=float)
    if parameter.high <= parameter.low:
        return np.full(len(values), NEUTRAL)
    low, high = float(parameter.low), float(parameter.high)
    numbers = np.clip(numbers, low, high)
    if parameter.log:
        numbers, low, high = np.log(numbers), float(np.log(low)), float(np.log(high))
    unit: FloatArray = np.nan_to_num((numbers - low) / (high - low), nan=NEUTRAL)
    return unit


def _one_hot(values: Sequence[object], options: Sequence[Value]) -> FloatArray:
    hot = np.zeros((len(values), len(options)))
    for row, value in enumerate(values):
        for column, option in enumerate(options):
            hot[row, column] = type(value) is type(option) and value == option
    return hot


def _is_number(value: object, parameter: Parameter) -> bool:
    """True if the value is a number of the range rather than one of the alternatives."""
    if isinstance(parameter, Choice) or as_number(value) is None:
        return False
    return not any(type(value) is type(other) and value == other for other in parameter.alternatives)
