"""A pseudo-random order of the rows that depends on what they contain, not on where they stand.

A sample must not change when rows or columns are shuffled, classes renamed or a column's unit changed. So
every row gets a *content key*, a weighted sum of its cells (scaled to [0, 1]), the weights taken from the
columns' own statistics; the key is hashed, and rows are drawn in the order of the hashes. Copies of a row are
numbered, so that they spread over the order like all others; being copies, it does not matter which is which.

Shapes: n rows, p numeric and q coded columns, k classes; b columns by t rows in a tile.
"""

from collections.abc import Iterator

import numpy as np

from autometa.dataset import Dataset, FloatArray, IntArray, TaskType
from autometa.metafeatures.mixing import mixed, unit_interval
from autometa.metafeatures.moments import tiles
from autometa.metafeatures.unit_scale import UnitScale

_KEY_BITS = 30  # keys are rounded to 2**-30: what the rounding of sums changes is gone
_CELL_BITS = 20  # low bits of a key left out of its hash, so that a rounded cell seldom moves its row
_WEIGHT_GRID = 2.0**16
_TARGET_WEIGHT = 1.618
_FEW_TIES = 1e-3  # more rows than this with equal keys are no accident of rounding


def row_order(dataset: Dataset, scale: UnitScale, *, n_wanted: int, seed: int) -> IntArray:
    """The first rows of the content order.

    If rows tie (a table of few levels), the columns' weights are drawn again from how each column goes
    together with the first keys, which tells columns of equal statistics apart.

    Args:
        dataset: n rows.
        scale: of its columns.
        n_wanted: rows to return at most.
        seed: another seed, another order.

    Returns:
        (min(n, n_wanted),) row numbers.
    """
    keys = _row_keys(dataset, scale, scale.mean)
    in_order = np.argsort(keys, kind="stable")
    if np.count_nonzero(np.diff(keys[in_order]) == 0) > _FEW_TIES * len(keys):
        keys = _row_keys(dataset, scale, _marked_means(dataset, scale, keys))
        in_order = np.argsort(keys, kind="stable")
    cells = (keys >> _CELL_BITS)[in_order]
    starts = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1])))
    copies = np.arange(len(cells)) - np.repeat(starts, np.diff(starts, append=len(cells)))
    hashes = mixed(mixed(cells, seed=seed) ^ mixed(copies, seed=seed + 1))
    n_wanted = min(n_wanted, len(hashes))
    first = np.argpartition(hashes, n_wanted - 1)[:n_wanted]
    return in_order[first[np.argsort(hashes[first])]]


def _row_keys(dataset: Dataset, scale: UnitScale, means: FloatArray) -> IntArray:
    """(n,) content keys in units of 2**-30.

    A class enters by its share and by the mean key of its rows, so its name does not matter.

    Args:
        dataset: n rows.
        scale: of its columns.
        means: (p + q,) what the columns' pseudo-random weights in [1, 2) are hashed from.
    """
    weights = 1.0 + unit_interval(mixed(np.rint(means * _WEIGHT_GRID).astype(np.int64)))
    keys = np.zeros(dataset.n_rows)
    for columns, rows, cells in _unit_tiles(dataset, scale):
        keys[rows] += np.einsum("i,ij->j", weights[columns], cells)
    if dataset.task_type is TaskType.CLASSIFICATION:
        codes = dataset.target.astype(np.int64, copy=False)
        counts = np.maximum(np.bincount(codes), 1)
        position = np.bincount(codes, weights=keys) / counts + counts / dataset.n_rows
        by_position = np.argsort(np.rint(position * _WEIGHT_GRID), kind="stable")
        position[by_position] += np.arange(len(position))  # classes that tie are mirror images of each other
        keys += _TARGET_WEIGHT * position[codes]
    else:
        keys += _TARGET_WEIGHT * _unit_target(dataset.target.astype(np.float64, copy=False))
    return np.rint(keys * 2.0**_KEY_BITS).astype(np.int64)


def _unit_tiles(dataset: Dataset, scale: UnitScale) -> Iterator[tuple[slice, slice, FloatArray]]:
    """Tiles of all p + q columns on their [0, 1] scales."""
    n, p = dataset.numeric.shape
    for columns, rows in tiles(n, p, contiguous=dataset.numeric.flags.f_contiguous):
        yield columns, rows, scale.numbers(dataset.numeric.T[columns, rows], columns)
    q = dataset.categorical.shape[1]
    for columns, rows in tiles(n, q, contiguous=dataset.categorical.flags.f_contiguous):
        cells = scale.codes(dataset.categorical.T[columns, rows], columns)
        yield slice(columns.start + p, columns.stop + p), rows, cells


def _marked_means(dataset: Dataset, scale: UnitScale, keys: IntArray) -> FloatArray:
    """(p + q,) mean of every column's cells times a pseudo-random mark of their rows.

    Args:
        dataset: n rows.
        scale: of its columns.
        keys: (n,) rows with the same key have the same mark.
    """
    marks = unit_interval(mixed(keys >> _CELL_BITS)) / dataset.n_rows
    means = np.zeros(dataset.n_columns)
    for columns, rows, cells in _unit_tiles(dataset, scale):
        means[columns] += np.einsum("ij,j->i", cells, marks[rows])
    return means


def _unit_target(target: FloatArray) -> FloatArray:
    """(n,) a real target on [0, 1]."""
    scaled = np.ldexp(target, -np.frexp(np.abs(target).max())[1])
    scaled -= scaled.min()
    width = scaled.max()
    unit: FloatArray = np.divide(scaled, width if width > 0 else 1.0)
    return unit
