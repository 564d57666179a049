"""Compressed files, known by their first bytes: gzip, bzip2, xz, and zip archives of one file."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from autometa.errors import InvalidDatasetError
from autometa.readers.names import counted

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile)
_OPENERS: tuple[tuple[bytes, Callable[[BinaryIO], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_ENDINGS = (".gz", ".bz2", ".xz", ".zip")


def plain_suffix(name: str) -> str:
    """The ending of a file's name without the compression's: ".csv" for "iris.csv.gz"."""
    path = PurePath(name)
    return (PurePath(path.stem) if path.suffix.lower() in _ENDINGS else path).suffix.lower()


def plain_name(name: str) -> str:
    """A file's name without its endings: "iris" for "iris.csv.gz"."""
    path = PurePath(name)
    return PurePath(path.stem).stem if path.suffix.lower() in _ENDINGS else path.stem


@contextmanager
def decompressed(handle: BinaryIO, *, source: str) -> Iterator[BinaryIO]:
    """The content of a file, decompressed where it is compressed.

    Args:
        handle: at its start; can seek.
        source: the file's name, for messages.

    Raises:
        InvalidDatasetError: a zip archive of several files, or a spreadsheet.
    """
    start = handle.read(6)
    handle.seek(0)
    opener = next((opener for mark, opener in _OPENERS if start.startswith(mark)), None)
    if opener is not None:
        with opener(handle) as opened:
            yield cast(BinaryIO, opened)
    elif start.startswith(b"PK\x03\x04"):
        with _unzipped(handle, source) as opened:
            yield opened
    else:
        yield handle


def _unzipped(handle: BinaryIO, source: str) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(handle)
    except zipfile.BadZipFile as error:
        raise InvalidDatasetError(
            f"{source}: the zip archive is damaged or cut off; copy it again"
        ) from error
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    if any(name.startswith("xl/") for name in names):
        raise InvalidDatasetError(f"{source}: this is an Excel workbook, not a table; save its sheet as CSV")
    if "content.xml" in names:
        raise InvalidDatasetError(
            f"{source}: this is an OpenDocument file, not a table; save its sheet as CSV"
        )
    if len(names) != 1:
        seen = counted(len(names), "file")
        raise InvalidDatasetError(f"{source}: the zip archive has {seen}; give one table, or unpack it")
    try:
        return cast(BinaryIO, archive.open(names[0]))
    except (RuntimeError, NotImplementedError) as error:  # a password, or a rare method
        raise InvalidDatasetError(
            f"{source}: the zip archive cannot be opened ({error}); unpack it"
        ) from error
