"""ObservedSpace: what was seen of a flow's parameters so far, and the search space that it stands for.

OpenML declares no ranges: a flow's own search space is inferred from the values of its runs, page by page.
The range of a space is the seen one, rounded outward, so that a few more runs seldom make another space; what
was seen is kept apart, exactly, in the cursor of the import.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from typing import Any, Self

from autometa.search_space import Choice, Configuration, FloatRange, IntRange, Parameter, SearchSpace, Value
from autometa_store.importers.inferred_space import HOUSEKEEPING, bare_name, infer_space

IGNORED = HOUSEKEEPING | {
    "cachesize",
    "copy",
    "importance",
    "logger",
    "output-debug-info",
    "debug",
    "do-not-check-capabilities",
    "num-decimal-places",
    "batch-size",
    "num-slots",
    "S",  # Weka's seed
    "warm_start",
}
MAX_NUMBERS = 64  # of a parameter that are remembered: its least, its largest, and some between
MAX_TEXTS = 64  # a parameter with more texts than these is not searched but described
Number = int | float


@dataclass(frozen=True, slots=True)
class ObservedValues:
    """What was seen of one parameter.

    Attributes:
        n_seen: configurations that had it.
        numbers: distinct, ascending, at most `MAX_NUMBERS`; the first and the last are the true extremes.
        others: distinct values that are no numbers, at most one more than `MAX_TEXTS`.
    """

    n_seen: int = 0
    numbers: tuple[Number, ...] = ()
    others: tuple[Value, ...] = ()

    def seeing(self, values: Sequence[Value]) -> Self:
        """With these values too."""
        numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
        others = [one for one in values if isinstance(one, bool) or not isinstance(one, int | float)]
        distinct = {repr(value): value for value in (*self.others, *others)}
        return replace(
            self,
            n_seen=self.n_seen + len(values),
            numbers=_thinned({*self.numbers, *numbers}),
            others=tuple(islice(distinct.values(), MAX_TEXTS + 1)),
        )


@dataclass(frozen=True, slots=True)
class ObservedSpace:
    """What was seen of all parameters of a flow on tasks of one kind.

    Attributes:
        n_seen: configurations.
        parameters: by name.
        space: the search space inferred the last time; None before the first.
    """

    n_seen: int = 0
    parameters: Mapping[str, ObservedValues] = field(default_factory=dict)
    space: SearchSpace | None = None

    def seeing(self, name: str, configurations: Sequence[Configuration]) -> Self:
        """With these configurations too; its space has them all, and is the last one if that has them too.

        Args:
            name: of the search space.
            configurations: decoded; housekeeping is ignored here.
        """
        columns: dict[str, list[Value]] = {}
        for configuration in configurations:
            for key, value in configuration.items():
                if bare_name(key) not in IGNORED:
                    columns.setdefault(key, []).append(value)
        known = dict(self.parameters)
        for key, values in columns.items():
            known[key] = known.get(key, ObservedValues()).seeing(values)
        n_seen = self.n_seen + len(configurations)
        space = _inferred(name, n_seen, known, self.space)
        return replace(self, n_seen=n_seen, parameters=known, space=space)

    @property
    def ranges(self) -> dict[str, tuple[Number, Number]]:
        """The least and the largest number seen of every parameter of the space that has numbers."""
        names = self.space.names if self.space else ()
        seen = {name: self.parameters[name].numbers for name in names}
        return {name: (numbers[0], numbers[-1]) for name, numbers in seen.items() if numbers}

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "n_seen": self.n_seen,
            "parameters": {
                name: [one.n_seen, list(one.numbers), list(one.others)]
                for name, one in self.parameters.items()
            },
            "space": self.space.to_json() if self.space else None,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `as_json`."""
        return cls(
            int(values["n_seen"]),
            {
                name: ObservedValues(int(n_seen), tuple(numbers), tuple(others))
                for name, (n_seen, numbers, others) in values["parameters"].items()
            },
            SearchSpace.from_json(values["space"]) if values["space"] else None,
        )


