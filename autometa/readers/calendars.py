"""Dates in a text table that are not written as ISO 8601: 31.01.2026, 31/01/2026, 1/31/2026, 2026/01/31."""

from typing import Any

import pandas as pd

from autometa.readers.names import listed
from autometa.readers.placeholders import is_text

SCAN_ROWS = 1000  # a column is given up if any of these values is no such date
_DATE = r"(?:\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}([./])\d{1,2}\2\d{1,2})(?: \d{1,2}:\d{2}(?::\d{2})?)?$"
_FORMATS = {  # by the mark between the parts: the more usual order first
    ".": ("%d.%m.%Y", "%Y.%m.%d", "%m.%d.%Y"),
    "-": ("%d-%m-%Y", "%m-%d-%Y"),
    "/": ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d"),
}
_TIMES = ("", " %H:%M", " %H:%M:%S")  # by the number of colons
_ORDERS = {"%d": "day first", "%m": "month first", "%Y": "year first"}


def read_dates(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame with columns of such dates as datetimes, and a sentence that says which part stands first.

    The order that fits every value is taken; where two fit, the one that is more usual with the mark between
    the parts: day first with points and dashes, month first with slashes.

    Args:
        frame: as parsed.
    """
    changed: dict[str, pd.Series[Any]] = {}
    by_order: dict[str, list[str]] = {}
    for name, series in frame.items():
        found = _parsed(series) if is_text(series) else None
        if found is not None:
            changed[str(name)], order = found
            by_order.setdefault(order, []).append(str(name))
    notes = [f"dates are read {order} in: {listed(names)}" for order, names in by_order.items()]
    return (frame.assign(**changed) if changed else frame), notes


def _parsed(series: "pd.Series[Any]") -> "tuple[pd.Series[Any], str] | None":
    """The moments and which part stands first, or None if any known value is no such date."""
    known = series.dropna()
    if known.empty or not known.iloc[:SCAN_ROWS].str.match(_DATE).all() or not known.str.match(_DATE).all():
        return None
    first = str(known.iloc[0])
    mark = next(letter for letter in first if not letter.isdigit())
    for date in _FORMATS[mark]:
        moments = pd.to_datetime(series, format=date + _TIMES[first.count(":")], errors="coerce")
        if moments.notna().sum() == len(known):
            return moments, _ORDERS[date[:2]]
    return None
