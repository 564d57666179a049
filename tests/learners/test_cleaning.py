"""TableCleaner: the same value reads the same, whatever dtype it comes in."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from autometa.dataset import Column, ColumnKind
from autometa.errors import InvalidDatasetError
from autometa.learners.cleaning import TableCleaner

SINCE = 1769817600.0  # 2026-01-31, a Saturday, in seconds since 1970


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        pytest.param("numeric", [1, 2], [1.0, 2.0], id="integers"),
        pytest.param("numeric", [np.inf, -np.inf, 3.0], [np.nan, np.nan, 3.0], id="infinities are missing"),
        pytest.param("numeric", ["1", "2.5", "lots"], [1.0, 2.5, np.nan], id="numbers as text"),
        pytest.param("numeric", pd.array([1, None], dtype="Int64"), [1.0, np.nan], id="nullable integers"),
        pytest.param(
            "numeric", pd.to_timedelta([1, None], unit="h"), [3600.0, np.nan], id="durations in seconds"
        ),
        pytest.param("boolean", [True, False], ["true", "false"], id="booleans"),
        pytest.param("boolean", ["TRUE", "False", None], ["true", "false", None], id="truth as text"),
        pytest.param(
            "boolean", pd.array([True, None], dtype="boolean"), ["true", None], id="nullable booleans"
        ),
        pytest.param("categorical", ["a", None], ["a", None], id="strings"),
        pytest.param("categorical", pd.Categorical([1, 2]), ["1", "2"], id="whole-number categories"),
        pytest.param("categorical", pd.Categorical([1, None]), ["1", None], id="whole numbers, one missing"),
        pytest.param("categorical", [3, 4], ["3", "4"], id="numbers where categories were"),
        pytest.param("text", ["a b", None], ["a b", None], id="text"),
    ],
)
def test_values_become_their_kind(kind: str, values: Any, expected: list[Any]) -> None:
    clean = _clean(kind, values)["x"]
    if kind == "numeric":
        assert clean.dtype == np.float64
        np.testing.assert_array_equal(clean, expected)
    else:
        assert clean.astype(object).where(clean.notna(), None).tolist() == expected


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(pd.to_datetime(["2026-01-31", None]), id="stamps"),
        pytest.param(pd.to_datetime(["2026-01-31", None]).tz_localize("UTC"), id="stamps with a zone"),
        pytest.param(["2026-01-31", None], id="text"),
        pytest.param(["2026-01-31T00:00:00", "never"], id="text with a time"),
    ],
)
def test_dates_become_seconds_month_weekday_and_hour(values: Any) -> None:
    clean = _clean("datetime", values)
    assert list(clean.columns) == ["x", "x.month", "x.weekday", "x.hour"]
    np.testing.assert_array_equal(clean, [[SINCE, 1, 5, 0], [np.nan] * 4])


def test_dates_with_and_without_a_time_are_read_side_by_side() -> None:
    clean = _clean("datetime", ["2026-01-31", "2026-01-31 12:00"])
    np.testing.assert_array_equal(clean["x"], [SINCE, SINCE + 12 * 3600])


def test_missing_column_is_named() -> None:
    with pytest.raises(InvalidDatasetError, match="column 'x' is missing; the model was made for 1 columns"):
        TableCleaner((Column("x", ColumnKind.NUMERIC),)).transform(pd.DataFrame({"y": [1]}))


def test_undeclared_columns_are_ignored_and_order_is_as_declared() -> None:
    columns = (Column("b", ColumnKind.NUMERIC), Column("a", ColumnKind.NUMERIC))
    clean = TableCleaner(columns).fit_transform(pd.DataFrame({"a": [1], "extra": [2], "b": [3]}))
    assert clean.to_dict("list") == {"b": [3.0], "a": [1.0]}


def _clean(kind: str, values: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"x": values})
    return TableCleaner((Column("x", ColumnKind(kind)),)).fit(frame).transform(frame)
