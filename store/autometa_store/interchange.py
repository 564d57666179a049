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
from autometa_store import artifacts, import_progress, reading, recording
from autometa_store.records import (
    Record,
    artifact_record,
    dataset_of,
    dataset_record,
    meta_features_of,
    meta_features_record,
    payload_of,
    progress_of,
    progress_record,
    study_of,
    study_record,
)

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
                    n_new += _take_over(connection, record)
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
    for info in reading.read_datasets(connection):
        yield {"kind": "dataset", **dataset_record(info)}
    for dataset_id, meta_features in reading.read_meta_features(connection):
        yield {"kind": "meta_features", "dataset_id": dataset_id, **meta_features_record(meta_features)}
    for study in reading.read_studies(connection):
        yield {"kind": "study", **study_record(study)}
    for progress in import_progress.read_progress(connection):
        yield {"kind": "progress", **progress_record(progress)}
    for name in artifacts.artifact_names(connection):
        arrays = artifacts.get_arrays(connection, name)
        yield {"kind": "artifact", "name": name, **artifact_record(arrays)}


def _take_over(connection: Connection, record: Record) -> int:
    """Store what a record says; returns how many trials were new."""
    match record["kind"]:
        case "study":
            return recording.record_study(connection, study_of(record))
        case "dataset":
            recording.record_dataset(connection, dataset_of(record))
        case "meta_features":
            recording.record_meta_features(connection, record["dataset_id"], meta_features_of(record))
        case "progress":
            import_progress.write_progress(connection, progress_of(record))
        case "artifact":
            artifacts.put_arrays(connection, record["name"], artifacts.decode_arrays(payload_of(record)))
        case kind:
            raise StoreError(f"a record of unknown kind {kind!r}")
    return 0


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
