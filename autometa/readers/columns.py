"""The kind of every column: what a column of a data frame is, and its values as numbers or codes.

Declared types (categorical, boolean, datetime dtypes) are kept. Strings are looked at: numbers, dates and
true/false written as text become what they say; the rest is categorical, or text where most values differ.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from autometa.dataset import Column, ColumnKind, FloatArray, IntArray

MIN_TEXT_LEVELS = 20  # fewer distinct strings than this are always categories
TEXT_SHARE = 0.5  # more distinct strings than this share of the known values are free text
TRUTH = {"true": 1.0, "false": 0.0}
SCAN_ROWS = 1000  # a string column is tried as numbers or dates on this many values first

Typed = tuple[Column, NDArray[Any]]  # numbers (n,) float64, or codes (n,) int64 with -1 missing


def type_column(name: str, series: "pd.Series[Any]") -> Typed:
    """The column's kind with its values.

    Args:
        name: the column's name.
        series: (n,) raw values.

    Returns:
        The column, and (n,) float64 numbers for numeric and datetime kinds, (n,) int64 codes otherwise.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _coded(name, ColumnKind.CATEGORICAL, series)
    if types.is_bool_dtype(dtype):
        return _coded(name, ColumnKind.BOOLEAN, series)
    if types.is_datetime64_any_dtype(dtype):
        return Column(name, ColumnKind.DATETIME), _seconds(series)
    if types.is_timedelta64_dtype(dtype):
        return Column(name, ColumnKind.NUMERIC, is_float=True), series.dt.total_seconds().to_numpy(np.float64)
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return _numbers(name, series)
    return _type_objects(name, series)


def _numbers(name: str, series: "pd.Series[Any]") -> Typed:
    values = series.to_numpy(dtype=np.float64, na_value=np.nan) if series.dtype != np.float64 else series.to_numpy()
    return Column(name, ColumnKind.NUMERIC, is_float=types.is_float_dtype(series.dtype)), values


def _type_objects(name: str, series: "pd.Series[Any]") -> Typed:
    """Strings and mixed objects: numbers, truth values, dates, categories or text."""
    known = series.dropna()
    head = known.iloc[:SCAN_ROWS]
    if known.empty:
        return Column(name, ColumnKind.NUMERIC, is_float=True), np.full(len(series), np.nan)
    if _all_numbers(head) and _all_numbers(known):
        return _numbers(name, pd.to_numeric(series, errors="coerce"))
    texts = known.astype(str)
    if texts.iloc[:SCAN_ROWS].str.lower().isin(TRUTH).all() and texts.str.lower().isin(TRUTH).all():
        return _coded(name, ColumnKind.BOOLEAN, series.astype(str).where(series.notna()).str.lower())
    if _all_dates(texts.iloc[:SCAN_ROWS]) and _all_dates(texts):
        return Column(name, ColumnKind.DATETIME), _seconds(pd.to_datetime(series, errors="coerce", format="ISO8601", utc=True))
    column, codes = _coded(name, ColumnKind.CATEGORICAL, series.astype(str).where(series.notna()))
    n_levels = int(codes.max()) + 1
    if n_levels > MIN_TEXT_LEVELS and n_levels > TEXT_SHARE * len(known):
        column = Column(name, ColumnKind.TEXT)
    return column, codes


def _coded(name: str, kind: ColumnKind, series: "pd.Series[Any]") -> tuple[Column, IntArray]:
    """Codes in the sorted order of the levels as text, so that equal tables get equal codes."""
    codes, levels = pd.factorize(series)
    names = np.array([str(level) for level in levels], dtype=object)
    order = np.argsort(names, kind="stable")
    rank = np.full(len(names) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(names))
    return Column(name, kind), rank[codes]


def _all_numbers(values: "pd.Series[Any]") -> bool:
    if not pd.api.types.is_object_dtype(values.dtype) and not pd.api.types.is_string_dtype(values.dtype):
        return False
    return bool(pd.to_numeric(values, errors="coerce").notna().all())


def _all_dates(texts: "pd.Series[Any]") -> bool:
    """ISO 8601 dates, with or without a time: "2026-01-31", "2026-01-31 12:00"."""
    if not texts.str.match(r"\d{4}-\d{1,2}-\d{1,2}").all():
        return False
    return bool(pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=True).notna().all())


def _seconds(series: "pd.Series[Any]") -> FloatArray:
    """Seconds since 1970, NaN where there is no date."""
    stamps = pd.to_datetime(series, utc=True).astype("datetime64[ns, UTC]")
    nanos = stamps.astype("int64").to_numpy(np.float64)
    nanos[stamps.isna().to_numpy()] = np.nan
    return nanos / 1e9
