"""Parquet tables, with the types that they declare."""

from typing import BinaryIO

import pandas as pd

from autometa.errors import InvalidDatasetError
from autometa.readers.names import checked_names


def read_parquet(handle: BinaryIO, *, source: str) -> pd.DataFrame:
    """The data frame of a Parquet file; a named index that pandas wrote becomes a column again.

    Args:
        handle: at its start; can seek.
        source: the file's name, for messages.

    Raises:
        InvalidDatasetError: a damaged file, no rows, repeated names, or too many columns.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        names = pyarrow.parquet.read_schema(handle).names
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _damaged(source, error) from error
    checked_names(names, source=source)
    handle.seek(0)
    try:
        frame = pd.read_parquet(handle, engine="pyarrow")
    except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:  # also of the notes pandas left
        raise _damaged(source, error) from error
    if len(frame) == 0:
        raise InvalidDatasetError(
            f"{source}: the table has column names but no rows; add one row per example"
        )
    named = [level for level, name in enumerate(frame.index.names) if name is not None]
    return frame.reset_index(level=named) if named else frame


def _damaged(source: str, error: Exception) -> InvalidDatasetError:
    reason = " ".join(str(error).split())[:120]
    return InvalidDatasetError(
        f"{source}: the Parquet file is damaged or incomplete ({reason}); write or copy it again"
    )
