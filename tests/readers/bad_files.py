"""Files that cannot be read or used: what is in them, what is asked for, and what the message must say."""

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

GOOD = b"height,colour,target\n" + b"1.5,red,yes\n2.5,blue,no\n3.5,red,yes\n4.5,blue,no\n5.5,red,yes\n" * 2
ARFF_HEAD = b"@relation r\n@attribute x numeric\n@attribute class {a, b}\n@data\n"


class Bad(NamedTuple):
    """One bad file.

    Attributes:
        file: its name.
        content: its bytes.
        message: what the error must say, in part.
        target: the target asked for.
        task: the task asked for.
    """

    file: str
    content: bytes
    message: str
    target: str | None = None
    task: str | None = None


def csv(text: str, message: str, **asked: str) -> Bad:
    return Bad("data.csv", text.encode(), message, **asked)


def rows(line: str, n: int = 10) -> str:
    return "".join(line.replace("#", str(i)) + "\n" for i in range(n))


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


def encrypted(archive: bytes) -> bytes:
    """The archive with the flag that asks for a password, in both of its headers."""
    flagged = bytearray(archive)
    flagged[6] |= 1
    flagged[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(flagged)


def arff(body: bytes, message: str) -> Bad:
    return Bad("data.arff", body, message)


TWO = rows("#,a", 5) + rows("#,b", 5)
PARQUET = parquet(pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]}))
LONG_GZIP = gzip.compress(b"x,target\n" + rows("#.5,a", 20_000).encode())
WIDE = ",".join(f"c{i}" for i in range(100_000))

