"""ARFF files: declared types are kept, sparse rows are filled."""

from pathlib import Path

import numpy as np
import pytest

from autometa.dataset import ColumnKind
from autometa.readers import Table, read_table

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "openml_recorded" / "data_134.arff"
HEAD = """% made by hand
@RELATION 'a relation'

@attribute 'first name' STRING
@attribute size {small, 'very large', "big"}
@attribute code {1, 2, 3}
@ATTRIBUTE count numeric
@attribute share REAL
@attribute day date 'yyyy-MM-dd'
@attribute outcome {yes, no}
@data
"""
ROW = "Ann,'very large',2,7,7,2024-01-01,yes\n% a remark\n'Bob B.',?,1,8,1.5,?,no\n"


def read(text: str, folder: Path, encoding: str = "utf-8") -> Table:
    path = folder / "data.arff"
    path.write_text(text, encoding=encoding)
    return read_table(path)


def test_declared_types_are_kept(tmp_path: Path) -> None:
    table = read(HEAD + ROW * 5, tmp_path)
    kinds = {column.name: column.kind for column in table.dataset.columns}
    assert kinds == {
        "first name": ColumnKind.CATEGORICAL,
        "size": ColumnKind.CATEGORICAL,
        "code": ColumnKind.CATEGORICAL,
        "count": ColumnKind.NUMERIC,
        "share": ColumnKind.NUMERIC,
        "day": ColumnKind.DATETIME,
    }
    assert table.dataset.class_names == ("no", "yes")


def test_declared_levels_are_kept_and_missing_values_stay_missing(tmp_path: Path) -> None:
    frame = read(HEAD + ROW * 5, tmp_path).frame
    assert list(frame["size"].cat.categories) == ["small", "very large", "big"]
    assert frame["size"].isna().sum() == 5
    assert frame["day"].isna().sum() == 5


def test_whole_numbers_are_integers_unless_declared_real(tmp_path: Path) -> None:
    columns = {column.name: column for column in read(HEAD + ROW * 5, tmp_path).dataset.columns}
    assert not columns["count"].is_float
    assert columns["share"].is_float


def test_sparse_rows_are_filled_with_zero_or_the_first_level(tmp_path: Path) -> None:
    head = "@relation r\n@attribute x numeric\n@attribute c {u, v}\n@attribute class {a, b}\n@data\n"
    table = read(head + "{0 1.5, 2 b}\n{1 v}\n{}\n" * 4, tmp_path)
    assert table.dataset.numeric[:3, 0].tolist() == [1.5, 0, 0]
    assert table.dataset.categorical[:3, 0].tolist() == [0, 1, 0]
    assert table.dataset.target[:3].tolist() == [1, 0, 0]


def test_the_last_attribute_is_the_target_where_no_name_is_usual(tmp_path: Path) -> None:
    table = read(
        "@relation r\n@attribute u real\n@attribute v real\n@data\n" + "1,2\n3,4\n5,7\n" * 3, tmp_path
    )
    assert table.dataset.target_name == "v"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    table = read(
        "@relation r\n@attribute é real\n@attribute y {ü, o}\n@data\n" + "1,ü\n2,o\n" * 5, tmp_path, encoding
    )
    assert table.dataset.class_names == ("o", "ü")


def test_values_of_an_arff_file_without_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text(HEAD + ROW * 5)
    assert read_table(path).dataset.n_rows == 10


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded OpenML files are not here")
def test_a_file_from_openml() -> None:
    dataset = read_table(RECORDED, target="target").dataset
    assert (dataset.n_rows, dataset.n_columns, len(dataset.class_names)) == (150, 4, 3)
    assert np.isfinite(dataset.numeric).all()
