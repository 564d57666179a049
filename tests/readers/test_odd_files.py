"""Odd but readable files are read for what they mean, and what was decided is said."""

import io
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa.dataset import ColumnKind, TaskType
from autometa.readers import Table, read_table
from tests.readers.bad_files import GOOD
from tests.readers.odd_files import COMMAS, ODD, Odd, X


def read(odd: Odd, folder: Path) -> Table:
    path = folder / odd.file
    path.write_bytes(odd.content)
    return read_table(path)


@pytest.mark.parametrize("case", ODD)
def test_read_table_understands(case: str, tmp_path: Path) -> None:
    odd = ODD[case]
    table = read(odd, tmp_path)
    assert {column.name: column.kind for column in table.dataset.columns} == odd.columns
    assert any(odd.note in note for note in table.notes)


@pytest.mark.parametrize(
    "case", [case for case, odd in ODD.items() if odd.columns == X and "Latin" not in case]
)
def test_ways_of_writing_leave_the_numbers_finite_or_missing(case: str, tmp_path: Path) -> None:
    table = read(ODD[case], tmp_path)
    assert np.isfinite(table.dataset.numeric).any()
    assert len(table.frame) == table.dataset.n_rows


@pytest.mark.parametrize(
    "case",
    [
        "tabs",
        "semicolons",
        "pipes",
        "spaces",
        "Excel's hint",
        "Windows line ends",
        "old Mac line ends",
        "blank lines",
        "rows end with the separator",
        "decimal commas",
        "row names as R writes them",
        "all lines end with the separator",
    ],
)
def test_the_same_table_written_otherwise_is_the_same(case: str, tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text(COMMAS)
    assert read(ODD[case], tmp_path).dataset.fingerprint() == read_table(plain).dataset.fingerprint()


def test_thousands_are_read(tmp_path: Path) -> None:
    values = read(ODD["commas between thousands"], tmp_path).dataset.numeric[:2, 0]
    assert values.tolist() == [1234.0, 1.0]


@pytest.mark.parametrize("folder_ending", [".csv", ".csv.gz"])
def test_the_name_is_the_files_without_endings(folder_ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"iris{folder_ending}"
    path.write_bytes(GOOD)
    assert read_table(path).dataset.name == "iris"


def test_read_table_takes_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD)))
    table = read_table("-")
    assert (table.dataset.name, table.dataset.n_rows) == ("stdin", 10)


def test_read_table_reads_a_pipe_that_cannot_seek(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(GOOD,))
    writer.start()
    table = read_table(pipe)
    writer.join()
    assert table.dataset.n_rows == 10


def test_read_table_takes_a_path_from_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data.csv").write_bytes(GOOD)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_table("~/data.csv").dataset.n_rows == 10


def test_parquet_keeps_declared_types(tmp_path: Path) -> None:
    codes = pd.Categorical(["1", "2"] * 5, categories=["2", "1", "3"])
    days = pd.date_range("2024", periods=10)
    frame = pd.DataFrame({"code": codes, "day": days, "flag": [True, False] * 5, "y": np.arange(10) / 7})
    frame.to_parquet(tmp_path / "data.parquet")
    table = read_table(tmp_path / "data.parquet")
    kinds = [column.kind for column in table.dataset.columns]
    assert kinds == [ColumnKind.CATEGORICAL, ColumnKind.DATETIME, ColumnKind.BOOLEAN]
    assert list(table.frame["code"].cat.categories) == ["2", "1", "3"]
    assert table.dataset.task_type is TaskType.REGRESSION


def test_a_named_index_in_parquet_is_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"x": np.arange(10) / 3, "y": ["a", "b"] * 5}, index=pd.Index(range(50, 60), name="customer")
    )
    frame.to_parquet(tmp_path / "data.parquet")
    assert [column.name for column in read_table(tmp_path / "data.parquet").dataset.columns] == [
        "customer",
        "x",
    ]