def as_configuration(found: Configuration, space: SearchSpace) -> dict[str, Value]:
    """A run's parameters as a configuration of its flow's space: what is not set is None, the rest dropped.

    Args:
        found: decoded.
        space: inferred from this and other runs.
    """
    return {parameter.name: _in_type(found.get(parameter.name), parameter) for parameter in space.parameters}


def _inferred(
    name: str, n_seen: int, known: Mapping[str, ObservedValues], last: SearchSpace | None
) -> SearchSpace:
    columns: dict[str, Sequence[Value]] = {}
    for key, one in sorted(known.items()):
        is_missing_somewhere = one.n_seen < n_seen and None not in one.others
        if len(one.others) <= MAX_TEXTS:
            columns[key] = (*one.numbers, *one.others, *((None,) if is_missing_somewhere else ()))
    n_rows = max((len(column) for column in columns.values()), default=0)
    repeated = {key: list(islice(cycle(column), n_rows)) for key, column in columns.items()}
    rows = [{key: column[row] for key, column in repeated.items()} for row in range(n_rows)]
    parameters = tuple(_rounded(one) for one in infer_space(name, rows).search_space.parameters)
    if last is not None and _has_all(last, parameters):
        return last
    return SearchSpace(name, 1 if last is None else last.version + 1, parameters)


def _has_all(space: SearchSpace, parameters: Iterable[Parameter]) -> bool:
    """True if the space has every one of these parameters with all its values."""
    own = {parameter.name: parameter for parameter in space.parameters}
    return all(one.name in own and _covers(own[one.name], one) for one in parameters)


def _covers(wide: Parameter, narrow: Parameter) -> bool:
    if isinstance(narrow, Choice):
        return all(wide.contains(value) for value in narrow.choices)
    values = (narrow.low, narrow.high, *narrow.alternatives)
    return type(wide) is type(narrow) and all(wide.contains(value) for value in values)


def _rounded(parameter: Parameter) -> Parameter:
    """The parameter with its range rounded outward; one above 0 stays above 0."""
    if isinstance(parameter, Choice):
        return parameter
    low, high = float(parameter.low), float(parameter.high)
    if parameter.log:
        steps = (1, 2, 5) if isinstance(parameter, IntRange) else (1,)
        low, high = _step_below(low, steps), 1.0 / _step_below(1.0 / high, _inverse(steps))
    else:
        step = 10.0 ** math.floor(math.log10(high - low))
        below = math.floor(round(low / step, 9)) * step
        low, high = (low if below <= 0 < low else below), math.ceil(round(high / step, 9)) * step
    low, high = min(_short(low), parameter.low), max(_short(high), parameter.high)
    if isinstance(parameter, IntRange):
        return replace(parameter, low=math.floor(low), high=math.ceil(high))
    return replace(parameter, low=low, high=high)


def _step_below(number: float, steps: Sequence[float]) -> float:
    """The largest step times a power of ten that is not above a positive number."""
    power = 10.0 ** math.floor(math.log10(number) + 1e-9)
    return max(step * power for step in (*steps, 1) if step * power <= number * (1 + 1e-9))


def _inverse(steps: Sequence[int]) -> tuple[float, ...]:
    return tuple(10 / step if step > 1 else 1 for step in steps)


def _short(number: float) -> float:
    return float(f"{number:.12g}")


def _thinned(numbers: set[Number]) -> tuple[Number, ...]:
    """At most `MAX_NUMBERS`, evenly among the ascending ones, with both ends."""
    ordered = sorted(numbers)
    if len(ordered) <= MAX_NUMBERS:
        return tuple(ordered)
    step = (len(ordered) - 1) / (MAX_NUMBERS - 1)
    return tuple(ordered[round(place * step)] for place in range(MAX_NUMBERS))


def _in_type(value: Value, parameter: Parameter) -> Value:
    """A number in the type of its range."""
    if isinstance(parameter, Choice) or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(value) if isinstance(parameter, FloatRange) else int(value)
