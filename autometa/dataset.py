"""Dataset: a table as arrays, with the kind of every column; what all of autometa calls "the data".

Shapes: n rows with a known target, p numeric and datetime columns, q boolean, categorical and text columns.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from autometa.errors import InvalidDatasetError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class TaskType(StrEnum):
    """What is to be predicted: a class or a real number."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class ColumnKind(StrEnum):
    """How a column is to be understood."""

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    TEXT = "text"
    DATETIME = "datetime"


NUMBER_KINDS = frozenset({ColumnKind.NUMERIC, ColumnKind.DATETIME})


@dataclass(frozen=True, slots=True)
class Column:
    """One input column of a table.

    Attributes:
        name: as in the table's head.
        kind: how it is understood.
        is_float: True if the numbers were stored as floating point (then it cannot be a row id).
    """

    name: str
    kind: ColumnKind
    is_float: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A supervised table; check once at birth, then trust.

    Attributes:
        name: for people; not part of the fingerprint.
        numeric: (n, p) float64, one column per numeric or datetime column, in the table's order. NaN is
            missing; infinities stay as found and count as missing. Datetimes are seconds since 1970.
            Column-major memory is fastest.
        categorical: (n, q) int64, one column per boolean, categorical or text column, in the table's order:
            codes from 0 in the sorted order of the levels, -1 is missing.
        target: (n,) int64 class codes from 0, or float64 finite numbers.
        task_type: classification or regression.
        columns: p + q columns in the table's order.
        target_name: the target's column name.
        class_names: the class labels by code; empty for regression.
        n_unlabelled: rows that were left out because their target is missing.

    Raises:
        InvalidDatasetError: shapes that disagree, no rows, or a target that cannot be used.
    """

    name: str
    numeric: FloatArray
    categorical: IntArray
    target: FloatArray | IntArray
    task_type: TaskType
    columns: tuple[Column, ...]
    target_name: str = "target"
    class_names: tuple[str, ...] = ()
    n_unlabelled: int = 0

    def __post_init__(self) -> None:
        """Check that the parts belong together."""
        n = len(self.target)
        if n == 0:
            raise InvalidDatasetError(f"{self.name}: no row has a known target; give at least two rows")
        n_numbers = sum(column.kind in NUMBER_KINDS for column in self.columns)
        wanted = ((n, n_numbers), (n, len(self.columns) - n_numbers))
        if (self.numeric.shape, self.categorical.shape) != wanted:
            raise InvalidDatasetError(
                f"{self.name}: arrays of shape {self.numeric.shape} and {self.categorical.shape}, "
                f"but rows and columns ask for {wanted[0]} and {wanted[1]}"
            )
        if self.task_type is TaskType.REGRESSION and not np.isfinite(self.target).all():
            raise InvalidDatasetError(
                f"{self.name}: the target has infinite or missing values; drop those rows"
            )
        if self.task_type is TaskType.CLASSIFICATION and int(self.target.max()) >= len(self.class_names):
            raise InvalidDatasetError(f"{self.name}: a class code has no name; name every class")

    @property
    def n_rows(self) -> int:
        """Rows with a known target."""
        return len(self.target)

    @property
    def n_columns(self) -> int:
        """Input columns, the target not counted."""
        return len(self.columns)

    def of_kind(self, *kinds: ColumnKind) -> tuple[Column, ...]:
        """The columns of these kinds, in the table's order."""
        return tuple(column for column in self.columns if column.kind in kinds)

    def fingerprint(self) -> str:
        """Content digest, 32 hexadecimal digits: the data set's key in the store.

        Names of data set, columns and classes do not count; the order of rows and columns does.
        """
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{self.task_type}:{[c.kind.value for c in self.columns]}".encode())
        for column in self.numeric.T:
            digest.update(np.where(np.isnan(column), np.nan, column + 0.0).tobytes())  # one NaN, one zero
        for codes in self.categorical.T:
            digest.update(codes.astype(np.int64).tobytes())
        digest.update(self.target.tobytes())
        return digest.hexdigest()
