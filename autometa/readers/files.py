"""read_table: a user's file becomes a Table. The only file of autometa that opens a user's file."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError
from autometa.readers.arff_files import is_arff, read_arff
from autometa.readers.compression import BROKEN, decompressed, plain_name, plain_suffix
from autometa.readers.delimited import read_delimited
from autometa.readers.foreign import refuse_foreign
from autometa.readers.frames import table_from_frame
from autometa.readers.parquet_files import read_parquet
from autometa.readers.table import Table

STDIN = "-"
HEAD_BYTES = 4096
_PARQUET = b"PAR1"


def read_table(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    task_type: TaskType | str | None = None,
    name: str | None = None,
) -> Table:
    r"""A table from a file: CSV and its cousins, Parquet or ARFF, also compressed.

    Args:
        path: of the file; "-" is standard input.
        target: name of the target column; where None, a usual name (target, class, label, y, outcome) or
            else the last column.
        task_type: inferred from the target where None.
        name: for people; the file's name without its ending where None.

    Raises:
        UnknownNameError: there is no such target column or task.
        InvalidDatasetError: the file cannot be read, or has nothing to learn from.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "people.csv"
    ...     _ = path.write_text("height,label\n1.5,a\n1.6,b\n1.7,a\n1.8,b\n1.9,a\n")
    ...     read_table(path).dataset.class_names
    ('a', 'b')
    """
    frame, notes = read_frame(path)
    title = name or ("stdin" if path == STDIN else plain_name(Path(path).name))
    table = table_from_frame(frame, target=target, task_type=task_type, name=title)
    return replace(table, notes=(*notes, *table.notes))


def read_frame(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The raw table of a file, no column being the target, and what was decided while reading it.

    Args:
        path: of the file; "-" is standard input.

    Raises:
        InvalidDatasetError: the file cannot be read.
    """
    source = "standard input" if path == STDIN else Path(path).name
    with _opened(path) as handle:
        return _parsed(handle, source)


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The file's content, decompressed; it can seek."""
    if path == STDIN:
        with decompressed(io.BytesIO(sys.stdin.buffer.read()), source="standard input") as handle:
            yield handle
        return
    place = Path(path).expanduser()
    try:
        raw: BinaryIO = place.open("rb")
    except OSError as error:
        raise _unopened(place, error) from error
    with raw, decompressed(raw if raw.seekable() else io.BytesIO(raw.read()), source=place.name) as handle:
        yield handle


def _parsed(handle: BinaryIO, source: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The raw table, and what was decided while reading it."""
    try:
        head = handle.read(HEAD_BYTES)
        handle.seek(0)
        if head.startswith(_PARQUET):
            return read_parquet(handle, source=source), ()
        refuse_foreign(head, source=source)
        if source.lower().endswith((".parquet", ".pq")):
            raise InvalidDatasetError(
                f"{source}: this is no Parquet file (it does not begin with PAR1); write it again"
            )
        if is_arff(head) or plain_suffix(source) == ".arff":
            return read_arff(handle, source=source), ()
        return read_delimited(handle, source=source)
    except BROKEN as error:
        reason = " ".join(str(error).split())
        raise InvalidDatasetError(
            f"{source}: the compressed data are damaged or cut off ({reason}); copy the file again"
        ) from error


def _unopened(place: Path, error: OSError) -> InvalidDatasetError:
    """The error for a file that cannot be opened, with a way out."""
    if isinstance(error, IsADirectoryError):
        return InvalidDatasetError(f"{place} is a directory; give one file, a table")
    if isinstance(error, PermissionError):
        return InvalidDatasetError(f"{place} may not be read by you; change its permissions, e.g. chmod u+r")
    if not isinstance(error, FileNotFoundError):
        return InvalidDatasetError(f"{place} cannot be opened ({error.strerror}); give a readable file")
    if "://" in str(place) or str(place).startswith(("http:", "https:", "s3:")):
        return InvalidDatasetError(f"{place} is an address; download the file first and give its path")
    return InvalidDatasetError(f"no file {str(place)!r}; {_nearby(place)}")


def _nearby(place: Path) -> str:
    folder = place.parent
    if not folder.is_dir():
        return f"there is no folder {str(folder)!r} either"
    names = [entry.name for entry in folder.iterdir()] if os.access(folder, os.R_OK) else []
    close = get_close_matches(place.name, names, n=1)
    return (
        f"did you mean {str(folder / close[0])!r}?"
        if close
        else "check the path, or give - for standard input"
    )
