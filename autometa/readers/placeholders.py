"""Marks that people write for "not known": blanks anywhere, and a dash or a word between numbers."""

from typing import Any

import pandas as pd
from pandas.api import types

from autometa.readers.names import listed, quoted

PLACEHOLDERS = frozenset(
    {"-", "--", ".", "..", "*", "x", "na", "n.a.", "n/k", "nil", "missing", "unknown", "none"}
)
SCAN_ROWS = 1000  # a column is given up if most of these values are no numbers
NUMBER_SHARE = 0.5


def fill_placeholders(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame with blanks as missing, and columns of numbers and placeholders as numbers.

    A placeholder counts as missing only where all other values of its column are numbers: elsewhere "-" or
    "unknown" may well be a category.

    Args:
        frame: as parsed.

    Returns:
        The frame and a sentence for every kind of placeholder that was taken as missing.
    """
    changed: dict[Any, pd.Series[Any]] = {}
    found: dict[str, list[str]] = {}
    for name, series in frame.items():
        if not is_text(series):
            continue
        blank = series.str.isspace().eq(True)
        known = series.mask(blank) if blank.any() else series
        numbers, marks = _as_numbers(known)
        if numbers is not None or blank.any():
            changed[name] = known if numbers is None else numbers
            for mark in marks:
                found.setdefault(mark, []).append(str(name))
    notes = [f"{quoted(mark)} counts as missing in: {listed(names)}" for mark, names in sorted(found.items())]
    return (
        frame.assign(**{str(name): series for name, series in changed.items()}) if changed else frame
    ), notes


def is_text(series: "pd.Series[Any]") -> bool:
    """True for a column of texts, whichever dtype pandas gave it."""
    if isinstance(series.dtype, pd.StringDtype):
        return True
    return types.is_object_dtype(series.dtype) and types.infer_dtype(series, skipna=True) == "string"


def _as_numbers(series: "pd.Series[Any]") -> "tuple[pd.Series[Any] | None, list[str]]":
    """The column as numbers with the placeholders that stood between them, or None."""
    head = series.iloc[:SCAN_ROWS].dropna()
    if head.empty or pd.to_numeric(head, errors="coerce").notna().mean() < NUMBER_SHARE:
        return None, []
    numbers = pd.to_numeric(series, errors="coerce")
    others = series[numbers.isna() & series.notna()].str.strip().unique()
    if not all(other.lower() in PLACEHOLDERS for other in others):
        return None, []
    return numbers, [str(other) for other in others]
