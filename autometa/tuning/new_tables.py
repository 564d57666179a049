"""read_inputs: the columns of a new table as a model's training table had them.

Shapes: n rows.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import pandas as pd
from pandas.api import types

from autometa.dataset import NUMBER_KINDS, Column, ColumnKind
from autometa.errors import InvalidDatasetError
from autometa.learners.cleaning import TableCleaner
from autometa.tuning.model_card import ModelCard

N_NAMED = 3  # of many columns or levels, in a message


def read_inputs(frame: pd.DataFrame, card: ModelCard) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """(n, outputs) clean columns, and sentences about what could not be understood.

    Columns are found by name, in any order; others, such as the target, are ignored. A value that is no
    number (or no date) where the training table had numbers (or dates) counts as missing; a level that
    training did not see counts as unknown.

    Args:
        frame: (n, columns) raw, as a reader gave it.
        card: of the model.

    Raises:
        InvalidDatasetError: a column is missing.
    """
    named = frame.rename(columns=str)
    _check_columns(list(named.columns), card)
    declared = {column.name: _as_declared(named[column.name], column, card) for column in card.columns}
    raw = pd.DataFrame(declared, index=frame.index)
    clean = TableCleaner(card.columns).transform(raw)
    notes = [_note(raw[column.name], clean[column.name], column, card) for column in card.columns]
    return clean, tuple(note for note in notes if note)


def _check_columns(names: Sequence[str], card: ModelCard) -> None:
    missing = [column.name for column in card.columns if column.name not in names]
    if missing:
        what = "column" if len(missing) == 1 else f"{len(missing)} columns are missing, among them"
        is_missing = " is missing" if len(missing) == 1 else ""
        spare = [name for name in names if name not in {column.name for column in card.columns}]
        close = get_close_matches(missing[0], spare, n=1)
        hint = (
            f"is it the column {close[0]!r}?" if close else "add it, with empty cells where it is not known"
        )
        raise InvalidDatasetError(
            f"{what} {missing[0]!r}{is_missing}; the model was trained on {len(card.columns)} columns of "
            f"{card.name}; {hint}"
        )


def _as_declared(series: "pd.Series[Any]", column: Column, card: ModelCard) -> "pd.Series[Any]":
    """Levels written as numbers become what training wrote: 1.0 is "1", where a missing value is near."""
    is_number = types.is_numeric_dtype(series.dtype) and not types.is_bool_dtype(series.dtype)
    if column.kind in NUMBER_KINDS or not is_number:
        return series
    known = {_number(level): level for level in reversed(card.levels.get(column.name, ()))}
    return series.map(lambda value: known.get(float(value), value), na_action="ignore").astype(object)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _note(raw: "pd.Series[Any]", clean: "pd.Series[Any]", column: Column, card: ModelCard) -> str:
    """What was lost of a column; empty if nothing was."""
    if column.kind in NUMBER_KINDS:
        n_lost = int((raw.notna() & clean.isna()).sum())
        what = "date" if column.kind is ColumnKind.DATETIME else "finite number"
        said = f"value is no {what} and counts" if n_lost == 1 else f"values are no {what}s and count"
        return f"column {column.name!r}: {n_lost:,} {said} as missing" if n_lost else ""
    levels = card.levels.get(column.name)
    if levels is None:
        return ""
    new = sorted(set(clean.dropna()) - set(levels))
    shown = ", ".join(repr(level) for level in new[:N_NAMED]) + (", …" if len(new) > N_NAMED else "")
    said = "level was" if len(new) == 1 else "levels were"
    return f"column {column.name!r}: {len(new):,} {said} not seen in training: {shown}" if new else ""
