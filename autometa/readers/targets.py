"""The target: which column it is, which task it asks for, and its values as class codes or numbers.

Shapes: n rows with a known target.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from autometa.dataset import FloatArray, IntArray, TaskType
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.readers.columns import as_numbers, as_texts, parsed_dates, without_arrow
from autometa.readers.names import counted, listed, quoted

USUAL_NAMES = ("target", "class", "label", "y", "outcome")  # looked for in this order, in any case
MAX_INTEGER_CLASSES = 20  # whole-number targets with more distinct values are regression
MIN_ROWS_PER_CLASS = 2  # whole-number targets with fewer rows a value than this are regression


class Target(NamedTuple):
    """What is to be predicted.

    Attributes:
        values: (n,) float64 numbers or int64 class codes.
        task_type: classification or regression.
        class_names: by code; empty for regression.
    """

    values: FloatArray | IntArray
    task_type: TaskType
    class_names: tuple[str, ...] = ()


def choose_target(names: list[str], target: object) -> tuple[str, str]:
    """The target column's name, and a sentence if it was chosen here.

    Args:
        names: the table's columns.
        target: as asked for; None chooses a usual name, or else the last column.

    Raises:
        UnknownNameError: there is no such column.
    """
    if target is not None:
        return _asked_for(names, str(target)), ""
    plain = {name.strip().lower(): name for name in reversed(names)}
    found = [plain[usual] for usual in USUAL_NAMES if usual in plain]
    chosen = found[0] if found else names[-1]
    why = "by its usual name" if found else "as the last column"
    return chosen, f"target: {quoted(chosen)[1:-1]}, chosen {why}; choose another with --target NAME"


def _asked_for(names: list[str], target: str) -> str:
    stripped = {name.strip(): name for name in names}
    if target in names:
        return target
    if target.strip() in stripped:
        return stripped[target.strip()]
    same = [name for name in names if name.strip().lower() == target.strip().lower()]
    if same:
        raise UnknownNameError(f"no column {quoted(target)}; did you mean {quoted(same[0])}?")
    raise UnknownNameError.of("column", target, [quoted(name)[1:-1] for name in names])


def infer_task_type(labels: "pd.Series[Any]") -> TaskType:
    """Classification for text, booleans, categories and few whole numbers; regression otherwise.

    Numbers written as text are labels if they are whole, and numbers otherwise.

    Args:
        labels: the known target values.
    """
    numbers = None if isinstance(labels.dtype, pd.CategoricalDtype) else as_numbers(labels)
    if numbers is None:
        return TaskType.CLASSIFICATION
    distinct = len(pd.unique(numbers))
    is_whole = bool((numbers == np.round(numbers)).all())
    is_few = distinct <= 2 or distinct <= min(MAX_INTEGER_CLASSES, len(numbers) // MIN_ROWS_PER_CLASS)
    is_label = is_few or types.is_string_dtype(labels.dtype)
    return TaskType.CLASSIFICATION if is_whole and is_label else TaskType.REGRESSION


def understand_target(
    labels: "pd.Series[Any]", task_type: TaskType | str | None, *, target: str
) -> tuple[Target, str]:
    """The target's values, and a sentence if the task was inferred here.

    Classes get codes in the sorted order of their labels as text.

    Args:
        labels: (n,) known values.
        task_type: what to make of them; inferred where None.
        target: the column's name, for the messages.

    Raises:
        UnknownNameError: there is no such task.
        InvalidDatasetError: the values cannot serve as a target of this task.
    """
    what = f"target {quoted(target)}"
    labels = without_arrow(labels)
    _check_dtype(labels, what)
    numbers = as_numbers(labels)
    if numbers is not None and np.isinf(numbers).any():
        raise InvalidDatasetError(
            f"{what} has {counted(int(np.isinf(numbers).sum()), 'infinite value')}; "
            "every value must be finite, so correct or clear them"
        )
    task = _parsed_task(task_type) if task_type is not None else infer_task_type(labels)
    read = _numbers if task is TaskType.REGRESSION else _classes
    answer = read(labels, numbers, what)
    return answer, "" if task_type is not None else _describe(answer, is_numeric=numbers is not None)


def _parsed_task(task_type: TaskType | str) -> TaskType:
    if task_type not in list(TaskType):
        raise UnknownNameError.of("task", task_type, [task.value for task in TaskType])
    return TaskType(task_type)


def _check_dtype(labels: "pd.Series[Any]", what: str) -> None:
    if labels.empty:
        raise InvalidDatasetError(f"{what} has no known value; name another column with --target NAME")
    if types.is_complex_dtype(labels.dtype):
        raise InvalidDatasetError(f"{what} has complex numbers; give a real number or a class")
    is_time = labels.dtype.kind in "mM" or isinstance(labels.dtype, pd.PeriodDtype)
    if is_time or (types.is_string_dtype(labels.dtype) and parsed_dates(as_texts(what, labels)) is not None):
        raise InvalidDatasetError(
            f"{what} holds dates or durations; classes or numbers can be predicted, "
            "so turn it into a number, or name another column with --target NAME"
        )


def _numbers(labels: "pd.Series[Any]", numbers: FloatArray | None, what: str) -> Target:
    if numbers is None:
        example = next((str(label) for label in labels if as_numbers(pd.Series([label])) is None), "")
        raise InvalidDatasetError(
            f"{what} has text such as {quoted(example)}; regression needs numbers, "
            "so use --task classification or another --target NAME"
        )
    if numbers.min() == numbers.max():
        raise InvalidDatasetError(
            f"{what} is {numbers[0]:g} in every row, so there is nothing to learn; "
            "name another column with --target NAME"
        )
    return Target(numbers, TaskType.REGRESSION)


def _classes(labels: "pd.Series[Any]", numbers: FloatArray | None, what: str) -> Target:
    is_object = types.is_object_dtype(labels.dtype)  # may hold lists, which cannot be told apart but as text
    codes, levels = pd.factorize(labels.map(str) if is_object else labels)
    is_float = types.is_float_dtype(labels.dtype)
    texts = [_label(level) if is_float else str(level) for level in np.asarray(levels, dtype=object)]
    names, rank = np.unique(np.array(texts, dtype=object), return_inverse=True)
    if len(names) == 1:
        raise InvalidDatasetError(
            f"{what} has one class, {quoted(names[0])}; at least two are needed, "
            "so name another column with --target NAME"
        )
    if len(names) == len(labels):
        advice = "use --task regression or" if numbers is not None else "name"
        raise InvalidDatasetError(
            f"{what} has a different value in each of its {len(labels):,} rows, so no class repeats; "
            f"{advice} another column with --target NAME"
        )
    class_names = tuple(str(name) for name in names)
    return Target(rank[codes].astype(np.int64), TaskType.CLASSIFICATION, class_names)


def _label(level: float) -> str:
    """A class label as people write it: 1, not 1.0 where a missing value made the column floating."""
    return str(int(level)) if float(level).is_integer() else str(level)


def _describe(answer: Target, *, is_numeric: bool) -> str:
    """The sentence that says which task was inferred, and how to change it."""
    names = answer.class_names
    if answer.task_type is TaskType.REGRESSION:
        other, seen = TaskType.CLASSIFICATION, counted(len(pd.unique(answer.values)), "distinct number")
    else:
        other, seen = TaskType.REGRESSION, f"{len(names):,} classes: {listed(list(names))}"
    hint = f"; choose the other with --task {other}" if is_numeric else ""
    return f"task: {answer.task_type}, inferred from the target ({seen}){hint}"
