"""Every column on its own [0, 1] scale, so that contents can be compared whatever the unit.

Shapes: n rows, p numeric and q coded columns; b columns by t rows in a piece of the table.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import FloatArray, IntArray
from autometa.metafeatures.levels import ColumnLevels
from autometa.metafeatures.moments import ColumnMoments

_MISSING_CELL = -0.618  # a little below the scale


@dataclass(frozen=True, slots=True, eq=False)
class UnitScale:
    """Scales of p numeric and q coded columns; constants are 0, missing cells -0.618.

    A column without a known cell is 0 everywhere: it says nothing about any row.

    Attributes:
        exponent: (p,) power of two to divide by first.
        low: (p,) minimum, after that.
        factor: (p,) 1 / (maximum - minimum); 0 for constants.
        code_factor: (q,) 1 / largest code; 0 for constants.
        complete: (p + q,) 1 if no cell is missing, 0 if some, -1 if all are.
        mean: (p + q,) of the known cells on the scale.
    """

    exponent: IntArray
    low: FloatArray
    factor: FloatArray
    code_factor: FloatArray
    complete: IntArray
    mean: FloatArray

    @classmethod
    def of(cls, moments: ColumnMoments, levels: ColumnLevels) -> Self:
        """The scales that follow from exact statistics."""
        low = np.ldexp(moments.minimum, -moments.exponent)
        width = np.ldexp(moments.maximum, -moments.exponent) - low
        factor = np.where(moments.varies, 1.0 / np.where(moments.varies, width, 1.0), 0.0)
        code_factor = levels.varies / np.maximum(levels.largest_code, 1)
        n_known = np.concatenate((moments.n_finite, levels.n_known))
        complete = (n_known == len(moments.row_has_missing)).astype(np.int64) - (n_known == 0)
        mean = np.where(moments.varies, (moments.mean - low) * factor, 0.0)
        return cls(
            moments.exponent,
            low,
            factor,
            code_factor,
            complete,
            np.concatenate((mean, levels.mean_code * code_factor)),
        )

    def numbers(self, piece: FloatArray, columns: slice | IntArray) -> FloatArray:
        """The scaled cells (b, t) of numeric columns.

        Args:
            piece: (b, t) as in the data set.
            columns: which b of the p columns they are.
        """
        if self.exponent[columns].any():
            piece = np.ldexp(piece, -self.exponent[columns][:, None])
        complete = self.complete[columns]
        if (complete > 0).all():
            cells = np.subtract(piece, self.low[columns][:, None], order="C")
            cells *= self.factor[columns][:, None]
            return cells
        known = np.isfinite(piece)
        cells = np.where(known, piece - self.low[columns][:, None], 0.0) * self.factor[columns][:, None]
        cells[~known & (complete == 0)[:, None]] = _MISSING_CELL
        return cells

    def codes(self, piece: IntArray, columns: slice | IntArray) -> FloatArray:
        """The scaled cells (b, t) of coded columns.

        Args:
            piece: (b, t) codes as in the data set.
            columns: which b of the q columns they are.
        """
        complete = self.complete[len(self.low) :][columns]
        cells = np.maximum(piece, 0) * self.code_factor[columns][:, None]
        cells[(piece < 0) & (complete == 0)[:, None]] = _MISSING_CELL
        return cells
