"""A pseudo-random order of the columns that depends on what they contain, not on where they stand.

Shapes: p numeric and q coded columns; m rows, the first of the sample.
"""

from collections.abc import Iterator

import numpy as np

from autometa.dataset import FloatArray, IntArray
from autometa.metafeatures.mixing import mixed, unit_interval
from autometa.metafeatures.sample import Sample

_N_ROWS = 2_000
_GRID = 2.0**12  # coarse: rounding a column to float32 seldom moves it
_COLUMNS_AT_ONCE = 64


def column_order(sample: Sample, numbers: IntArray, coded: IntArray) -> IntArray:
    """Order columns by a hash of their content.

    A column's content key is its cells, on its own [0, 1] scale and in content order, times pseudo-random
    marks; the hash of the key (rounded to 2**-12) decides, then the key itself.

    Args:
        sample: whose columns.
        numbers: numeric columns that take part.
        coded: coded columns that take part.

    Returns:
        (len(numbers) + len(coded),) positions in the concatenation of both.
    """
    m = min(_N_ROWS, len(sample.rows))
    marks = (unit_interval(mixed(np.arange(m))) - 0.5) / np.sqrt(m)
    keys = np.concatenate(
        [np.empty(0)]
        + [_unit_numbers(sample, some, m) @ marks for some in in_blocks(numbers)]
        + [_unit_codes(sample, some, m) @ marks for some in in_blocks(coded)]
    )
    return np.lexsort((keys, mixed(np.rint(keys * _GRID).astype(np.int64))))


def in_blocks(columns: IntArray, size: int = _COLUMNS_AT_ONCE) -> Iterator[IntArray]:
    """Cut a list of columns into pieces of bounded memory."""
    for start in range(0, len(columns), size):
        yield columns[start : start + size]


def _unit_numbers(sample: Sample, columns: IntArray, m: int) -> FloatArray:
    cells = sample.dataset.numeric.T[columns[:, None], sample.rows[None, :m]]
    return sample.scale.numbers(cells, columns)


def _unit_codes(sample: Sample, columns: IntArray, m: int) -> FloatArray:
    return sample.scale.codes(sample.codes(columns, m), columns)
