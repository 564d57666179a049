"""SearchSpace: the typed, versioned parameters of a learner, without any framework.

The parameter types mean what Optuna's distributions of the same kind mean; `autometa.optuna_spaces`
translates. A range may carry `alternatives`: values beside the numbers, such as "sqrt", "scale" or None,
as scikit-learn has them. A parameter with a `Condition` exists only where its parent has one of the named
values.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from autometa.errors import SearchSpaceMismatchError

Value = bool | int | float | str | None
Configuration = Mapping[str, Value]

ALTERNATIVE_SHARE = 0.25  # of random draws from a range that has alternatives


@dataclass(frozen=True, slots=True)
class Condition:
    """Active only where `parent` has one of `values`."""

    parent: str
    values: tuple[Value, ...]

    def holds(self, params: Configuration) -> bool:
        """True if the parameter exists beside these others."""
        return self.parent in params and params[self.parent] in self.values


@dataclass(frozen=True, slots=True)
class FloatRange:
    """A real parameter in [low, high], uniform or log-uniform."""

    name: str
    low: float
    high: float
    log: bool = False
    alternatives: tuple[Value, ...] = ()
    condition: Condition | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        _check_bounds(self.name, self.low, self.high, log=self.log)

    def draw(self, rng: np.random.Generator) -> Value:
        """One value at random."""
        if self.alternatives and rng.random() < ALTERNATIVE_SHARE:
            return self.alternatives[int(rng.integers(len(self.alternatives)))]
        if self.log:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = rng.uniform(self.low, self.high)
        return float(min(max(float(f"{value:.6g}"), self.low), self.high))

    def contains(self, value: Value) -> bool:
        """True if the value may be asked for."""
        return _in_range(value, self.low, self.high) or _is_one_of(value, self.alternatives)


@dataclass(frozen=True, slots=True)
class IntRange:
    """A whole-number parameter in [low, high], uniform or log-uniform."""

    name: str
    low: int
    high: int
    log: bool = False
    alternatives: tuple[Value, ...] = ()
    condition: Condition | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        _check_bounds(self.name, self.low, self.high, log=self.log)

    def draw(self, rng: np.random.Generator) -> Value:
        """One value at random."""
        if self.alternatives and rng.random() < ALTERNATIVE_SHARE:
            return self.alternatives[int(rng.integers(len(self.alternatives)))]
        if self.log:
            value = round(math.exp(rng.uniform(math.log(self.low - 0.5), math.log(self.high + 0.5))))
        else:
            value = int(rng.integers(self.low, self.high, endpoint=True))
        return int(min(max(value, self.low), self.high))

    def contains(self, value: Value) -> bool:
        """True if the value may be asked for."""
        is_whole = isinstance(value, int) and _in_range(value, self.low, self.high)
        return is_whole or _is_one_of(value, self.alternatives)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values without order."""

    name: str
    choices: tuple[Value, ...]
    condition: Condition | None = None

    def __post_init__(self) -> None:
        """Check that there is something to choose."""
        if not self.choices:
            raise SearchSpaceMismatchError(f"parameter {self.name!r} has no choices; give at least one")

    def draw(self, rng: np.random.Generator) -> Value:
        """One value at random."""
        return self.choices[int(rng.integers(len(self.choices)))]

    def contains(self, value: Value) -> bool:
        """True if the value may be asked for."""
        return _is_one_of(value, self.choices)


Parameter = FloatRange | IntRange | Choice


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """The parameters of one learner; a parent stands before the parameters that depend on it.

    Attributes:
        name: the learner's name and the task it is for, e.g. "random_forest/classification".
        version: raised whenever the meaning of a parameter changes.
        parameters: in the order in which they are drawn and stored.
    """

    name: str
    version: int
    parameters: tuple[Parameter, ...]

    def __post_init__(self) -> None:
        """Check names and the order of conditions."""
        seen: set[str] = set()
        for parameter in self.parameters:
            if parameter.name in seen:
                raise SearchSpaceMismatchError(f"{self.name}: parameter {parameter.name!r} stands twice")
            if parameter.condition and parameter.condition.parent not in seen:
                raise SearchSpaceMismatchError(f"{self.name}: {parameter.name!r} stands before its parent")
            seen.add(parameter.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return tuple(parameter.name for parameter in self.parameters)

    def draw(self, rng: np.random.Generator) -> dict[str, Value]:
        """One configuration at random, with the active parameters only."""
        params: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.condition is None or parameter.condition.holds(params):
                params[parameter.name] = parameter.draw(rng)
        return params

    def check(self, params: Configuration) -> None:
        """Raise unless this is a configuration of the space.

        Raises:
            SearchSpaceMismatchError: a parameter is unknown, missing, inactive or out of range.
        """
        unknown = sorted(set(params) - set(self.names))
        if unknown:
            raise SearchSpaceMismatchError(
                f"{self.name} has no parameter {unknown[0]!r}; it has {', '.join(self.names)}"
            )
        for parameter in self.parameters:
            active = parameter.condition is None or parameter.condition.holds(params)
            if active != (parameter.name in params):
                state = "is missing" if active else "is given, but its condition does not hold"
                raise SearchSpaceMismatchError(f"{self.name}: parameter {parameter.name!r} {state}")
            if active and not parameter.contains(params[parameter.name]):
                raise SearchSpaceMismatchError(
                    f"{self.name}: {parameter.name}={params[parameter.name]!r} is outside {parameter}"
                )

    def to_json(self) -> str:
        """Canonical JSON text; `from_json` gives the same space back."""
        return json.dumps(
            {
                "name": self.name,
                "version": self.version,
                "parameters": [_as_dict(p) for p in self.parameters],
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> "SearchSpace":
        """The space that `to_json` wrote."""
        data = json.loads(text)
        return cls(data["name"], data["version"], tuple(_from_dict(p) for p in data["parameters"]))

    def digest(self) -> str:
        """32 hexadecimal digits that name this exact space."""
        return hashlib.blake2b(self.to_json().encode(), digest_size=16).hexdigest()


_TYPES: dict[str, type[FloatRange] | type[IntRange] | type[Choice]] = {
    "float": FloatRange,
    "int": IntRange,
    "choice": Choice,
}


def _as_dict(parameter: Parameter) -> dict[str, object]:
    kind = next(name for name, type_ in _TYPES.items() if type(parameter) is type_)
    data: dict[str, object] = {"type": kind, "name": parameter.name}
    if isinstance(parameter, Choice):
        data["choices"] = parameter.choices
    else:
        data |= {"low": parameter.low, "high": parameter.high, "log": parameter.log}
        if parameter.alternatives:
            data["alternatives"] = parameter.alternatives
    if parameter.condition:
        data["condition"] = {"parent": parameter.condition.parent, "values": parameter.condition.values}
    return data


def _from_dict(data: dict[str, object]) -> Parameter:
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    condition = fields.pop("condition", None)
    if isinstance(condition, dict):
        fields["condition"] = Condition(condition["parent"], tuple(condition["values"]))
    return _TYPES[str(fields.pop("type"))](**fields)  # type: ignore[arg-type]


def _check_bounds(name: str, low: float, high: float, *, log: bool) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low <= high) or (log and low <= 0):
        raise SearchSpaceMismatchError(
            f"parameter {name!r} has the range [{low}, {high}]; wanted finite low <= high, and low > 0 if log"
        )


def _in_range(value: Value, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_one_of(value: Value, options: tuple[Value, ...]) -> bool:
    return any(value == option and isinstance(value, bool) == isinstance(option, bool) for option in options)