BAD: dict[str, Bad] = {
    # no table at all
    "empty file": Bad("data.csv", b"", "the file is empty"),
    "only blank lines": csv("\n \n\r\n", "the file is empty"),
    "only a byte order mark": Bad("data.csv", b"\xef\xbb\xbf", "the file is empty"),
    "gzip of nothing": Bad("data.csv.gz", gzip.compress(b""), "the file is empty"),
    "web page": csv("<!DOCTYPE html>\n<html><body>404</body></html>", "a web page"),
    "XML": csv("<?xml version='1.0'?><a/>", "an XML file"),
    "JSON object": csv('{"x": [1, 2], "y": [3, 4]}', "a JSON file"),
    "JSON records": csv('[{"x": 1}, {"x": 2}]', "a JSON file"),
    "JSON lines": Bad("data.csv", b'{"x": 1}\n{"x": 2}\n', "a JSON file"),
    "Excel workbook": Bad("data.xlsx", zipped(xl__workbook_xml=b"<a/>"), "an Excel workbook"),
    "old Excel workbook": Bad("data.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
    "OpenDocument sheet": Bad("data.ods", zipped(content_xml=b"<a/>", mimetype=b"x"), "an OpenDocument file"),
    "pickle": Bad("data.csv", pickle.dumps([1, 2]), "a Python pickle"),
    "PNG image": Bad("data.csv", b"\x89PNG\r\n\x1a\n\0\0", "a PNG image"),
    "JPEG image": Bad("data.csv", b"\xff\xd8\xff\xe0", "a JPEG image"),
    "PDF": Bad("data.csv", b"%PDF-1.7\n", "a PDF document"),
    "SQLite database": Bad("data.db", b"SQLite format 3\0", "an SQLite database"),
    "NumPy array": Bad("data.npy", b"\x93NUMPY\x01\0", "a NumPy array"),
    "HDF5": Bad("data.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    "Feather": Bad("data.feather", b"ARROW1\0\0", "an Arrow (Feather) file"),
    "zstd": Bad("data.csv.zst", b"\x28\xb5\x2f\xfd\0\0", "a zstd-compressed file"),
    "Git LFS pointer": csv("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
    "random bytes": Bad("data.csv", bytes(range(1, 256)) * 3, "a control character"),
    "NUL bytes": csv("x,target\n1,a\x00\n2,b\n", "a control character (0x00)"),
    "UTF-16 without its mark": Bad(
        "data.csv", ("x,target\n" + TWO).encode("utf-16-le"), "UTF-16 text without"
    ),
    # compression
    "truncated gzip": Bad("data.csv.gz", LONG_GZIP[: len(LONG_GZIP) // 2], "damaged or cut off"),
    "damaged gzip": Bad("data.csv.gz", LONG_GZIP[:-8] + b"\0" * 8, "damaged or cut off"),
    "truncated bz2": Bad("data.csv.bz2", bz2.compress(GOOD)[:-10], "damaged or cut off"),
    "truncated xz": Bad("data.csv.xz", lzma.compress(GOOD)[:-20], "damaged or cut off"),
    "truncated zip": Bad("data.zip", zipped(data_csv=GOOD)[:60], "zip archive is damaged"),
    "zip with a password": Bad(
        "data.zip", encrypted(zipped(data_csv=GOOD)), "the zip archive cannot be opened"
    ),
    "zip of two files": Bad("data.zip", zipped(a_csv=GOOD, b_csv=GOOD), "the zip archive has 2 files"),
    # rows and columns
    "one column": csv("target\n" + rows("#"), "the table has one column"),
    "one column of text": csv("review\nvery good\nbad\nas expected I say\n", "the table has one column"),
    "a single word": csv("hello", "the table has one column"),
    "header only": csv("x,y,target\n", "column names but no rows"),
    "header without line end": csv("x,y,target", "column names but no rows"),
    "100,000 columns": Bad("wide.csv", f"{WIDE}\n{WIDE}\n".encode(), "100,000 columns; at most 20,000"),
    "one row": csv("x,target\n1,a\n", "at least 5 are needed"),
    "two rows": csv("x,target\n1,a\n2,b\n", "the table has 2 rows; at least 5 are needed"),
    "few labelled rows": csv("x,target\n1,a\n2,b\n" + rows("#,"), "2 rows with a known target"),
    "row too long": csv("x,target\n1,a\n2,b,c\n3,a\n", "line 3 has 3 values, but the first line has 2"),
    "first row too long": csv("x,target\n1,a,b\n2,b\n3,a\n", "line 2 has 3 values, but the first line has 2"),
    "row far too long": csv("x,target\n1,a,b,c\n" + TWO, "line 2 has 4 values"),
    "row too short": csv(
        "x,y,target\n1,2,a\n2,3\n" + rows("#,4,b"), "line 3 has 2 values, but the first line has 3"
    ),
    "short row after blank lines": csv("x,y,target\n\n1,2,a\n\n2\n" + rows("#,4,b"), "line 5 has 1 value,"),
    "short row after a quoted line end": csv(
        'x,y,target\n"1\n0",2,a\n2\n' + rows("#,4,b"), "line 4 has 1 value,"
    ),
    "ragged semicolons": csv("x;y;target\n1;2;a\n2;3;b;4\n", "line 3 has 4 values"),
    "open quote": csv('x,target\n1,a\n2,"b\n3,a\n4,b\n', "a quote opens in line 3 and never closes"),
    "repeated name": csv("x,x,target\n1,2,a\n", "the column name 'x' stands 2 times (columns 1, 2)"),
    "repeated name but for blanks": csv("x, x,target\n1,2,a\n", "the column name 'x' stands 2 times"),
    "all inputs missing": csv(
        "x,y,target\n" + rows(",,a", 5) + rows(",NA,b", 5), "beside the target 'target' is missing"
    ),
    "all inputs infinite": csv(
        "x,target\n" + rows("inf,a", 5) + rows("-inf,b", 5), "beside the target 'target' is missing"
    ),
    "all missing": csv("x,y\n" + rows("NA,?"), "target 'y' has no known value"),
    # target and task
    "wrong target": csv(
        "height,target\n" + TWO, "no column 'hieght'; did you mean 'height'?", target="hieght"
    ),
    "target in wrong case": csv(
        "x,Price\n" + TWO, "no column 'price'; did you mean 'Price'?", target="price"
    ),
    "target unlike any": csv("x,target\n" + TWO, "no column 'zzz'; there are: x, target", target="zzz"),
    "target missing everywhere": csv("x,target\n" + rows("#,"), "target 'target' has no known value"),
    "one class": csv("x,target\n" + rows("#,a"), "target 'target' has one class, 'a'"),
    "one class beside missing": csv("x,target\n1,\n" + rows("#,a"), "target 'target' has one class, 'a'"),
    "constant number": csv("x,target\n" + rows("#,3.5"), "target 'target' is 3.5 in every row"),
    "infinite target": csv("x,target\n1,inf\n" + rows("#,#.5"), "target 'target' has 1 infinite value;"),
    "regression on text": csv("x,target\n" + TWO, "target 'target' has text such as 'a'", task="regression"),
    "every class once": csv("x,target\n" + rows("1,name#"), "a different value in each of its 10 rows"),
    "classes of distinct numbers": csv(
        "x,target\n" + rows("1,#.5"), "use --task regression", task="classification"
    ),
    "unknown task": csv("x,target\n" + TWO, "no task 'clustering'; there are", task="clustering"),
    # Parquet
    "text named parquet": Bad("data.parquet", GOOD, "this is no Parquet file"),
    "truncated parquet": Bad("data.parquet", PARQUET[:-20], "the Parquet file is damaged"),
    "damaged parquet": Bad("data.parquet", b"PAR1" + b"\7" * 200 + b"PAR1", "the Parquet file is damaged"),
    "parquet without rows": Bad(
        "d.parquet", parquet(pd.DataFrame({"x": [], "y": []})), "column names but no rows"
    ),
    "parquet of one column": Bad(
        "d.parquet", parquet(pd.DataFrame({"x": [1, 2]})), "the table has one column"
    ),
    "parquet of dates to predict": Bad(
        "d.parquet",
        parquet(pd.DataFrame({"x": range(9), "day": pd.date_range("2020", periods=9)})),
        "target 'day' holds dates",
    ),
    # ARFF
    "ARFF without data": arff(b"@relation r\n@attribute x numeric\n", "no @data line"),
    "ARFF without rows": arff(ARFF_HEAD, "no rows after @data"),
    "ARFF of one column": arff(b"@relation r\n@attribute x numeric\n@data\n1\n", "the table has one column"),
    "ARFF row too long": arff(ARFF_HEAD + b"1,a\n2,b,c\n", "line 6 of the ARFF file: the row does not fit"),
    "ARFF undeclared value": arff(
        ARFF_HEAD + b"1,a\n2,z\n", "line 6 of the ARFF file: a value is not among those"
    ),
    "ARFF text for a number": arff(ARFF_HEAD + b"one,a\n", "line 5 of the ARFF file: a value is no number"),
    "ARFF unknown type": arff(
        ARFF_HEAD.replace(b"numeric", b"colour"), "line 2 of the ARFF file: unknown attribute"
    ),
    "ARFF repeated name": arff(
        ARFF_HEAD.replace(b" x ", b" class "), "line 3 of the ARFF file: the attribute's name"
    ),
    "ARFF named, but CSV": arff(GOOD, "no @data line"),
}

Place = Callable[[Path], Path]


def _forbidden(folder: Path) -> Path:
    path = folder / "secret.csv"
    path.write_bytes(GOOD)
    path.chmod(0)
    return path


def _misspelt(folder: Path) -> Path:
    (folder / "customers.csv").write_bytes(GOOD)
    return folder / "custmers.csv"


BAD_PLACES: dict[str, tuple[Place, str]] = {
    "no such file": (lambda folder: folder / "absent.csv", "no file"),
    "misspelt file": (_misspelt, "did you mean"),
    "no such folder": (lambda folder: folder / "nowhere" / "data.csv", "there is no folder"),
    "directory": (lambda folder: folder, "is a directory"),
    "unreadable file": (_forbidden, "may not be read by you"),
    "address": (lambda folder: Path("https://example.org/data.csv"), "is an address"),
    "name too long": (lambda folder: folder / ("x" * 300), "cannot be opened"),
}
