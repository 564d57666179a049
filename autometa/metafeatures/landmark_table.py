"""The little table that landmarks are fitted on: two halves of 2 000 rows, all numbers, no gaps.

Shapes: m training and t test rows, c columns after encoding.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import ColumnKind, FloatArray, IntArray, TaskType
from autometa.metafeatures.column_order import column_order
from autometa.metafeatures.sample import Sample

N_ROWS = 2_000
MAX_COLUMNS = 200
_TOP_LEVELS = 10
_CLIP = 20.0
_GRID = 2.0**12


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkTable:
    """Training and test half.

    The cells lie on a grid of 2**-12 within ±20: sums of their products are exact in double precision, so
    that equal distances are equal bit by bit, whatever the order of columns or the unit of a number.

    Attributes:
        x_train: (m, c).
        x_test: (t, c).
        y_train: (m,) class codes as float64, or the real target standardised by the training half.
        y_test: (t,) likewise.
        n_classes: in both halves; 0 for regression.
    """

    x_train: FloatArray
    x_test: FloatArray
    y_train: FloatArray
    y_test: FloatArray
    n_classes: int

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Encode the first 2 000 rows of the sample; the first half trains.

        Numbers, datetimes and booleans (0, 1) are imputed with the median of the training half; categories
        become indicators of their ten most frequent levels there; text is left out. Columns are taken in
        content order until there are 200, those constant in the training half dropped, standardised by the
        training half and clipped.
        """
        n = min(N_ROWS, len(sample.rows))
        m = n - n // 2
        x = _encoded(sample, n, m)
        train = x[:, :m]
        varies = train.max(axis=1, initial=-np.inf) > train.min(axis=1, initial=np.inf)
        x, train = x[varies], train[varies]
        centred = x - train.mean(axis=1, keepdims=True)
        z = centred / np.sqrt(np.square(centred[:, :m]).mean(axis=1, keepdims=True))
        z = np.rint(np.clip(z, -_CLIP, _CLIP) * _GRID) / _GRID
        y = sample.target[:n].astype(np.float64)
        n_classes = 0
        if sample.dataset.task_type is TaskType.CLASSIFICATION:
            n_classes = int(y.max()) + 1
        else:
            y = _standardised_target(y, m)
        x_train, x_test = np.ascontiguousarray(z[:, :m].T), np.ascontiguousarray(z[:, m:].T)
        return cls(x_train, x_test, y[:m], y[m:], n_classes)


def _encoded(sample: Sample, n: int, m: int) -> FloatArray:
    """(c, n) encoded columns, at most 200; c may be 0."""
    kinds = np.array([kind.value for kind in sample.code_kinds], dtype=object)
    numbers = np.flatnonzero(sample.moments.varies)
    has_gaps = sample.levels.is_constant & (sample.levels.n_known < sample.dataset.n_rows)  # bought, or not
    coded = np.flatnonzero((sample.levels.varies | has_gaps) & (kinds != ColumnKind.TEXT.value))
    order = column_order(sample, numbers, coded)[:MAX_COLUMNS]
    found: list[FloatArray] = []
    n_found = 0
    for position in order:
        if position < len(numbers):
            block = _imputed(sample.numbers(numbers[[position]], n), m)
        else:
            j = coded[position - len(numbers)]
            codes = sample.codes(np.array([j]), n)
            if sample.code_kinds[j] is ColumnKind.BOOLEAN:
                block = _imputed(np.where(codes < 0, np.nan, codes), m)
            else:
                block = _top_levels(codes[0], m)
        found.append(block)
        n_found += len(block)
        if n_found >= MAX_COLUMNS:
            break
    return np.concatenate([np.empty((0, n)), *found])[:MAX_COLUMNS]


def _imputed(x: FloatArray, m: int) -> FloatArray:
    """Missing numbers (1, n) replaced by the median of the first m; 0 if none of those is known."""
    missing = np.isnan(x)
    if missing.any():
        known = x[:, :m][~missing[:, :m]]
        x = np.where(missing, np.median(known) if len(known) else 0.0, x)
    return x


def _top_levels(codes: IntArray, m: int) -> FloatArray:
    """(l, n) indicators of the l <= 10 levels most frequent among the first m; a missing cell is in none."""
    levels, counts = np.unique(codes[:m][codes[:m] >= 0], return_counts=True)
    top = levels[np.argsort(-counts, kind="stable")[:_TOP_LEVELS]]
    return np.equal(codes, top[:, None]).astype(np.float64)


def _standardised_target(y: FloatArray, m: int) -> FloatArray:
    """A real target (n,) with mean 0 and sd 1 in its first m."""
    y = np.ldexp(y, -np.frexp(np.abs(y).max())[1])
    centred = y - y[:m].mean()
    sd = np.sqrt(np.square(centred[:m]).mean())
    standardised: FloatArray = np.divide(centred, sd if y[:m].max() > y[:m].min() else 1.0)
    return standardised
