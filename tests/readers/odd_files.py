"""Odd but readable files: how they are written, and what is said about them."""

import bz2
import gzip
import lzma
from typing import NamedTuple

from autometa.dataset import ColumnKind
from tests.readers.bad_files import GOOD, rows, zipped

TEN = rows("#.5,a", 5) + rows("#.5,b", 5)


class Odd(NamedTuple):
    """One odd file: its bytes, its input columns' names and kinds, and what a note must say."""

    content: bytes
    columns: dict[str, ColumnKind]
    note: str = "target: "
    file: str = "data.csv"


def text(content: str, note: str = "target: ", **columns: ColumnKind) -> Odd:
    return Odd(content.encode(), columns or {"x": ColumnKind.NUMERIC}, note)


def column(pattern: str, n: int = 20) -> str:
    """Rows with the numbers from 1 written into a pattern, and two classes in turn."""
    return "".join(f"{pattern.format(i)},{'ab'[i % 2]}\n" for i in range(1, n + 1))


NUMERIC, CATEGORICAL = ColumnKind.NUMERIC, ColumnKind.CATEGORICAL
X = {"x": NUMERIC}
GOOD_COLUMNS = {"height": NUMERIC, "colour": CATEGORICAL}
COMMAS = "x,target\n" + TEN
ACCENTS = "x,target\n" + TEN.replace("a", "é")

