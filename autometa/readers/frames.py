"""table_from_frame: a data frame and the name of its target become a Table.

Shapes: n rows with a known target, p numeric and datetime columns, q boolean, categorical and text columns.
"""

from typing import Any

import numpy as np
import pandas as pd

from autometa.dataset import NUMBER_KINDS, Dataset, TaskType
from autometa.errors import InvalidDatasetError
from autometa.readers.columns import type_column
from autometa.readers.names import checked_names, counted, quoted
from autometa.readers.observations import ALL_MISSING, observe, summarise
from autometa.readers.table import Table
from autometa.readers.targets import Target, choose_target, understand_target

MIN_ROWS = 5  # with a known target; fewer cannot be split into folds


def table_from_frame(
    frame: pd.DataFrame,
    *,
    target: str | None = None,
    task_type: TaskType | str | None = None,
    name: str = "table",
) -> Table:
    """A table from a data frame.

    Args:
        frame: inputs and target, one row per example.
        target: name of the target column; where None, a usual name (target, class, label, y, outcome) or
            else the last column.
        task_type: inferred from the target where None.
        name: for people.

    Raises:
        UnknownNameError: there is no such target column or task.
        InvalidDatasetError: nothing to learn from: too few rows, no known target, one class, no input.

    >>> people = pd.DataFrame({"height": [1.5, 1.6, 1.7, 1.8, 1.9], "label": ["a", "b", "a", "b", "a"]})
    >>> table_from_frame(people).notes[0]
    'target: label, chosen by its usual name; choose another with --target NAME'
    """
    if not isinstance(frame, pd.DataFrame):
        raise InvalidDatasetError(f"{name}: a {type(frame).__name__} was given; wanted a pandas DataFrame")
    names = checked_names(frame.columns, source=name)
    chosen, target_note = choose_target(names, target)
    place = names.index(chosen)
    is_known = frame.iloc[:, place].notna().to_numpy(dtype=bool)
    labels = frame.iloc[:, place][is_known]
    _check_rows(len(labels), len(frame), name)
    answer, task_note = understand_target(labels, task_type, target=chosen)
    inputs = _inputs(frame, place, is_known)
    dataset = _dataset(inputs, answer, name=name, target_name=chosen, n_unlabelled=len(frame) - len(labels))
    column_notes = observe(dataset)
    _check_inputs(column_notes, dataset)
    notes = (target_note, task_note, *summarise(dataset, column_notes))
    return Table(inputs, dataset, tuple(note for note in notes if note), column_notes)


def _dataset(
    inputs: pd.DataFrame, answer: Target, *, name: str, target_name: str, n_unlabelled: int
) -> Dataset:
    typed = [type_column(str(column), series) for column, series in inputs.items()]
    numbers = [values for column, values in typed if column.kind in NUMBER_KINDS]
    codes = [values for column, values in typed if column.kind not in NUMBER_KINDS]
    return Dataset(
        name=name,
        numeric=_stack(numbers, len(inputs), np.float64),
        categorical=_stack(codes, len(inputs), np.int64),
        target=answer.values,
        task_type=answer.task_type,
        columns=tuple(column for column, _ in typed),
        target_name=target_name,
        class_names=answer.class_names,
        n_unlabelled=n_unlabelled,
    )


def _check_rows(n_known: int, n_rows: int, name: str) -> None:
    if 0 < n_known < MIN_ROWS:
        seen = counted(n_known, "row") + (" with a known target" if n_known < n_rows else "")
        raise InvalidDatasetError(
            f"{name}: the table has {seen}; at least {MIN_ROWS} are needed to learn from"
        )


def _check_inputs(column_notes: dict[str, tuple[str, ...]], dataset: Dataset) -> None:
    if all(ALL_MISSING in column_notes.get(column.name, ()) for column in dataset.columns):
        raise InvalidDatasetError(
            f"{dataset.name}: every value beside the target {quoted(dataset.target_name)} is missing; "
            "there is nothing to learn from"
        )


def _inputs(frame: pd.DataFrame, target_place: int, is_known: Any) -> pd.DataFrame:
    """The input columns, rows with a known target, rows counted from 0."""
    keep = [place for place in range(frame.shape[1]) if place != target_place]
    inputs = frame.iloc[:, keep]
    inputs = inputs if is_known.all() else inputs.loc[is_known]
    is_counted = (
        isinstance(inputs.index, pd.RangeIndex) and inputs.index.start == 0 and inputs.index.step == 1
    )
    return inputs if is_counted else inputs.reset_index(drop=True)


def _stack(columns: list[Any], n_rows: int, dtype: Any) -> Any:
    """(n, columns) column-major, also for no column at all."""
    matrix = np.empty((n_rows, len(columns)), dtype=dtype, order="F")
    for index, column in enumerate(columns):
        matrix[:, index] = column
    return matrix
