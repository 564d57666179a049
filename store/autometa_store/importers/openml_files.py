"""A data set's file: fetched beside its place, verified, and moved there; half a file never has its name."""

import hashlib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO

from autometa.errors import ImporterError
from autometa_store.importers.openml_answers import DamagedAnswerError
from autometa_store.importers.openml_connection import CHUNK
from autometa_store.importers.openml_records import ListedDataset
from autometa_store.importers.openml_transport import OpenMLTransport


def download(transport: OpenMLTransport, dataset: ListedDataset, folder: Path) -> Path:
    """The data set's file, from the folder if it is there and whole.

    Args:
        transport: fetches it.
        dataset: what to fetch; named by its number, since names from outside may lead anywhere.
        folder: made if it is not there.

    Raises:
        ImporterError: the data set has no file, it is not what OpenML recorded, or it cannot be written.
    """
    if dataset.url is None:
        raise ImporterError(
            f"OpenML has no file of data set {dataset.data_id}; leave it out, or use --no-data"
        )
    path = folder / f"dataset_{dataset.data_id}.arff"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and _is_right(path, dataset.md5):
            return path
    except OSError as error:
        raise _unwritable(path, error) from error
    return transport.fetch(dataset.url, lambda stream: _save(stream, path, dataset))


def _is_right(path: Path, md5: str | None) -> bool:
    if md5 is None:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, _md5).hexdigest() == md5.lower()


def _save(stream: BinaryIO, path: Path, dataset: ListedDataset) -> Path:
    digest = _md5()
    try:
        file = NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    except OSError as error:
        raise _unwritable(path, error) from error
    part = Path(file.name)
    try:
        with file:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                _write(file, chunk, path)
        _check(digest.hexdigest(), dataset)
        _move(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _write(file: IO[bytes], chunk: bytes, path: Path) -> None:
    """Write and say so if it fails; an error of the disk would otherwise pass for one of the network."""
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise _unwritable(path, error) from error


def _move(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _check(md5: str, dataset: ListedDataset) -> None:
    if dataset.md5 is not None and md5 != dataset.md5.lower():
        raise DamagedAnswerError(
            f"the file of data set {dataset.data_id} has md5 {md5}, OpenML recorded {dataset.md5}"
        )


def _unwritable(path: Path, error: OSError) -> ImporterError:
    return ImporterError(
        f"cannot write {path}: {error.strerror or error}; free space or choose another folder"
    )


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)