ODD = {
    # separators
    "tabs": text(COMMAS.replace(",", "\t"), "separated by tabs"),
    "semicolons": text(COMMAS.replace(",", ";"), "separated by semicolons"),
    "pipes": text(COMMAS.replace(",", "|"), "separated by pipes"),
    "spaces": text(COMMAS.replace(",", "   "), "separated by spaces"),
    "Excel's hint": text("sep=;\n" + COMMAS.replace(",", ";"), "separated by semicolons"),
    "blanks after commas": text(
        "x, w, target\n" + rows("#.5, ?, a", 5) + rows("#, 2, b", 5), x=NUMERIC, w=NUMERIC
    ),
    "commas in semicolons": text(
        'x;"a, b";target\n' + rows("#;u, v;a", 5) + rows("#;w, z;b", 5), **{"x": NUMERIC, "a, b": CATEGORICAL}
    ),
    "separators within quotes": text(
        "x,w,target\n" + rows('#,"u,v",a', 5) + rows('#,"w,z",b', 5), x=NUMERIC, w=CATEGORICAL
    ),
    "line ends within quotes": text(
        "x,w,target\n" + rows('#,"u\nv",a', 5) + rows('#,"w\nz",b', 5), x=NUMERIC, w=CATEGORICAL
    ),
    "doubled quotes": text(
        "x,w,target\n" + rows('#,"say ""u""",a', 5) + rows("#,v,b", 5), x=NUMERIC, w=CATEGORICAL
    ),
    # lines
    "Windows line ends": text(COMMAS.replace("\n", "\r\n")),
    "old Mac line ends": text(COMMAS.replace("\n", "\r")),
    "no last line end": text(COMMAS.rstrip()),
    "blank lines": text("\n" + COMMAS.replace("\n", "\n\n")),
    "rows of commas": text(COMMAS + ",\n,\n", "left out: 2 rows without a target value"),
    "rows end with the separator": text("x,target\n" + TEN.replace("\n", ",\n")),
    "all lines end with the separator": text(
        COMMAS.replace("\n", ",\n"), "left out: 1 column without name and values"
    ),
    "row names as R writes them": text(
        "x,target\n" + rows("r#,#.5,a", 5) + rows("r#,#.5,b", 5), "first was taken as row name"
    ),
    "index column as pandas writes it": text(
        ",x,target\n" + "".join(f"{i},{i % 7}.5,{'ab'[i % 2]}\n" for i in range(30)),
        "looks like a row id: every value differs: Unnamed: 0",
        **{"Unnamed: 0": NUMERIC, "x": NUMERIC},
    ),
    # header
    "no header": text(
        rows("#.5,1,a", 5) + rows("#.5,2,b", 5),
        "the first line holds values, not names",
        column_1=NUMERIC,
        column_2=NUMERIC,
    ),
    "repeated numbers for a header": text(
        rows("1,1,a", 5) + rows("2,#,b", 5), "the first line holds values", column_1=NUMERIC, column_2=NUMERIC
    ),
    "numbers as names": text(
        "0,1,2\n" + rows("#.5,2,a", 5) + rows("#.5,3,b", 5),
        "target: 2, chosen as the last",
        **{"0": NUMERIC, "1": NUMERIC},
    ),
    "name in quotes with a comma": text('"x, in cm",target\n' + TEN, **{"x, in cm": NUMERIC}),
    "name with a line end": text('"x\nin cm",target\n' + TEN, **{"x\nin cm": NUMERIC}),
    "one unnamed column": text(
        "x,,target\n" + rows("#,1.5,a", 5) + rows("#,2,b", 5), **{"x": NUMERIC, "Unnamed: 1": NUMERIC}
    ),
    # numbers
    "decimal commas": text(
        "x;target\n" + TEN.replace(",", ";").replace(".", ","), "written with a decimal comma"
    ),
    "points between thousands": text(
        "x;target\n" + column("{}.234,5").replace("5,", "5;"), "with '.' between thousands"
    ),
    "commas between thousands": text(
        "x,target\n" + TEN.replace(".5", "").replace("0,", '"1,234",'), "with ',' between thousands"
    ),
    "quoted decimal commas": text("x,target\n" + column('"{},25"'), "written with a decimal comma"),
    "quoted numbers": text("x,target\n" + column('"{}.25"')),
    "dashes between numbers": text(COMMAS + "-,a\n", "'-' counts as missing in: x"),
    "dashes between words": text("x,target\n" + rows("-,a", 5) + rows("+,b", 5), x=CATEGORICAL),
    "blanks between numbers": text(COMMAS + " ,a\n"),
    "infinities": text(COMMAS + "inf,a\n-inf,b\n", "2 infinite values taken as missing: x"),
    "huge whole numbers": text("x,target\n" + TEN.replace(".5", "0" * 30)),
    "scientific numbers": text("x,target\n" + TEN.replace(".5", ".5E-3")),
    # missing
    "marks of the missing": text(
        "x,target\n"
        + "".join(f"{mark},a\n" for mark in ("", "NA", "NaN", "null", "None", "?", "N/A", "#N/A"))
        + rows("#,b")
    ),
    # kinds
    "dates": text("x,target\n" + column("2024-01-{:02d}"), "datetime columns: x", x=ColumnKind.DATETIME),
    "dates with times": text(
        "x,target\n" + column("2024-01-{:02d} 10:30"), "datetime columns: x", x=ColumnKind.DATETIME
    ),
    "dates with points": text(
        "x,target\n" + column("{:02d}.01.2024"), "dates are read day first in: x", x=ColumnKind.DATETIME
    ),
    "dates with slashes": text(
        "x,target\n" + column("1/{}/2024 9:30"), "dates are read month first in: x", x=ColumnKind.DATETIME
    ),
    "dates with slashes, day first": text(
        "x,target\n" + column("{}/1/2024"), "dates are read day first in: x", x=ColumnKind.DATETIME
    ),
    "dates, year first": text(
        "x,target\n" + column("2024/1/{}"), "dates are read year first in: x", x=ColumnKind.DATETIME
    ),
    "dates that do not exist": text("x,target\n" + column("{0}.{0}.2024"), x=CATEGORICAL),
    "booleans": text(
        "x,target\n" + rows("True,a", 5) + rows("False,b", 5), "boolean columns: x", x=ColumnKind.BOOLEAN
    ),
    "booleans with missing": text(
        "x,target\n,a\n" + rows("TRUE,a", 5) + rows("FALSE,b", 5), "boolean columns: x", x=ColumnKind.BOOLEAN
    ),
    "free text": text("x,target\n" + column("note {}", 60), "text columns: x", x=ColumnKind.TEXT),
    "many categories": text("x,target\n" + column("c{}", 60) * 5, "60 distinct categories: x", x=CATEGORICAL),
    "constant column": text(
        "x,w,target\n" + rows("#,7,a", 5) + rows("#,7,b", 5), "constant: w", x=NUMERIC, w=NUMERIC
    ),
    "empty column": text(
        "x,w,target\n" + rows("#,,a", 5) + rows("#,,b", 5), "all values are missing: w", x=NUMERIC, w=NUMERIC
    ),
    "repeated column": text(
        "x,w,target\n" + rows("#,#,a", 5) + rows("#,#,b", 5), "repeats column 'x': w", x=NUMERIC, w=NUMERIC
    ),
    "whole numbers once each": text(
        "x,target\n" + column("{}", 31), "looks like a row id: every value differs: x"
    ),
    # encodings
    "UTF-8 with mark": Odd(b"\xef\xbb\xbf" + ACCENTS.encode(), X),
    "UTF-16": Odd(ACCENTS.encode("utf-16"), X),
    "UTF-32": Odd(ACCENTS.encode("utf-32"), X),
    "Latin-1": Odd(ACCENTS.encode("latin-1"), X, "the text is not UTF-8, so it was read as cp1252"),
    "Latin-1 far below": Odd(
        b"x,target\n" + TEN.encode() * 2000 + "1,é\n".encode("latin-1"), X, "read as cp1252"
    ),
    "control characters of Latin-1": Odd(b"x,target\n" + TEN.encode() + b"1,\x81\n", X, "read as latin-1"),
    "accents in names": text("größe,target\n" + TEN, **{"größe": NUMERIC}),
    # compression
    "gzip": Odd(gzip.compress(GOOD), GOOD_COLUMNS, file="data.csv.gz"),
    "gzip with the wrong ending": Odd(gzip.compress(GOOD), GOOD_COLUMNS),
    "bz2": Odd(bz2.compress(GOOD), GOOD_COLUMNS, file="data.csv.bz2"),
    "xz": Odd(lzma.compress(GOOD), GOOD_COLUMNS, file="data.csv.xz"),
    "zip": Odd(zipped(data_csv=GOOD), GOOD_COLUMNS, file="data.zip"),
    "no ending": Odd(GOOD, GOOD_COLUMNS, file="data"),
    "blank in the file's name": Odd(GOOD, GOOD_COLUMNS, file="my data.csv"),
}
