"""The kind of every column: what a column of a data frame is, and its values as numbers or codes.

Declared types (categorical, boolean, datetime dtypes) are kept. Strings are looked at: numbers, dates and
true/false written as text become what they say; the rest is categorical, or text where most values differ.

Shapes: n rows.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from autometa.dataset import Column, ColumnKind, FloatArray, IntArray
from autometa.errors import InvalidDatasetError
from autometa.readers.names import quoted

MIN_TEXT_LEVELS = 20  # fewer distinct strings than this are always categories
TEXT_SHARE = 0.5  # more distinct strings than this share of the known values are free text
TRUTH = {"true": 1.0, "false": 0.0}
SCAN_ROWS = 1000  # a string column is tried as numbers or dates on this many values first
EPOCH = pd.Timestamp(0, tz="UTC").as_unit("s")  # in seconds, lest dates beyond 2262 overflow
FLOAT64 = np.dtype(np.float64)

Typed = tuple[Column, NDArray[Any]]  # numbers (n,) float64, or codes (n,) int64 with -1 missing


def type_column(name: str, series: "pd.Series[Any]") -> Typed:
    """The column's kind with its values.

    Args:
        name: the column's name.
        series: (n,) raw values.

    Returns:
        The column, and (n,) float64 numbers for numeric and datetime kinds, (n,) int64 codes otherwise.

    Raises:
        InvalidDatasetError: complex numbers.
    """
    series = without_arrow(series)
    dtype = series.dtype
    if isinstance(dtype, np.dtype) and dtype == FLOAT64:
        return Column(name, ColumnKind.NUMERIC, is_float=True), series.to_numpy()
    if isinstance(dtype, pd.CategoricalDtype):
        return _coded(name, ColumnKind.CATEGORICAL, series)
    if types.is_bool_dtype(dtype):
        return _coded(name, ColumnKind.BOOLEAN, series)
    if types.is_datetime64_any_dtype(dtype):
        return Column(name, ColumnKind.DATETIME), _seconds(series)
    if dtype.kind == "m":
        seconds = _floats(series.dt.total_seconds())
        return Column(name, ColumnKind.NUMERIC, is_float=True), seconds
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return Column(name, ColumnKind.NUMERIC, is_float=not types.is_integer_dtype(dtype)), _floats(series)
    return _type_objects(name, series)


def without_arrow(series: "pd.Series[Any]") -> "pd.Series[Any]":
    """The same values; as objects where Arrow's own type is text, a list, a date and the like.

    Those lack what the other types can do, or answer differently.
    """
    is_odd = isinstance(series.dtype, pd.ArrowDtype) and series.dtype.kind not in "iufbmM"
    return series.astype(object) if is_odd else series


def as_numbers(values: "pd.Series[Any]") -> FloatArray | None:
    """Numbers, also where they are written as text; None if any value is something else.

    Args:
        values: (n,) known values. Booleans, dates and complex numbers are not numbers.
    """
    dtype = values.dtype
    if types.is_bool_dtype(dtype) or types.is_complex_dtype(dtype):
        return None
    if types.is_numeric_dtype(dtype):
        return _floats(values)
    if not types.is_object_dtype(dtype) and not types.is_string_dtype(dtype):
        return None
    return None if _parsed_numbers(values.iloc[:SCAN_ROWS]) is None else _parsed_numbers(values)


def _parsed_numbers(values: "pd.Series[Any]") -> FloatArray | None:
    try:
        numbers = pd.to_numeric(values, errors="coerce")
    except OverflowError:  # digits beyond the largest float: no quantity, but a key
        return None
    is_real = types.is_numeric_dtype(numbers.dtype) and not types.is_bool_dtype(numbers.dtype)
    is_real = is_real and not types.is_complex_dtype(numbers.dtype)
    return _floats(numbers) if is_real and numbers.notna().all() else None


def _floats(series: "pd.Series[Any]") -> FloatArray:
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _type_objects(name: str, series: "pd.Series[Any]") -> Typed:
    """Strings and mixed objects: numbers, truth values, dates, categories or text."""
    is_known = series.notna()
    known = series if is_known.all() else series[is_known]
    if known.empty:
        return Column(name, ColumnKind.NUMERIC, is_float=True), np.full(len(series), np.nan)
    _refuse_complex(name, known)
    found = as_numbers(known)
    if found is not None:
        is_float = len(known) < len(series) or not bool((found == np.round(found)).all())
        return Column(name, ColumnKind.NUMERIC, is_float=is_float), _spread(found, is_known)
    texts = as_texts(f"column {name!a}", known)
    if _all_truth(texts.iloc[:SCAN_ROWS]) and _all_truth(texts):
        return _coded(name, ColumnKind.BOOLEAN, texts.str.lower().reindex(series.index))
    is_period = isinstance(series.dtype, pd.PeriodDtype)  # stays a category: it is no single moment
    stamps = None if is_period else parsed_dates(texts)
    if stamps is not None:
        return Column(name, ColumnKind.DATETIME), _spread(_seconds(stamps), is_known)
    column, codes = _coded(name, ColumnKind.CATEGORICAL, texts.reindex(series.index))
    n_levels = int(codes.max()) + 1
    if n_levels > MIN_TEXT_LEVELS and n_levels > TEXT_SHARE * len(known):
        column = Column(name, ColumnKind.TEXT)
    return column, codes


def _refuse_complex(name: str, known: "pd.Series[Any]") -> None:
    head = known.iloc[:SCAN_ROWS]
    if types.is_complex_dtype(known.dtype) or any(isinstance(value, complex) for value in head):
        raise InvalidDatasetError(
            f"column {quoted(name)} has complex numbers; give their real and imaginary parts as two columns"
        )


def _spread(values: FloatArray, is_known: "pd.Series[bool]") -> FloatArray:
    """(n,) the known rows' numbers in their places, NaN elsewhere."""
    if len(values) == len(is_known):
        return values
    spread = np.full(len(is_known), np.nan)
    spread[is_known.to_numpy()] = values
    return spread


