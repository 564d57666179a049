"""ARFF tables: nominal attributes become categories with the declared levels; sparse rows are filled."""

import re
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from autometa.errors import InvalidDatasetError
from autometa.readers.names import check_width, checked_names

_HEAD = re.compile(rb"(\xef\xbb\xbf)?\s*(%[^\r\n]*[\r\n]+\s*)*@relation\b", re.I)
_ATTRIBUTE = re.compile(r"\s*@attribute\s", re.I)
_DATA = re.compile(r"\s*@data\b", re.I)
_DATE = re.compile(r"\s+date(\s+(\"[^\"]*\"|'[^']*'|\S+))?\s*$", re.I)
_COMPLAINTS = {  # liac-arff's errors; its own messages fail on values with a percent sign
    "BadRelationFormat": "the name of the relation cannot be read",
    "BadAttributeFormat": "the attribute cannot be read; wanted @attribute NAME TYPE",
    "BadAttributeType": "unknown attribute type; wanted numeric, integer, real, string, date or {a, b}",
    "BadAttributeName": "the attribute's name stands twice; give every attribute its own name",
    "BadDataFormat": "the row does not fit the attributes; wanted one value for each",
    "BadNominalValue": "a value is not among those declared for its attribute; add it to the declaration",
    "BadNominalFormatting": "a value with a blank is not quoted",
    "BadNumericalValue": "a value is no number, but its attribute is declared numeric; write ? for missing",
    "BadStringValue": "a text with a blank is not quoted",
}

Rows = list[list[Any]] | list[dict[int, Any]]


def is_arff(head: bytes) -> bool:
    """True if the first kilobytes declare a relation, after comments and blank lines."""
    return _HEAD.match(head) is not None


def read_arff(handle: BinaryIO, *, source: str) -> pd.DataFrame:
    """The data frame of an ARFF file.

    Args:
        handle: at its start.
        source: the file's name, for messages.

    Raises:
        InvalidDatasetError: a file that breaks the format, with its line; no rows; repeated names.
    """
    lines = _decoded(handle.read()).splitlines()
    start = next((number for number, line in enumerate(lines) if _DATA.match(line)), None)
    if start is None:
        raise InvalidDatasetError(f"{source}: the ARFF file has no @data line; add it before the rows")
    places = [number for number in range(start) if _ATTRIBUTE.match(lines[number])]
    check_width(len(places), source=source)
    dates = {place for place, number in enumerate(places) if _DATE.search(lines[number])}
    for place in dates:  # liac-arff knows no dates: read as text, converted below
        lines[places[place]] = _DATE.sub(" string", lines[places[place]])
    is_sparse = any(line.lstrip().startswith("{") for line in lines[start + 1 :])
    attributes, rows = _parsed(lines, is_sparse=is_sparse, source=source)
    if not rows:
        raise InvalidDatasetError(f"{source}: the ARFF file has no rows after @data; add one row per example")
    checked_names([name for name, _ in attributes], source=source)
    columns = _filled(rows, attributes) if is_sparse else zip(*rows, strict=True)
    typed = {}
    for place, ((name, declared), values) in enumerate(zip(attributes, columns, strict=True)):
        typed[name] = _typed("DATE" if place in dates else declared, values)
    return pd.DataFrame(typed)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _parsed(lines: list[str], *, is_sparse: bool, source: str) -> tuple[list[tuple[str, Any]], Rows]:
    import arff

    try:
        parsed = arff.ArffDecoder().decode(lines, return_type=arff.LOD if is_sparse else arff.DENSE)
    except arff.ArffException as error:
        complaint = _COMPLAINTS.get(type(error).__name__, "the line cannot be read")
        raise InvalidDatasetError(f"{source}: line {error.line:,} of the ARFF file: {complaint}") from error
    except (ValueError, IndexError) as error:  # a name without a type, an escape without an end
        raise InvalidDatasetError(
            f"{source}: a declaration in the ARFF file cannot be read; wanted @attribute NAME TYPE"
        ) from error
    return parsed["attributes"], parsed["data"]


def _filled(rows: Any, attributes: list[tuple[str, Any]]) -> list[list[Any]]:
    """One list of values per attribute; what a sparse row leaves out is 0, or the first declared value."""
    columns = [[_default(declared)] * len(rows) for _, declared in attributes]
    for number, row in enumerate(rows):
        for place, value in row.items():
            columns[place][number] = value
    return columns


def _default(declared: Any) -> Any:
    if isinstance(declared, list):
        return declared[0]
    return None if declared.upper() == "STRING" else 0.0


def _typed(declared: Any, values: Any) -> Any:
    """The values with their declared type; whole numbers are integers unless declared REAL, as in a CSV."""
    if isinstance(declared, list):
        levels = [level for level in dict.fromkeys(declared) if level is not None]  # a declared ? is no level
        return pd.Categorical(values, categories=pd.Index(levels, dtype=object))
    if declared == "DATE":
        return pd.to_datetime(pd.Series(values, dtype=object), errors="coerce", format="ISO8601")
    if declared.upper() == "STRING":
        return pd.Series(values, dtype=object)
    numbers = np.array(values, dtype=np.float64)
    is_whole = declared.upper() != "REAL" and bool(np.isfinite(numbers).all() and (numbers % 1 == 0).all())
    return numbers.astype(np.int64) if is_whole and np.abs(numbers).max() < 2**53 else numbers
