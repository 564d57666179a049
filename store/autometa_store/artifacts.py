"""Artifacts: named bundles of NumPy arrays, kept as .npz without objects, checked by digest when read."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select, update

from autometa.errors import StoreError
from autometa_store.faults import as_refused_values
from autometa_store.models import ArtifactRow
from autometa_store.upserts import insert_new

Arrays = Mapping[str, NDArray[Any]]

# What NumPy and zipfile say of bytes that are no .npz: one array, an empty or cut file, an odd compression.
_UNREADABLE = (
    ValueError,
    TypeError,
    OSError,
    EOFError,
    LookupError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


@as_refused_values()
def put_arrays(connection: Connection, name: str, arrays: Arrays) -> str:
    """Store the arrays under the name, in the place of what was there.

    Returns:
        The digest of the stored bytes.

    Raises:
        StoreError: an array of Python objects, which only a pickle could hold.
    """
    payload = encode_arrays(arrays)
    digest = digest_of(payload)
    fields = {"digest": digest, "payload": payload}
    if not insert_new(connection, ArtifactRow, [{"name": name, **fields}]):
        connection.execute(update(ArtifactRow).where(ArtifactRow.name == name).values(**fields))
    return digest


@as_refused_values()
def add_new_arrays(connection: Connection, name: str, arrays: Arrays) -> None:
    """Store the arrays under the name, unless there are some.

    Raises:
        StoreError: an array of Python objects, which only a pickle could hold.
    """
    payload = encode_arrays(arrays)
    insert_new(connection, ArtifactRow, [{"name": name, "digest": digest_of(payload), "payload": payload}])


def get_arrays(connection: Connection, name: str) -> dict[str, NDArray[Any]]:
    """The arrays under the name.

    Raises:
        StoreError: there is no such artifact, or its bytes are not those that were stored.
    """
    row = connection.execute(
        select(ArtifactRow.digest, ArtifactRow.payload).filter_by(name=name)
    ).one_or_none()
    if row is None:
        raise StoreError(f"no artifact {name!r} in the store; fit it first")
    if digest_of(row.payload) != row.digest:
        raise StoreError(f"artifact {name!r} is damaged: its digest differs; fit it again to replace it")
    return decode_arrays(row.payload)


def artifact_names(connection: Connection) -> list[str]:
    """The names of all artifacts, sorted."""
    return list(connection.scalars(select(ArtifactRow.name).order_by(ArtifactRow.name)))


def encode_arrays(arrays: Arrays) -> bytes:
    """The bytes of an .npz, not compressed, so that equal arrays give equal bytes on every machine.

    Raises:
        StoreError: an array of Python objects.
    """
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise StoreError(f"array {name!r} holds Python objects; give numbers or fixed-width text")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()


def decode_arrays(payload: bytes) -> dict[str, NDArray[Any]]:
    """The arrays in the bytes of an .npz; objects are refused.

    Raises:
        StoreError: not an .npz, or one with Python objects.
    """
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except _UNREADABLE as error:
        raise StoreError(
            f"an artifact is no .npz of plain arrays ({error}); fit it again to replace it"
        ) from error


def digest_of(payload: bytes) -> str:
    """64 hexadecimal digits."""
    return hashlib.blake2b(payload, digest_size=32).hexdigest()