def _coded(name: str, kind: ColumnKind, series: "pd.Series[Any]") -> tuple[Column, IntArray]:
    """Codes in the sorted order of the levels as text, so that equal tables get equal codes."""
    codes, levels = pd.factorize(series)
    names = np.array([str(level) for level in np.asarray(levels, dtype=object)], dtype=object)
    order = np.argsort(names, kind="stable")
    rank = np.full(len(names) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(names))
    return Column(name, kind), rank[codes]


def _all_truth(texts: "pd.Series[Any]") -> bool:
    return bool(texts.str.lower().isin(TRUTH).all())


def as_texts(what: str, known: "pd.Series[Any]") -> "pd.Series[Any]":
    """The known values as text.

    Raises:
        InvalidDatasetError: half a character, as a wrong decoding leaves behind.
    """
    try:
        return known.astype(str)
    except UnicodeEncodeError as error:
        raise InvalidDatasetError(
            f"{what} has text that is not valid Unicode; read it again with the right encoding"
        ) from error


def parsed_dates(texts: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """The moments of ISO 8601 texts, "2026-01-31" or "2026-01-31 12:00"; None if any text is no date."""
    return None if _all_dates(texts.iloc[:SCAN_ROWS]) is None else _all_dates(texts)


def _all_dates(texts: "pd.Series[Any]") -> "pd.Series[Any] | None":
    if not texts.str.match(r"\d{4}-\d{1,2}-\d{1,2}").all():
        return None
    stamps = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=True)
    return stamps if stamps.notna().all() else None


def _seconds(series: "pd.Series[Any]") -> FloatArray:
    """Seconds since 1970, NaN where there is no date."""
    since = pd.to_datetime(series, utc=True) - EPOCH
    return _floats(since.dt.total_seconds())
