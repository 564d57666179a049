"""The tables of a folder: all files with a known ending, or those that an index names."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.readers.compression import plain_name, plain_suffix

ENDINGS = (".arff", ".csv", ".parquet", ".pq", ".tab", ".tsv")  # compressed or not
INDEX = "index.csv"
WANTED = ("name", "file")  # columns that an index must have; task, target and family are welcome


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file with a table, and what is known about it before it is read.

    Attributes:
        name: for people, and of the family where none is given.
        path: of the file; what is no file is found out on reading.
        task_type: None to infer it from the target.
        target: name of the target column; None to choose it by the usual rules.
        family: shared by copies and variants of one data set.
    """

    name: str
    path: Path
    task_type: TaskType | None = None
    target: str | None = None
    family: str | None = None


def find_tables(place: Path) -> tuple[TableFile, ...]:
    """The tables of a place, sorted by file name in a folder, in the index's order otherwise.

    Args:
        place: a folder, or an index: a CSV file with the columns name and file (relative to the index), and
            perhaps task, target and family. A folder's own "index.csv" of this form is used as its index.

    Raises:
        InvalidDatasetError: no such place, no table there, or an index without the wanted columns.
        UnknownNameError: the index names a task that does not exist.
    """
    if not place.exists():
        raise InvalidDatasetError(f"{place}: no such folder or index file; give a folder with tables")
    index = place / INDEX if place.is_dir() else place
    if place.is_dir() and not _is_index(index):
        tables = tuple(TableFile(plain_name(path.name), path) for path in _files(place))
    else:
        tables = tuple(_read_index(index))
    if not tables:
        raise InvalidDatasetError(f"{place}: no table here; wanted files ending in {', '.join(ENDINGS)}")
    return tables


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and plain_suffix(path.name) in ENDINGS)


def _is_index(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
        return set(WANTED) <= set(next(csv.reader(handle), []))


def _read_index(path: Path) -> Iterator[TableFile]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidDatasetError(f"{path}: cannot be read as an index ({error}); give a CSV file") from error
    for number, row in enumerate(rows, start=2):
        if any(not row.get(column) for column in WANTED):
            raise InvalidDatasetError(
                f"{path}, line {number}: an index wants the columns {' and '.join(WANTED)} in every row; "
                f"it has {', '.join(str(column) for column in row)}"
            )
        yield TableFile(
            name=row["name"],
            path=path.parent / row["file"],
            task_type=_task_type(row.get("task")),
            target=row.get("target") or None,
            family=row.get("family") or None,
        )


def _task_type(text: str | None) -> TaskType | None:
    if not text:
        return None
    if text not in list(TaskType):
        raise UnknownNameError.of("task", text, [str(task) for task in TaskType])
    return TaskType(text)
