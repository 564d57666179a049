"""Rows that do not fit their header: found, numbered as an editor numbers lines, said in a sentence."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from autometa.errors import InvalidDatasetError
from autometa.readers.dialects import Dialect
from autometa.readers.names import counted

SUSPECTS = 20  # rows without a last value that are looked at; cut rows are rarely the exception
_TOO_LONG = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


def ragged(source: str, line: int, seen: int, wanted: int) -> InvalidDatasetError:
    """The error for a row of the wrong width."""
    return InvalidDatasetError(
        f"{source}: line {line:,} has {counted(seen, 'value')}, but the first line has {wanted:,}; "
        "mend that line, or quote values that contain the separator"
    )


def explain(error: Exception, source: str, *, skip_lines: int) -> InvalidDatasetError:
    """What the parser's complaint means for whoever wrote the file."""
    text = " ".join(str(error).split())
    if found := _TOO_LONG.search(text):
        wanted, line, seen = map(int, found.groups())
        return ragged(source, line, seen, wanted)
    if found := _OPEN_QUOTE.search(text):
        line = int(found.group(1)) + 1 + skip_lines
        return InvalidDatasetError(
            f"{source}: a quote opens in line {line:,} and never closes; close it, or double it in a value"
        )
    return InvalidDatasetError(
        f"{source}: the text cannot be split into columns ({text}); check the first lines"
    )


def check_short_rows(
    handle: BinaryIO, is_suspect: NDArray[np.bool_], dialect: Dialect, *, encoding: str, source: str
) -> None:
    """Raise at a row with fewer values than names, which the parser fills up in silence.

    Only rows without a last value can be short, so only the first few of them are looked at.

    Args:
        handle: can seek.
        is_suspect: (n,) rows without a last value.
        dialect: how the file is written.
        encoding: the one that fitted.
        source: the file's name, for the message.

    Raises:
        InvalidDatasetError: a short row.
    """
    suspects = set(np.flatnonzero(is_suspect)[:SUSPECTS].tolist())
    width = len(dialect.first) + dialect.has_row_names
    handle.seek(0)
    text = io.TextIOWrapper(handle, encoding=encoding, newline="")
    try:
        records = _records(text, dialect)
        rows = islice(records, 1 if dialect.has_header else 0, None)
        for row, (line, seen) in enumerate(islice(rows, max(suspects) + 1)):
            if row in suspects and seen < width:
                raise ragged(source, line, seen, len(dialect.first))
    except csv.Error:
        return  # a value too long for this check; the parser has read it
    finally:
        text.detach()  # the handle stays open


def _records(text: io.TextIOWrapper, dialect: Dialect) -> Iterator[tuple[int, int]]:
    """Line and number of values of every record that is not blank."""
    for _ in range(dialect.skip_lines):
        text.readline()
    reader = csv.reader(text, delimiter=dialect.delimiter, skipinitialspace=dialect.pads_blanks)
    for record in reader:
        if len(record) > 1 or (record and record[0].strip()):
            yield reader.line_num + dialect.skip_lines, len(record)
