"""TableCleaner: a raw data frame becomes columns of the declared kinds, whatever dtypes it came with."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from autometa.dataset import Column, ColumnKind, FloatArray
from autometa.errors import InvalidDatasetError

MONTHS, WEEKDAYS, HOURS = ".month", ".weekday", ".hour"  # suffixes of the calendar columns


class TableCleaner(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """First step of every pipeline: numbers as float64 (infinities missing), the rest as text or None.

    A datetime column gives four: seconds since 1970, month, weekday, hour. Columns that were not declared are
    ignored.

    Args:
        columns: the input columns with their kinds.
    """

    def __init__(self, columns: tuple[Column, ...]):
        self.columns = columns

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Nothing is learned; the columns are checked by `transform`."""
        self.n_features_in_ = len(self.columns)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """(n, inputs) raw values to (n, outputs) float64 and object columns.

        Raises:
            InvalidDatasetError: a declared column is missing.
        """
        by_name = {str(name): X.iloc[:, index] for index, name in enumerate(X.columns)}
        missing = [column.name for column in self.columns if column.name not in by_name]
        if missing:
            raise InvalidDatasetError(
                f"column {missing[0]!r} is missing; the model was made for {len(self.columns)} columns"
            )
        clean: dict[str, Any] = {}
        for column in self.columns:
            clean |= _clean(column, by_name[column.name])
        return pd.DataFrame(clean, index=X.index)

    def __sklearn_is_fitted__(self) -> bool:
        """Always: there is nothing to learn."""
        return True


def _clean(column: Column, series: "pd.Series[Any]") -> dict[str, Any]:
    if column.kind is ColumnKind.NUMERIC:
        return {column.name: _numbers(series)}
    if column.kind is ColumnKind.DATETIME:
        return _calendar(column.name, series)
    texts = _texts(series)
    if column.kind is ColumnKind.BOOLEAN:
        texts = texts.str.lower()
    return {column.name: texts.where(series.notna(), None).to_numpy(dtype=object)}


def _numbers(series: "pd.Series[Any]") -> FloatArray:
    """(n,) float64; infinities are missing, durations are seconds."""
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        seconds: FloatArray = series.dt.total_seconds().to_numpy(np.float64)
        return seconds
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isinf(numbers), np.nan, numbers)


def _texts(series: "pd.Series[Any]") -> "pd.Series[Any]":
    """(n,) objects as text; whole-number categories read the same whether or not a value is missing."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.rename_categories([str(level) for level in series.cat.categories]).astype(object)
    return series.astype(str).astype(object)


def _calendar(name: str, series: "pd.Series[Any]") -> dict[str, Any]:
    is_stamp = pd.api.types.is_datetime64_any_dtype(series.dtype)
    stamps = pd.to_datetime(series, errors="coerce", utc=True, format=None if is_stamp else "ISO8601")
    seconds = (stamps - pd.Timestamp("1970-01-01", tz="UTC")).dt.total_seconds()
    return {
        name: seconds.to_numpy(np.float64),
        name + MONTHS: stamps.dt.month.to_numpy(np.float64, na_value=np.nan),
        name + WEEKDAYS: stamps.dt.day_of_week.to_numpy(np.float64, na_value=np.nan),
        name + HOURS: stamps.dt.hour.to_numpy(np.float64, na_value=np.nan),
    }
