"""The parameters of a pool: how configurations become points, and points what a sampler is told.

Shapes: m configurations, d encoded dimensions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autometa.dataset import FloatArray
from autometa.search_space import Configuration, Value

NEUTRAL = 0.5  # a number that is inactive, or has an alternative instead
LOG_RATIO = 100.0  # positive numbers that span as much are scaled by their logarithm
GROUP = "learner"  # names the parameter that the others depend on, where there is one


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as a sampler sees it.

    Attributes:
        name: unique within the pool.
        columns: of the points that hold it: one for a number, one per category for a choice.
        n_categories: 0 for a number. One more than there are columns where "none of them" is a category.
        active_if: (name, category) of the choice that it depends on; None if it is always there.
    """

    name: str
    columns: tuple[int, ...]
    n_categories: int = 0
    active_if: tuple[str, int] | None = None


def decode(point: FloatArray, parameters: Sequence[Parameter]) -> dict[str, float | int]:
    """The active parameters of a point: numbers in [0, 1], categories from 0.

    Args:
        point: (d,).
        parameters: parents before those that depend on them.
    """
    params: dict[str, float | int] = {}
    for parameter in parameters:
        if parameter.active_if is not None and params.get(parameter.active_if[0]) != parameter.active_if[1]:
            continue
        values = point[list(parameter.columns)]
        if not parameter.n_categories:
            params[parameter.name] = float(min(max(values[0], 0.0), 1.0))
        else:
            set_one = values.max() > 0.5 or parameter.n_categories == len(values)
            params[parameter.name] = int(values.argmax()) if set_one else len(values)
    return params


def encode(params: Mapping[str, float | int], parameters: Sequence[Parameter], d: int) -> FloatArray:
    """(d,) the point of some parameters; those that are missing are inactive."""
    point = np.zeros(d)
    for parameter in parameters:
        value = params.get(parameter.name)
        if not parameter.n_categories:
            point[parameter.columns[0]] = NEUTRAL if value is None else value
        elif value is not None and value < len(parameter.columns):
            point[parameter.columns[int(value)]] = 1.0
    return point


def to_points(
    configurations: Sequence[Configuration], groups: Sequence[str] | None = None
) -> tuple[FloatArray, tuple[Parameter, ...]]:
    """Points and parameters of a pool that is only known by its members; what is constant is left out.

    Ranges are those of the pool. A parameter whose values are partly numbers and partly not (None, "sqrt")
    becomes a number and a choice.

    Args:
        configurations: m of them.
        groups: (m,) learners; every learner has its own parameters then.

    Returns:
        (m, d) points in [0, 1], and what their columns mean.
    """
    blocks: list[FloatArray] = []
    parameters: list[Parameter] = []

    def add(name: str, block: FloatArray, n_categories: int, active_if: tuple[str, int] | None) -> None:
        start = sum(one.shape[1] for one in blocks)
        columns = tuple(range(start, start + block.shape[1]))
        blocks.append(block)
        parameters.append(Parameter(name, columns, n_categories, active_if))

    names = list(dict.fromkeys(groups)) if groups is not None else [""]
    labels = np.array(groups if groups is not None else [""] * len(configurations))
    if groups is not None:
        add(GROUP, (labels[:, None] == np.array(names)).astype(float), len(names), None)
    for position, group in enumerate(names):
        rows = np.flatnonzero(labels == group)
        active_if = (GROUP, position) if groups is not None else None
        members = [configurations[int(row)] for row in rows]
        for name in dict.fromkeys(key for member in members for key in member):
            values = [member.get(name) for member in members]
            for part, block, n_categories in _columns(values):
                whole = np.full((len(labels), block.shape[1]), 0.0 if n_categories else NEUTRAL)
                whole[rows] = block
                add(".".join(filter(None, (group, name, part))), whole, n_categories, active_if)
    return np.hstack(blocks), tuple(parameters)


def without_constants(
    points: FloatArray, parameters: Sequence[Parameter]
) -> tuple[FloatArray, tuple[Parameter, ...]]:
    """The same pool without the parameters that never vary in it."""
    varied = [one for one in parameters if np.ptp(points[:, list(one.columns)], axis=0).any()]
    kept = [column for one in varied for column in one.columns]
    position = {column: index for index, column in enumerate(kept)}
    renamed = [replace(one, columns=tuple(position[column] for column in one.columns)) for one in varied]
    return points[:, kept], tuple(renamed)


def _columns(values: Sequence[Value]) -> list[tuple[str, FloatArray, int]]:
    """Part's name, (rows, columns) and number of categories, of each part that varies."""
    parts: list[tuple[str, FloatArray, int]] = []
    is_number = np.array([isinstance(value, int | float) and not isinstance(value, bool) for value in values])
    numbers = np.array([float(v) for v, is_one in zip(values, is_number, strict=True) if is_one])  # type: ignore[arg-type]
    options = list(dict.fromkeys(repr(v) for v, is_one in zip(values, is_number, strict=True) if not is_one))
    if len(options) + bool(len(numbers)) > 1:
        hot = np.array([[float(repr(value) == option) for option in options] for value in values])
        parts.append(("kind" if len(numbers) else "", hot, len(options) + bool(len(numbers))))
    if len(numbers) and np.ptp(numbers) > 0:
        column = np.full((len(values), 1), NEUTRAL)
        column[is_number, 0] = _unit(numbers)
        parts.append(("", column, 0))
    return parts


def _unit(numbers: FloatArray) -> FloatArray:
    if numbers.min() > 0 and numbers.max() / numbers.min() >= LOG_RATIO:
        numbers = np.log(numbers)
    unit: FloatArray = (numbers - numbers.min()) / np.ptp(numbers)
    return unit
