"""Files that are no table: known by their first bytes, and refused with a way out."""

import re

from autometa.errors import InvalidDatasetError

_SAVE_AS = "save the table as CSV or Parquet"
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (  # first bytes, what it is, what to try
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save its sheet as CSV"),
    (b"\x89PNG", "a PNG image", "give a table"),
    (b"\xff\xd8\xff", "a JPEG image", "give a table"),
    (b"GIF8", "a GIF image", "give a table"),
    (b"%PDF", "a PDF document", "give a table"),
    (b"{\\rtf", "an RTF document", "give a table"),
    (b"SQLite format 3", "an SQLite database", "export one table as CSV"),
    (b"\x93NUMPY", "a NumPy array", "save it as CSV with column names"),
    (b"\x89HDF", "an HDF5 file", _SAVE_AS),
    (b"ARROW1", "an Arrow (Feather) file", _SAVE_AS),
    (b"ORC", "an ORC file", _SAVE_AS),
    (b"Obj\x01", "an Avro file", _SAVE_AS),
    (b"RDX", "an R data file", "save the table with write.csv"),
    (b"RDA", "an R data file", "save the table with write.csv"),
    (b"$FL2", "an SPSS file", _SAVE_AS),
    (b"<stata_dta>", "a Stata file", _SAVE_AS),
    (b"MATLAB 5.0", "a MATLAB file", _SAVE_AS),
    (b"\x28\xb5\x2f\xfd", "a zstd-compressed file", "decompress it first, or use gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"PK\x05\x06", "an empty zip archive", "give a zip with one table in it"),
    (b"\x80\x02", "a Python pickle", _SAVE_AS),
    (b"\x80\x03", "a Python pickle", _SAVE_AS),
    (b"\x80\x04", "a Python pickle", _SAVE_AS),
    (b"\x80\x05", "a Python pickle", _SAVE_AS),
)
_TEXTS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (  # how a text begins, what it is, what to try
    (
        re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.I),
        "a web page",
        "download the data file itself",
    ),
    (re.compile(rb"<\?xml"), "an XML file", _SAVE_AS),
    (
        re.compile(rb'\{\s*["}]|\[\s*[\[{"\]]'),
        "a JSON file",
        "convert it with pandas.read_json(...).to_csv(...)",
    ),
    (re.compile(rb"version https://git-lfs"), "a Git LFS pointer", "fetch the data with git lfs pull"),
)
_TAR_MARK = slice(257, 262)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WIDE_MARKS = (
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x00\x00\xfe\xff",
)  # UTF-16 and UTF-32, whose zero bytes are no fault


def refuse_foreign(head: bytes, *, source: str) -> None:
    """Refuse what is no table.

    Args:
        head: the first kilobytes, decompressed.
        source: the file's name, for the message.

    Raises:
        InvalidDatasetError: an empty, foreign or binary file.
    """
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InvalidDatasetError(f"{source}: the file is empty; give a table with column names and rows")
    for start, what, way_out in _SIGNATURES:
        if head.startswith(start):
            raise InvalidDatasetError(f"{source}: this is {what}, not a table; {way_out}")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, what, way_out in _TEXTS:
        if pattern.match(text):
            raise InvalidDatasetError(f"{source}: this is {what}, not a table; {way_out}")
    if head[_TAR_MARK] == b"ustar":
        raise InvalidDatasetError(f"{source}: this is a tar archive, not a table; unpack it first")
    _refuse_binary(head, source)


def _refuse_binary(head: bytes, source: str) -> None:
    if head.startswith(_WIDE_MARKS):
        return
    found = _CONTROL.search(head)
    if found is None:
        return
    if head.count(b"\x00", 0, 200) >= min(len(head), 200) // 3:
        raise InvalidDatasetError(
            f"{source}: every other byte is zero, as in UTF-16 text without its mark; save the table as UTF-8"
        )
    raise InvalidDatasetError(
        f"{source}: byte {found.start() + 1:,} is a control character ({found.group()[0]:#04x}), "
        "as in a binary or damaged file; give a text table (CSV, TSV, ARFF) or Parquet"
    )
