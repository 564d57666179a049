"""What is noticed about columns, in the table's notes and column by column."""

import numpy as np
import pandas as pd
import pytest

from autometa.readers import table_from_frame

N = 120
RNG = np.random.default_rng(0)
CONTENT = {
    "plain": RNG.normal(size=N),
    "id": RNG.permutation(N),
    "float_id": np.arange(N) / 2,
    "code": [f"k{i}" for i in range(N)],
    "same": 7,
    "same_word": "w",
    "void": [None] * N,
    "void_too": [np.nan] * N,
    "only_infinite": [np.inf] * N,
    "infinite": [np.inf, -np.inf, *RNG.normal(size=N - 2)],
    "city": [f"c{i % 60}" for i in range(N)],
    "town": [f"t{i % 60}" for i in range(N)],
    "target": ["a", "b"] * (N // 2),
}
EXPECTED = {
    "plain": None,
    "id": ("looks like a row id: every value differs",),
    "float_id": None,
    "code": ("looks like a row id: every value differs",),
    "same": ("constant",),
    "same_word": ("constant",),
    "void": ("all values are missing",),
    "void_too": ("all values are missing",),
    "only_infinite": ("120 infinite values taken as missing", "all values are missing"),
    "infinite": ("2 infinite values taken as missing",),
    "city": ("60 distinct categories",),
    "town": ("60 distinct categories", "repeats column 'city'"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_column_notes(name: str) -> None:
    table = table_from_frame(pd.DataFrame(CONTENT))
    assert table.column_notes.get(name) == EXPECTED[name]


def test_notes_name_the_columns_of_one_kind_together() -> None:
    notes = table_from_frame(pd.DataFrame(CONTENT)).notes
    assert "all values are missing: void, void_too, only_infinite" in notes
    assert "text columns: code" in notes


def test_long_lists_of_columns_are_shortened() -> None:
    frame = pd.DataFrame(
        {f"c{i}": 1 for i in range(8)} | {"x": np.arange(N) / 2, "target": CONTENT["target"]}
    )
    assert "constant: c0, c1, c2, c3, c4 and 3 more" in table_from_frame(frame).notes


def test_columns_that_differ_late_do_not_repeat() -> None:
    late = np.zeros(N)
    late[-1] = 1
    frame = pd.DataFrame({"x": np.zeros(N), "late": late, "target": CONTENT["target"]})
    assert "late" not in table_from_frame(frame).column_notes


def test_few_distinct_values_are_no_row_id() -> None:
    frame = pd.DataFrame({"x": range(10), "target": ["a", "b"] * 5})
    assert table_from_frame(frame).column_notes == {}
