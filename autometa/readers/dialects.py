"""How a text table is written: encoding, separator, decimal mark, header. Guessed from its first records."""

import codecs
import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from autometa.readers.numerals import is_header, number_marks

DELIMITERS = (",", ";", "\t", "|")
BLANKS = r"\s+"  # any run of spaces; tried where no delimiter fits
SAMPLE_RECORDS = 30
_MARKS = (  # the longer marks first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EXCEL_HINT = re.compile(r'"?sep=(.)"?\r?\n')  # Excel's own first line

Records = list[list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written.

    Attributes:
        encodings: codecs to try, in this order.
        delimiter: one character, or BLANKS.
        decimal: the decimal mark.
        thousands: the mark between thousands, if any.
        skip_lines: lines before the first record.
        pads_blanks: True if blanks follow the delimiters.
        first: the first record.
        widths: number of values of the sampled records after it.
        has_header: False if the first record holds values.
        ends_open: True if every sampled row ends with a delimiter that the first record lacks.
    """

    encodings: tuple[str, ...]
    delimiter: str
    decimal: str
    thousands: str | None
    skip_lines: int
    pads_blanks: bool
    first: tuple[str, ...]
    widths: tuple[int, ...]
    has_header: bool
    ends_open: bool

    @property
    def has_row_names(self) -> bool:
        """True if every sampled row has one value more than there are names, as R writes its row names."""
        return bool(self.widths) and set(self.widths) == {len(self.first) + 1} and not self.ends_open


def sniff(head: bytes, *, is_whole: bool) -> Dialect:
    """The way a text table is written.

    Args:
        head: its first kilobytes, with at least one whole line.
        is_whole: True if that is all there is.
    """
    encodings = _encodings(head, is_whole=is_whole)
    text = head.decode(encodings[0], errors="replace")
    hint = _EXCEL_HINT.match(text)
    body = text[hint.end() :] if hint else text
    delimiter, records = _delimited((hint.group(1),) if hint else DELIMITERS, body, is_whole=is_whole)
    first, rows = records[0], records[1:]
    decimal, thousands = number_marks([field.strip() for row in rows for field in row], delimiter)
    return Dialect(
        encodings=encodings,
        delimiter=delimiter,
        decimal=decimal,
        thousands=thousands,
        skip_lines=1 if hint else 0,
        pads_blanks=any(field[:1] == " " for record in records for field in record),
        first=tuple(first),
        widths=tuple(len(row) for row in rows),
        has_header=is_header(first),
        ends_open=bool(rows) and all(len(row) == len(first) + 1 and row[-1] == "" for row in rows),
    )


def _encodings(head: bytes, *, is_whole: bool) -> tuple[str, ...]:
    """The encoding of the first kilobytes, and what else the rest may turn out to be."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return (encoding,)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=is_whole)
    except UnicodeDecodeError:
        return ("cp1252", "latin-1")
    return ("utf-8", "cp1252", "latin-1")


def _delimited(delimiters: tuple[str, ...], text: str, *, is_whole: bool) -> tuple[str, Records]:
    """The delimiter under which most records are as wide as the first, and the first records."""
    best: tuple[float, int, str, Records] = (0.0, 1, delimiters[0], [])
    for delimiter in delimiters:
        records = _split(text, delimiter, is_whole=is_whole)
        width = len(records[0]) if records else 0
        if width > 1:
            even = sum(len(record) == width for record in records) / len(records)
            best = max(best, (even, width, delimiter, records), key=lambda guess: guess[:2])
    if best[3]:
        return best[2], best[3]
    lines = [line.split() for line in text.splitlines()[:SAMPLE_RECORDS] if line.strip()]
    records = lines if is_whole or len(lines) == 1 else lines[:-1]
    is_even = len(records) > 1 and len({len(record) for record in records}) == 1
    return (BLANKS, records) if is_even else (best[2], [lines[0][:1]])


def _split(text: str, delimiter: str, *, is_whole: bool) -> Records:
    """The first records, without one that the end of the sample may have cut."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: Records = []
    with suppress(csv.Error):  # a value of more than 128 kB: an open quote, most likely; the parser will say
        records.extend(islice((record for record in reader if record), SAMPLE_RECORDS + 1))
    is_cut = 1 < len(records) <= SAMPLE_RECORDS and not is_whole
    return records[:-1] if is_cut else records[:SAMPLE_RECORDS]
