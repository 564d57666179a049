"""Whatever happens to a file on its way, reading it gives a table or one sentence."""

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autometa.errors import AutometaError
from autometa.readers import read_table
from autometa.readers.delimited import read_delimited
from tests.readers.bad_files import ARFF_HEAD, parquet

CSV = b"id,height,colour,when,target\n" + b"".join(
    b'%d,%d.5,"%s",2024-01-%02d,%s\n' % (i, i * 3 % 7, (b"red", b"")[i % 2], i + 1, (b"yes", b"no")[i % 2])
    for i in range(20)
)
WHOLE = (
    CSV,
    CSV.replace(b",", b";"),
    CSV.decode().encode("utf-16"),
    ARFF_HEAD + b"1.5,a\n?,b\n" * 6,
    ARFF_HEAD + b"{0 1.5, 1 b}\n{}\n" * 6,
    gzip.compress(CSV),
    parquet(pd.DataFrame({"x": np.arange(20), "s": ["a", "b"] * 10, "y": np.arange(20) / 3})),
)
PIECES = (
    b"",
    b",",
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"{",
    b"'",
    b"?",
    b"%",
    b"\\",
    b"inf",
    b"1e999",
    b"9" * 400,
)
EDITS = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(0, 40), st.sampled_from(PIECES) | st.binary(max_size=3)),
    min_size=1,
    max_size=4,
)


def edited(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """The content with pieces cut out and put in, at places counted around."""
    for place, length, piece in edits:
        start = place % (len(content) + 1)
        content = content[:start] + piece + content[start + length :]
    return content


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(whole=st.sampled_from(WHOLE), edits=EDITS)
def test_a_damaged_file_gives_a_table_or_one_sentence(
    whole: bytes, edits: list[tuple[int, int, bytes]], tmp_path: Path
) -> None:
    path = tmp_path / "data"
    path.write_bytes(edited(whole, edits))
    try:
        table = read_table(path)
    except AutometaError as error:
        sentence = str(error)
    else:
        sentence = f"a table of {table.dataset.n_rows} rows"
    assert sentence.strip()
    assert "\n" not in sentence


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=30, unique=True),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_pandas_writes_is_read_back(
    numbers: list[float], separator: str, quoting: int, line_end: str
) -> None:
    labels = ["u" if i % 2 else "v" for i in range(len(numbers))]
    frame = pd.DataFrame({"x": numbers, "word": "a, b; c|d", "target": labels})
    text = frame.to_csv(sep=separator, index=False, quoting=quoting, lineterminator=line_end)
    read, _ = read_delimited(io.BytesIO(text.encode()), source="written")
    np.testing.assert_allclose(read["x"].to_numpy(np.float64), numbers, rtol=1e-12)
    assert read["word"].tolist() == frame["word"].tolist()
