"""TableCleaner: a raw data frame becomes columns of the declared kinds, whatever dtypes it came with."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from autometa.dataset import Column, ColumnKind
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
        numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        return {column.name: np.where(np.isinf(numbers), np.nan, numbers)}
    if column.kind is ColumnKind.DATETIME:
        return _calendar(column.name, series)
    texts = series.astype(str).astype(object)
    if column.kind is ColumnKind.BOOLEAN:
        texts = texts.str.lower()
    return {column.name: texts.where(series.notna(), None).to_numpy(dtype=object)}


def _calendar(name: str, series: "pd.Series[Any]") -> dict[str, Any]:
    stamps = pd.to_datetime(series, errors="coerce", utc=True)
    seconds = (stamps - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return {
        name: seconds.to_numpy(np.float64),
        name + MONTHS: stamps.dt.month.to_numpy(np.float64, na_value=np.nan),
        name + WEEKDAYS: stamps.dt.dayofweek.to_numpy(np.float64, na_value=np.nan),
        name + HOURS: stamps.dt.hour.to_numpy(np.float64, na_value=np.nan),
    }
