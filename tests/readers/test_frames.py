"""Data frames of every dtype become tables, or give one clear sentence."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from autometa.dataset import ColumnKind, TaskType
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.readers import infer_task_type, table_from_frame

N = 40
LABELS = ["a", "b"] * (N // 2)
DAYS = pd.date_range("2024-01-01", periods=N)
NUMERIC, BOOLEAN, CATEGORICAL = ColumnKind.NUMERIC, ColumnKind.BOOLEAN, ColumnKind.CATEGORICAL
TEXT, DATETIME = ColumnKind.TEXT, ColumnKind.DATETIME


def arrow(values: list[Any], dtype: pa.DataType) -> Any:
    return pd.array(values, dtype=pd.ArrowDtype(dtype))


def objects(*values: Any) -> "pd.Series[Any]":
    """The values over and over, N in all."""
    return pd.Series([values[i % len(values)] for i in range(N)], dtype=object)


COLUMNS: dict[str, tuple[Any, ColumnKind, list[float]]] = {  # values, kind, first three numbers or codes
    "whole numbers": (range(N), NUMERIC, [0, 1, 2]),
    "unsigned": (np.arange(N, dtype=np.uint8), NUMERIC, [0, 1, 2]),
    "half precision": (np.arange(N, dtype=np.float16), NUMERIC, [0, 1, 2]),
    "nullable whole": (pd.array([None, *range(N - 1)], dtype="Int64"), NUMERIC, [np.nan, 0, 1]),
    "nullable float": (pd.array([None, *np.arange(N - 1) / 2], dtype="Float64"), NUMERIC, [np.nan, 0, 0.5]),
    "nullable boolean": (pd.array([None, True, False, True] * 10, dtype="boolean"), BOOLEAN, [-1, 1, 0]),
    "nullable string": (pd.array([None, "v", "u", "v"] * 10, dtype="string"), CATEGORICAL, [-1, 1, 0]),
    "booleans and None": (objects(None, True, False), BOOLEAN, [-1, 1, 0]),
    "arrow whole": (arrow([None, *range(N - 1)], pa.int64()), NUMERIC, [np.nan, 0, 1]),
    "arrow string": (arrow([None, "v", "u", "v"] * 10, pa.string()), CATEGORICAL, [-1, 1, 0]),
    "arrow boolean": (arrow([None, True, False, True] * 10, pa.bool_()), BOOLEAN, [-1, 1, 0]),
    "arrow timestamp": (
        arrow([None, *DAYS[1:]], pa.timestamp("us")),
        DATETIME,
        [np.nan, 1704153600, 1704240000],
    ),
    "arrow date": (arrow([datetime.date(2024, 1, 1)] * N, pa.date32()), DATETIME, [1704067200] * 3),
    "arrow decimal": (
        arrow([None, *[Decimal("1.5")] * 39], pa.decimal128(9, 2)),
        NUMERIC,
        [np.nan, 1.5, 1.5],
    ),
    "arrow list": (arrow([[1], [2]] * 20, pa.list_(pa.int64())), CATEGORICAL, [0, 1, 0]),
    "arrow duration": (arrow([datetime.timedelta(1)] * N, pa.duration("us")), NUMERIC, [86400] * 3),
    "arrow null": (arrow([None] * N, pa.null()), NUMERIC, [np.nan] * 3),
    "arrow dictionary": (arrow(LABELS, pa.dictionary(pa.int32(), pa.string())), CATEGORICAL, [0, 1, 0]),
    "mixed": (objects(1, "a", 2.5, None), CATEGORICAL, [0, 2, 1]),
    "numbers and NA": (objects(pd.NA, 1, 2, 3), NUMERIC, [np.nan, 1, 2]),
    "lists": (objects([1], [2], None), CATEGORICAL, [0, 1, -1]),
    "dictionaries": (objects({"a": 1}, {"a": 2}), CATEGORICAL, [0, 1, 0]),
    "arrays": (objects(np.zeros(2), np.ones(2)), CATEGORICAL, [0, 1, 0]),
    "decimals": (objects(Decimal("1.5"), None, Decimal(2)), NUMERIC, [1.5, np.nan, 2]),
    "huge whole numbers": (objects(10**30, 1), NUMERIC, [1e30, 1, 1e30]),
    "bytes": (objects(b"x", b"y"), CATEGORICAL, [0, 1, 0]),
    "dates": (DAYS, DATETIME, [1704067200, 1704153600, 1704240000]),
    "dates with a zone": (DAYS.tz_localize("Europe/Berlin"), DATETIME, [1704063600, 1704150000, 1704236400]),
    "dates beyond 2262": (np.array(["9999-12-31"] * N, dtype="datetime64[s]"), DATETIME, [253402214400] * 3),
    "date objects": (objects(datetime.date(2024, 1, 1)), DATETIME, [1704067200] * 3),
    "dates as text": (objects("2024-01-01T10:00:00Z", None), DATETIME, [1704103200, np.nan, 1704103200]),
    "no date at all": (pd.Series([pd.NaT] * N), DATETIME, [np.nan] * 3),
    "durations": (pd.to_timedelta([None, *range(N - 1)], unit="D"), NUMERIC, [np.nan, 0, 86400]),
    "periods": (pd.period_range("2024-01", periods=N, freq="M"), TEXT, [0, 1, 2]),
    "intervals": (pd.cut(np.arange(N), 4), CATEGORICAL, [0, 0, 0]),
    "sparse": (pd.arrays.SparseArray([0.0, 1.0] * 20), NUMERIC, [0, 1, 0]),
    "declared categories": (
        pd.Categorical(["v", "u"] * 20, categories=["w", "v", "u"]),
        CATEGORICAL,
        [1, 0, 1],
    ),
    "declared numbers": (pd.Categorical([2, 1] * 20), CATEGORICAL, [1, 0, 1]),
    "numbers as text": (objects("1", "2.5"), NUMERIC, [1, 2.5, 1]),
    "truth as text": (objects("TRUE", "False", None), BOOLEAN, [1, 0, -1]),
    "infinities": ([np.inf, 1.0, -np.inf, np.nan] * 10, NUMERIC, [np.inf, 1, -np.inf]),
    "empty strings": (objects("", "a"), CATEGORICAL, [0, 1, 0]),
    "nothing": ([None] * N, NUMERIC, [np.nan] * 3),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_table_from_frame_types(case: str) -> None:
    values, kind, first = COLUMNS[case]
    frame = pd.DataFrame({"x": values, "other": np.arange(N) / 3, "target": LABELS})
    dataset = table_from_frame(frame).dataset
    is_number = kind in (NUMERIC, DATETIME)
    assert dataset.columns[0].kind is kind
    np.testing.assert_array_equal((dataset.numeric if is_number else dataset.categorical)[:3, 0], first)


TARGETS: dict[str, tuple[Any, TaskType, tuple[str, ...]]] = {
    "text": (LABELS, TaskType.CLASSIFICATION, ("a", "b")),
    "few whole numbers": ([2, 10] * 20, TaskType.CLASSIFICATION, ("10", "2")),
    "whole numbers with missing": ([2, 10, None, 2] * 10, TaskType.CLASSIFICATION, ("10", "2")),
    "numbers as text": (objects("2", "10"), TaskType.CLASSIFICATION, ("10", "2")),
    "booleans": ([True, False] * 20, TaskType.CLASSIFICATION, ("False", "True")),
    "booleans and None": (objects(True, False, None), TaskType.CLASSIFICATION, ("False", "True")),
    "declared numbers": (
        pd.Categorical([3, 1] * 20, categories=[1, 2, 3]),
        TaskType.CLASSIFICATION,
        ("1", "3"),
    ),
    "lists": (objects([1], [2]), TaskType.CLASSIFICATION, ("[1]", "[2]")),
    "intervals": (pd.cut(np.arange(N), [-1, 20, 99]), TaskType.CLASSIFICATION, ("(-1, 20]", "(20, 99]")),
    "arrow string": (arrow(LABELS, pa.string()), TaskType.CLASSIFICATION, ("a", "b")),
    "nullable whole": (pd.array([None, 1, 2, 1] * 10, dtype="Int64"), TaskType.CLASSIFICATION, ("1", "2")),
    "many whole numbers": (range(N), TaskType.REGRESSION, ()),
    "as many whole numbers as rows": ([*range(10), *[None] * 30], TaskType.REGRESSION, ()),
    "fractions": ([0.5, 1.5] * 20, TaskType.REGRESSION, ()),
    "fractions as text": (objects("0.5", "1.5"), TaskType.REGRESSION, ()),
    "decimals": (objects(Decimal("0.5"), Decimal("1.5")), TaskType.REGRESSION, ()),
    "arrow decimal": (arrow([Decimal("0.5"), Decimal(1)] * 20, pa.decimal128(9, 1)), TaskType.REGRESSION, ()),
}


@pytest.mark.parametrize("case", TARGETS)
def test_table_from_frame_infers_the_task(case: str) -> None:
    values, task, class_names = TARGETS[case]
    table = table_from_frame(pd.DataFrame({"x": np.arange(N) / 3, "target": values}))
    assert (table.dataset.task_type, table.dataset.class_names) == (task, class_names)
    assert any(note.startswith(f"task: {task}, inferred") for note in table.notes)


def plain(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(N) / 3, **columns})


REFUSED: dict[str, tuple[Any, str]] = {
    "no frame": ({"x": [1]}, "a dict was given; wanted a pandas DataFrame"),
    "repeated names": (pd.DataFrame(np.zeros((N, 2)), columns=["x", "x"]), "'x' stands 2 times"),
    "names that read the same": (pd.DataFrame(np.zeros((N, 2)), columns=[1, "1"]), "'1' stands 2 times"),
    "names of several levels": (
        pd.DataFrame(np.zeros((N, 2)), columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
        "names of several levels",
    ),
    "no columns": (pd.DataFrame(index=range(N)), "the table has no columns"),
    "one column": (plain(), "the table has one column"),
    "too many columns": (pd.DataFrame(np.zeros((1, 20_001))), "20,001 columns; at most 20,000"),
    "no rows": (plain(target=1.0).iloc[:0], "target 'target' has no known value"),
    "complex input": (plain(z=[1j] * N, target=LABELS), "column 'z' has complex numbers"),
    "complex objects": (plain(z=objects(1j), target=LABELS), "column 'z' has complex numbers"),
    "complex target": (plain(target=np.arange(N) * 1j), "target 'target' has complex numbers"),
    "dates as target": (plain(target=DAYS), "holds dates or durations"),
    "durations as target": (plain(target=DAYS - DAYS[0]), "holds dates or durations"),
    "periods as target": (plain(target=DAYS.to_period("M")), "holds dates or durations"),
    "dates as text as target": (plain(target=DAYS.strftime("%Y-%m-%d")), "holds dates or durations"),
    "infinite target": (plain(target=[np.inf, *range(N - 1)]), "has 1 infinite value;"),
    "infinite class": (plain(target=[np.inf, 1] * 20), "has 20 infinite values"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_table_from_frame_refuses(case: str) -> None:
    frame, message = REFUSED[case]
    with pytest.raises(InvalidDatasetError) as error:
        table_from_frame(frame)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


CHOICES = {
    "last column": (["a", "b", "c"], "c", "chosen as the last column"),
    "usual name": (["Label", "b", "c"], "Label", "chosen by its usual name"),
    "the more usual of two": (["y", "CLASS", "c"], "CLASS", "chosen by its usual name"),
    "usual name with blanks": ([" target ", "b", "c"], " target ", "chosen by its usual name"),
    "names that are numbers": ([0, 1, 2], "2", "chosen as the last column"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_table_from_frame_chooses_the_target_and_says_so(case: str) -> None:
    names, target, note = CHOICES[case]
    table = table_from_frame(pd.DataFrame(np.arange(3 * N).reshape(N, 3) / 7, columns=names))
    assert table.dataset.target_name == target
    assert any(note in said and "--target NAME" in said for said in table.notes)


def test_a_target_asked_for_needs_no_note() -> None:
    table = table_from_frame(plain(a=LABELS, b=1.5), target="a", task_type="classification")
    assert not any(note.startswith(("target", "task")) for note in table.notes)


def test_table_from_frame_names_the_tasks_there_are() -> None:
    with pytest.raises(UnknownNameError, match="no task 'regresion'; did you mean 'regression'"):
        table_from_frame(plain(target=LABELS), task_type="regresion")


def test_rows_without_target_are_left_out_and_counted() -> None:
    frame = pd.DataFrame(
        {"x": np.arange(6.0), "y": ["a", None, "b", "a", "b", "a"]}, index=[5, 5, 5, 5, 5, 5]
    )
    table = table_from_frame(frame)
    assert table.dataset.n_unlabelled == 1
    assert table.frame["x"].tolist() == [0, 2, 3, 4, 5]
    assert list(table.frame.index) == [0, 1, 2, 3, 4]


def test_table_from_frame_leaves_the_frame_as_it_was() -> None:
    frame = plain(target=LABELS)
    before = frame.copy()
    table_from_frame(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_infer_task_type_takes_declared_categories_as_classes() -> None:
    assert infer_task_type(pd.Series(pd.Categorical(np.arange(99)))) is TaskType.CLASSIFICATION
