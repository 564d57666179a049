"""What is noticed about the columns: constant, empty, repeated, row numbers, infinities, many values.

Shapes: n rows, p numeric and datetime columns, q boolean, categorical and text columns.
"""

from collections.abc import Mapping

import numpy as np

from autometa.dataset import NUMBER_KINDS, Column, ColumnKind, Dataset, FloatArray, IntArray
from autometa.readers.names import counted, listed, quoted

MIN_ID_ROWS = 20  # in fewer rows, distinct values are no sign of a row id
HIGH_CARDINALITY = 50  # categories with more levels than this are pointed out
PREFIX_ROWS = 64  # columns that differ within these rows are not compared further

ALL_MISSING, CONSTANT, ROW_ID = (
    "all values are missing",
    "constant",
    "looks like a row id: every value differs",
)


def observe(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Short phrases about every input column with something to notice, by its name, in the table's order."""
    found: dict[str, list[str]] = {column.name: [] for column in dataset.columns}
    numbers = [column for column in dataset.columns if column.kind in NUMBER_KINDS]
    others = [column for column in dataset.columns if column.kind not in NUMBER_KINDS]
    lows, highs = _ranges(dataset.numeric)
    for place, column in enumerate(numbers):
        found[column.name] += _about_numbers(column, dataset.numeric[:, place], lows[place], highs[place])
    for place, column in enumerate(others):
        found[column.name] += _about_codes(column, dataset.categorical[:, place])
    for columns, values in ((numbers, dataset.numeric), (others, dataset.categorical)):
        for place, first in _repeats(values).items():
            if ALL_MISSING not in found[columns[place].name]:
                found[columns[place].name].append(f"repeats column {quoted(columns[first].name)}")
    return {name: tuple(phrases) for name, phrases in found.items() if phrases}


def summarise(dataset: Dataset, column_notes: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The same as a few sentences, each naming the columns it holds for."""
    by_phrase: dict[str, list[str]] = {}
    for name, phrases in column_notes.items():
        for phrase in phrases:
            by_phrase.setdefault(phrase, []).append(name)
    n_unlabelled = dataset.n_unlabelled
    sentences = [f"left out: {counted(n_unlabelled, 'row')} without a target value"] if n_unlabelled else []
    sentences += [f"{phrase}: {listed(names)}" for phrase, names in by_phrase.items()]
    for kind in (ColumnKind.BOOLEAN, ColumnKind.DATETIME, ColumnKind.TEXT):
        names = [column.name for column in dataset.of_kind(kind)]
        sentences += [f"{kind} columns: {listed(names)}"] if names else []
    return sentences


def _ranges(numeric: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(p,) smallest and (p,) largest value of each column, NaN where all are missing."""
    return np.fmin.reduce(numeric, axis=0), np.fmax.reduce(numeric, axis=0)


def _about_numbers(column: Column, values: FloatArray, low: float, high: float) -> list[str]:
    phrases = []
    if np.isinf(low) or np.isinf(high):
        is_infinite = np.isinf(values)
        phrases.append(f"{counted(int(is_infinite.sum()), 'infinite value')} taken as missing")
        finite = values[~is_infinite & ~np.isnan(values)]
        low, high = (finite.min(), finite.max()) if len(finite) else (np.nan, np.nan)
    if np.isnan(low):
        phrases.append(ALL_MISSING)
    elif low == high:
        phrases.append(CONSTANT)
    elif column.kind is ColumnKind.NUMERIC and not column.is_float and _all_differ(values, high - low):
        phrases.append(ROW_ID)
    return phrases


def _all_differ(values: FloatArray, spread: float) -> bool:
    n = len(values)
    if n < MIN_ID_ROWS or spread < n - 1:
        return False
    return all(len(np.unique(values[:rows])) == min(rows, n) for rows in (PREFIX_ROWS, n))


def _about_codes(column: Column, codes: IntArray) -> list[str]:
    n_levels = int(codes.max()) + 1
    if n_levels == 0:
        return [ALL_MISSING]
    if n_levels == 1:
        return [CONSTANT]
    if n_levels == len(codes) >= MIN_ID_ROWS:
        return [ROW_ID]
    if column.kind is ColumnKind.CATEGORICAL and n_levels > HIGH_CARDINALITY:
        return [f"{n_levels:,} distinct categories"]
    return []


def _repeats(values: FloatArray | IntArray) -> dict[int, int]:
    """Places of columns with the same values as an earlier one, with the earlier one's place."""
    repeats: dict[int, int] = {}
    firsts: dict[bytes, list[int]] = {}
    for place, column in enumerate(values.T):
        alike = firsts.setdefault(column[:PREFIX_ROWS].tobytes(), [])
        same = next((first for first in alike if _is_equal(values[:, first], column)), None)
        if same is None:
            alike.append(place)
        else:
            repeats[place] = same
    return repeats


def _is_equal(one: FloatArray | IntArray, other: FloatArray | IntArray) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
