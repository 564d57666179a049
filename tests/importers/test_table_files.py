"""Finding tables: folders, indexes, and what is wrong with them."""

from pathlib import Path

import pytest

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa_store.importers.table_files import TableFile, find_tables


def test_folder_gives_its_tables_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.parquet", "c.arff.gz", "notes.md", ".hidden", "d.tsv"):
        (tmp_path / name).touch()
    (tmp_path / "sub.csv").mkdir()
    assert [table.name for table in find_tables(tmp_path)] == ["a", "b", "c", "d"]


def test_index_names_files_tasks_targets_and_families(tmp_path: Path) -> None:
    index = tmp_path / "list.csv"
    index.write_text(
        "file,name,task,target,family,rows\none.csv,One,regression,y,odd,3\nsub/two.csv,Two,,,,\n",
        encoding="utf-8",
    )
    assert find_tables(index) == (
        TableFile("One", tmp_path / "one.csv", TaskType.REGRESSION, "y", "odd"),
        TableFile("Two", tmp_path / "sub/two.csv"),
    )


def test_index_of_a_folder_is_used_unless_it_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    index = tmp_path / "index.csv"
    index.write_text("name,file\nOnly,a.csv\n", encoding="utf-8")
    assert [table.name for table in find_tables(tmp_path)] == ["Only"]
    index.write_text("height,weight\n1,2\n", encoding="utf-8")
    assert [table.name for table in find_tables(tmp_path)] == ["a", "index"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("name\nOne\n", "line 2: an index wants the columns name and file", id="column missing"),
        pytest.param("name,file\nOne,a.csv\nTwo,\n", "line 3: an index wants", id="cell missing"),
        pytest.param("name,file\n", "no table here; wanted files ending in .arff, .csv", id="empty"),
        pytest.param("", "no table here", id="empty file"),
    ],
)
def test_bad_index_is_refused(tmp_path: Path, text: str, message: str) -> None:
    index = tmp_path / "list.csv"
    index.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidDatasetError, match=message):
        find_tables(index)


def test_binary_index_is_refused(tmp_path: Path) -> None:
    index = tmp_path / "list.csv"
    index.write_bytes(b"\xff\xfe\x00name,file")
    with pytest.raises(InvalidDatasetError, match="cannot be read as an index"):
        find_tables(index)


def test_unknown_task_in_the_index_gets_a_suggestion(tmp_path: Path) -> None:
    index = tmp_path / "list.csv"
    index.write_text("name,file,task\nOne,a.csv,regresion\n", encoding="utf-8")
    with pytest.raises(UnknownNameError, match="no task 'regresion'; did you mean 'regression'"):
        find_tables(index)


def test_missing_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidDatasetError, match="no such folder or index file; give a folder with tables"):
        find_tables(tmp_path / "nowhere")


def test_folder_without_tables_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidDatasetError, match="no table here; wanted files ending in"):
        find_tables(tmp_path)
