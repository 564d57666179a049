"""infer_space: the search space that observed configurations seem to come from, where nobody declared one.

What is observed is a part of what was allowed: a range is the interval that was seen, not the legal one.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from autometa.search_space import Choice, Configuration, FloatRange, IntRange, Parameter, SearchSpace, Value

HOUSEKEEPING = frozenset(
    {
        "cache_size",
        "copy_X",
        "memory",
        "n_jobs",
        "nthread",
        "num.threads",
        "random_seed",
        "random_state",
        "seed",
        "silent",
        "steps",
        "thread_count",
        "verbose",
        "verbosity",
    }
)  # bare names of what changes how a fit runs, not what it learns
LOG_RATIO = 100.0  # largest over smallest value from which on a scale may be logarithmic
_QUALIFIER = re.compile(r"__|:")  # scikit-learn's and OpenML's way to name a component's parameter


@dataclass(frozen=True, slots=True)
class InferredSpace:
    """A search space made of observations, and how a foreign configuration reads in it.

    Attributes:
        search_space: without constants and housekeeping; parents of conditions first.
        constants: what had one value in every configuration; it is no parameter.
        ignored: housekeeping that was seen and left out.
    """

    search_space: SearchSpace
    constants: Configuration
    ignored: tuple[str, ...]

    def configuration(self, params: Mapping[str, Any]) -> dict[str, Value]:
        """The configuration of the space that foreign parameters stand for; what is no parameter is dropped.

        Args:
            params: one of the configurations that the space was inferred from, or one like it.
        """
        found: dict[str, Value] = {}
        for parameter in self.search_space.parameters:
            if parameter.name in params:
                found[parameter.name] = _as_asked(plain_value(params[parameter.name]), parameter)
        return found


def infer_space(
    name: str,
    configurations: Sequence[Mapping[str, Any]],
    *,
    version: int = 1,
    ignore: Collection[str] = HOUSEKEEPING,
) -> InferredSpace:
    """The space of observed configurations.

    * Booleans and texts are a choice; so is a single number beside them.
    * Numbers are whole if all of them are and at least one is an int (1.0 and 10.0 alone are real), else
      real. Their scale is logarithmic if all are positive, the largest is at least 100 times the smallest,
      and their logarithms are less skewed than they are.
    * Numbers beside texts, booleans or None are a range with alternatives. NaN and infinities are the texts
      "nan", "inf" and "-inf".
    * What has one and the same value in every configuration is a constant, and no parameter.
    * What only some configurations have depends on an earlier choice, as far as one explains when.

    The order of configurations does not matter.

    Args:
        name: of the space, e.g. "svm/classification".
        configurations: parameters that are absent did not apply; None is a value.
        version: of the space.
        ignore: bare names (after the last "__" or ":") that are no parameters.

    Example:
        >>> seen = [{"C": 0.01, "kernel": "rbf"}, {"C": 1.0, "kernel": "poly"}, {"C": 10.0, "kernel": "rbf"}]
        >>> for parameter in infer_space("svm", seen).search_space.parameters:
        ...     print(parameter)
        FloatRange(name='C', low=0.01, high=10.0, log=True, alternatives=(), condition=None)
        Choice(name='kernel', choices=('poly', 'rbf'), condition=None)
    """
    seen: dict[str, list[Value]] = defaultdict(list)
    for configuration in configurations:
        for key, value in configuration.items():
            seen[key].append(plain_value(value))
    ignored = tuple(sorted(key for key in seen if bare_name(key) in ignore))
    distinct = {key: _distinct(values) for key, values in seen.items() if key not in ignored}
    constants = {
        key: values[0]
        for key, values in distinct.items()
        if len(values) == 1 and len(seen[key]) == len(configurations)
    }
    varied = sorted(distinct.keys() - constants.keys(), key=lambda key: (-len(seen[key]), key))
    parameters = tuple(_parameter(key, distinct[key]) for key in varied)
    return InferredSpace(
        SearchSpace(name, version, _conditional(parameters, configurations)), constants, ignored
    )


def bare_name(name: str) -> str:
    """A parameter's name without the component that it belongs to.

    Example:
        >>> bare_name("classifier__C"), bare_name("sklearn.svm.SVC:C")
        ('C', 'C')
    """
    return _QUALIFIER.split(name)[-1]


def plain_value(value: Any) -> Value:
    """A foreign value as one that a configuration may have.

    Numbers of NumPy become Python's, NaN and infinities text, all else that is no plain value its `repr`.

    Example:
        >>> plain_value((50, 50)), plain_value(float("nan")), plain_value(None)
        ('(50, 50)', 'nan', None)
    """
    if not isinstance(value, str | int | float | bool) and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if value is None or isinstance(value, bool | int):
        return value
    return str(value) if isinstance(value, str) else repr(value)


def _distinct(values: Iterable[Value]) -> list[Value]:
    """Each value once, in an order that does not depend on theirs; True is not 1, but 1.0 is, as an int."""
    found: dict[tuple[bool, Value], Value] = {}
    for value in values:
        key = (isinstance(value, bool), value)
        if key not in found or isinstance(value, int):
            found[key] = value
    return sorted(found.values(), key=_sort_key)


def _sort_key(value: Value) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    if isinstance(value, str):
        return 3, 0.0, value
    return 1 if isinstance(value, bool) else 2, float(value), ""


def _parameter(name: str, values: Sequence[Value]) -> Parameter:
    """The parameter that has these distinct values."""
    numbers = [value for value in values if _is_number(value)]
    if len(numbers) < 2:
        return Choice(name, tuple(values))
    others = tuple(value for value in values if not _is_number(value))
    reals = [float(value) for value in numbers if value is not None]
    low, high = min(reals), max(reals)
    log = _is_logarithmic(reals)
    if all(real.is_integer() for real in reals) and any(isinstance(value, int) for value in numbers):
        return IntRange(name, int(low), int(high), log, others)
    return FloatRange(name, low, high, log, others)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_logarithmic(reals: Sequence[float]) -> bool:
    if min(reals) <= 0 or max(reals) / min(reals) < LOG_RATIO:
        return False
    return abs(_skewness([math.log(real) for real in reals])) <= abs(_skewness(reals))


def _skewness(reals: Sequence[float]) -> float:
    """Third standardised moment, m3 / m2**1.5, which knows no unit; reals are not all equal."""
    unit = max(map(abs, reals))  # so that no power overflows
    mean = fmean(real / unit for real in reals)
    deviations = [real / unit - mean for real in reals]
    second = fmean(deviation**2 for deviation in deviations)
    return fmean(deviation**3 for deviation in deviations) / math.sqrt(second) ** 3


def _conditional(
    parameters: Sequence[Parameter], configurations: Sequence[Mapping[str, Any]]
) -> tuple[Parameter, ...]:
    from autometa.optuna_studies import with_conditions

    plain = [{key: plain_value(value) for key, value in one.items()} for one in configurations]
    return with_conditions(parameters, plain)


def _as_asked(value: Value, parameter: Parameter) -> Value:
    """A number in the type of its range."""
    if not _is_number(value) or value is None or isinstance(parameter, Choice):
        return value
    if isinstance(parameter, FloatRange):
        return float(value)
    return int(value) if float(value).is_integer() else value
