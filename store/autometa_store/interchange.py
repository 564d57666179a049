"""A store as JSON lines, to carry, to keep, to read with any tool; taking it over gives an equal store.

Each line is one record, {"kind": …, …}; the first says what the file is, a study is one line with its trials.
A name that ends in .gz is compressed. A configuration is an array in the order of its space's parameters;
NaN is null, an infinity is a string, the arrays of an artifact are an .npz in base64.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal

from sqlalchemy import Connection

from autometa.errors import AutometaError, SchemaVersionError, StoreError
from autometa_store.contents import read_contents, take_in
from autometa_store.records import Record, noun_of, record_of

FORMAT = 1
_HEAD = "autometa_export"


def write_export(connection: Connection, path: Path) -> int:
    """Write everything in the store to a file, which appears complete or not at all.

    Returns:
        How many records.

    Raises:
        StoreError: the file cannot be written.
    """
    growing = path.with_name(f".{path.name}.part")
    try:
        with _open_text(growing, "w", is_compressed=path.suffix == ".gz") as file:
            n_records = 0
            for record in _records(connection):
                file.write(
                    json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
                )
                n_records += 1
        growing.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}); give another file") from error
    finally:
        growing.unlink(missing_ok=True)
    return n_records - 1


def read_export(connection: Connection, path: Path) -> int:
    """Take over everything in a file that `write_export` made; what is stored already stays as it is.

    Returns:
        How many trials were new.

    Raises:
        StoreError: the file cannot be read, or a line is no record; roll back then.
        SchemaVersionError: a newer autometa wrote the file.
    """
    number, n_new = 0, 0
    try:
        with _open_text(path, "r", is_compressed=path.suffix == ".gz") as file:
            for number, line in enumerate(file, start=1):
                record = json.loads(line)
                if number == 1:
                    _check_head(record)
                else:
                    n_new += take_in(connection, noun_of(record))
    except SchemaVersionError as error:
        raise SchemaVersionError(f"{path}: {error}") from error
    except (AutometaError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise StoreError(
            f"{path}, line {max(number, 1)}: not from an export ({error}); export it again"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise StoreError(f"{path}: cannot be read ({error}); export it again") from error
    if number == 0:
        raise StoreError(f"{path}: an empty file; export it again")
    return n_new


def _records(connection: Connection) -> Iterator[Record]:
    yield {"kind": _HEAD, "format": FORMAT}
    for noun in read_contents(connection):
        yield record_of(noun)


def _check_head(record: Any) -> None:
    if record["kind"] != _HEAD:
        raise StoreError(f"the first record is of kind {record['kind']!r}, wanted {_HEAD!r}")
    if record["format"] > FORMAT:
        raise SchemaVersionError(
            f"format {record['format']}, this autometa reads up to {FORMAT}; update autometa"
        )


def _open_text(path: Path, mode: Literal["r", "w"], *, is_compressed: bool) -> IO[str]:
    if is_compressed:
        return io.TextIOWrapper(gzip.GzipFile(path, mode, compresslevel=6), encoding="utf-8", newline="\n")
    return path.open(f"{mode}t", encoding="utf-8", newline="\n")
