"""Text tables: CSV and its cousins, read by pandas' C parser in the dialect found by `sniff`."""

from typing import Any, BinaryIO

import pandas as pd

from autometa.errors import InvalidDatasetError
from autometa.readers.calendars import read_dates
from autometa.readers.dialects import BLANKS, Dialect, sniff
from autometa.readers.names import checked_names, counted, listed
from autometa.readers.placeholders import fill_placeholders
from autometa.readers.ragged import check_short_rows, explain, ragged

HEAD_BYTES = 64 * 1024
MAX_FIRST_LINE = 16 * 1024 * 1024  # bytes; a longer line is no line of names
MISSING_MARKS = ("?",)  # beside pandas' own: empty, NA, N/A, NaN, null, None, ...
_WRITTEN = {";": "semicolons", "\t": "tabs", "|": "pipes", BLANKS: "spaces"}


def read_delimited(handle: BinaryIO, *, source: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A text table, and what was decided while reading it.

    Args:
        handle: at its start; can seek.
        source: the file's name, for messages.

    Raises:
        InvalidDatasetError: ragged rows, an open quote, repeated names, one column, or nothing but a header.
    """
    head, is_whole = _head(handle, source)
    dialect = sniff(head, is_whole=is_whole)
    _check_first_record(dialect, source)
    frame, encoding = _parse(handle, dialect, source)
    if frame.empty:
        raise InvalidDatasetError(
            f"{source}: the table has column names but no rows; add one row per example"
        )
    if frame.iloc[:, -1].isna().any() and dialect.delimiter != BLANKS:
        check_short_rows(
            handle, frame.iloc[:, -1].isna().to_numpy(), dialect, encoding=encoding, source=source
        )
    frame, spare_notes = _without_spare_columns(frame)
    frame, placeholder_notes = fill_placeholders(frame)
    frame, date_notes = read_dates(frame)
    frame = frame.reset_index(drop=True) if dialect.has_row_names else frame
    return frame, (*_notes(dialect, encoding), *spare_notes, *placeholder_notes, *date_notes)


def _head(handle: BinaryIO, source: str) -> tuple[bytes, bool]:
    """The first kilobytes with at least one line's end, and whether that is all."""
    head = handle.read(HEAD_BYTES)
    while b"\n" not in head and b"\r" not in head and (more := handle.read(len(head) + 1)):
        head += more
        if len(head) > MAX_FIRST_LINE:
            raise InvalidDatasetError(
                f"{source}: the first line has more than {MAX_FIRST_LINE >> 20} MB; wanted one line per row"
            )
    is_whole = not handle.read(1)
    return head, is_whole


def _check_first_record(dialect: Dialect, source: str) -> None:
    names = [name.strip() or f"unnamed column {place}" for place, name in enumerate(dialect.first)]
    checked_names(names if dialect.has_header else range(len(names)), source=source)
    is_longer = bool(dialect.widths) and dialect.widths[0] > len(names)
    if is_longer and not dialect.has_row_names and not dialect.ends_open:
        raise ragged(source, 2 + dialect.skip_lines, dialect.widths[0], len(names))


def _parse(handle: BinaryIO, dialect: Dialect, source: str) -> tuple[pd.DataFrame, str]:
    """The data frame, and the encoding that fitted."""
    for encoding in dialect.encodings:
        handle.seek(0)
        try:
            return pd.read_csv(handle, encoding=encoding, **_options(dialect)), encoding
        except UnicodeError:
            continue
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise explain(error, source, skip_lines=dialect.skip_lines) from error
    tried = dialect.encodings[0].upper()
    raise InvalidDatasetError(f"{source}: the text is not valid {tried}; save the table as UTF-8")


def _options(dialect: Dialect) -> dict[str, Any]:
    options: dict[str, Any] = {
        "sep": dialect.delimiter,
        "decimal": dialect.decimal,
        "thousands": dialect.thousands,
        "skiprows": dialect.skip_lines,
        "skipinitialspace": dialect.pads_blanks,  # costs an eighth of the time, so only where needed
        "na_values": list(MISSING_MARKS),
        "index_col": False if dialect.ends_open else None,
        "low_memory": False,  # faster, and a column is one type, not one per chunk
    }
    if not dialect.has_header:
        options |= {"header": None, "names": [f"column_{place + 1}" for place in range(len(dialect.first))]}
    return options


def _without_spare_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame without columns that have neither name nor value, as spreadsheets leave them behind."""
    unnamed = [name for name in frame.columns if str(name).startswith("Unnamed: ")]
    spare = [name for name in unnamed if frame[name].isna().all()]
    if not spare:
        return frame, []
    return frame.drop(columns=spare), [f"left out: {counted(len(spare), 'column')} without name and values"]


def _notes(dialect: Dialect, encoding: str) -> list[str]:
    notes = []
    if dialect.delimiter in _WRITTEN:
        notes.append(f"values are separated by {_WRITTEN[dialect.delimiter]}")
    if dialect.decimal == ",":
        notes.append("numbers are written with a decimal comma")
    if dialect.thousands:
        notes.append(f"numbers are written with {dialect.thousands!r} between thousands")
    if encoding in ("cp1252", "latin-1"):
        notes.append(f"the text is not UTF-8, so it was read as {encoding}")
    if not dialect.has_header:
        names = listed(["column_1", f"column_{len(dialect.first)}"])
        notes.append(f"the first line holds values, not names, so the columns are called {names}")
    if dialect.has_row_names:
        notes.append(
            "the rows have one value more than there are names; the first was taken as row name, left out"
        )
    return notes
