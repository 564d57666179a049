"""table_from_frame: a data frame and the name of its target become a Table."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from autometa.dataset import NUMBER_KINDS, Dataset, FloatArray, IntArray, TaskType
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.readers.columns import type_column
from autometa.readers.table import Table

MAX_INTEGER_CLASSES = 20  # whole-number targets with more distinct values are regression


def table_from_frame(
    frame: pd.DataFrame, *, target: str, task_type: TaskType | None = None, name: str = "table"
) -> Table:
    """A table from a data frame.

    Args:
        frame: inputs and target, one row per example.
        target: name of the target column.
        task_type: inferred from the target where None.
        name: for people.

    Raises:
        UnknownNameError: there is no such target column.
        InvalidDatasetError: nothing to learn from: no known target, one class, no input.
    """
    if target not in frame.columns:
        raise UnknownNameError.of("column", target, [str(column) for column in frame.columns])
    labels = frame[target]
    known = labels.notna()
    task = task_type or infer_task_type(labels[known])
    inputs = frame.loc[known].drop(columns=[target]).reset_index(drop=True)
    values, class_names = _target_values(labels[known], task, target)
    typed = [type_column(str(column), inputs[column]) for column in inputs.columns]
    numbers = [values_ for column, values_ in typed if column.kind in NUMBER_KINDS]
    codes = [values_ for column, values_ in typed if column.kind not in NUMBER_KINDS]
    dataset = Dataset(
        name=name,
        numeric=_stack(numbers, len(values), np.float64),
        categorical=_stack(codes, len(values), np.int64),
        target=values,
        task_type=task,
        columns=tuple(column for column, _ in typed),
        target_name=target,
        class_names=class_names,
        n_unlabelled=int((~known).sum()),
    )
    return Table(inputs, dataset)


def infer_task_type(labels: "pd.Series[Any]") -> TaskType:
    """Classification for text, booleans, categories and few whole numbers; regression otherwise.

    Args:
        labels: the known target values.
    """
    if not types.is_numeric_dtype(labels.dtype) or types.is_bool_dtype(labels.dtype):
        return TaskType.CLASSIFICATION
    distinct = labels.nunique()
    is_whole = bool((labels == labels.round()).all())
    return TaskType.CLASSIFICATION if is_whole and distinct <= MAX_INTEGER_CLASSES else TaskType.REGRESSION


def _target_values(
    labels: "pd.Series[Any]", task: TaskType, target: str
) -> tuple[FloatArray | IntArray, tuple[str, ...]]:
    if labels.empty:
        raise InvalidDatasetError(f"target {target!r} has no known value; name another column with --target")
    if task is TaskType.REGRESSION:
        numbers = pd.to_numeric(labels, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        return numbers, ()
    names, codes = np.unique(labels.astype(str).to_numpy(dtype=object).astype(str), return_inverse=True)
    return codes.astype(np.int64), tuple(str(class_name) for class_name in names)


def _stack(columns: list[Any], n_rows: int, dtype: Any) -> Any:
    """(n, columns) column-major, also for no column at all."""
    matrix = np.empty((n_rows, len(columns)), dtype=dtype, order="F")
    for index, column in enumerate(columns):
        matrix[:, index] = column
    return matrix
