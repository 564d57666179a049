"""Tables with many classes: a row is a feature vector, a class of the target one of the episodes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.class_data import ClassData


@dataclass(frozen=True, slots=True, eq=False)
class Standardisation:
    """Makes features of mean 0 and standard deviation 1 as seen in the training classes.

    Attributes:
        mean: (d,).
        scale: (d,) standard deviation, 1 where a feature is constant.
    """

    mean: Tensor
    scale: Tensor

    @classmethod
    def of(cls, data: ClassData) -> "Standardisation":
        """From all rows of these classes, which should be the training classes only."""
        rows = [
            data.examples[start : start + count]
            for start, count in zip(data.starts.tolist(), data.counts.tolist(), strict=True)
        ]
        values = torch.cat(rows).double()
        deviation = values.std(dim=0, correction=0)
        scale = torch.where(deviation > 0, deviation, torch.ones_like(deviation))
        return cls(values.mean(dim=0).float(), scale.float())

    def __call__(self, examples: Tensor) -> Tensor:
        """(k, d) standardised floats."""
        return (examples.float() - self.mean.to(examples.device)) / self.scale.to(examples.device)


def table_classes(
    numeric: NDArray[np.float64], categorical: NDArray[np.int64], labels: NDArray[np.str_]
) -> ClassData:
    """Rows as float32 vectors by class: missing numbers become the column's median, categories are one-hot.

    Args:
        numeric: (n, p) NaN where missing.
        categorical: (n, q) codes from 0, -1 where missing, which is all zeros.
        labels: (n,) names of classes.

    Raises:
        InvalidDatasetError: no columns.
    """
    blocks = [_filled(numeric)] if numeric.shape[1] else []
    blocks += [_one_hot(column) for column in categorical.T]
    if not blocks:
        raise InvalidDatasetError("the table has no columns beside its target; nothing can be told apart")
    return ClassData.of(np.concatenate(blocks, axis=1).astype(np.float32), labels)


def read_arrays(path: Path) -> ClassData:
    """Vectors or images from an .npz with arrays `x` and `y`.

    Args:
        path: of the file. `x` is (n, d) numbers, or (n, h, w, c) uint8 images, which become (n, c, h, w);
            `y` is (n,), the class of each row.

    Raises:
        InvalidDatasetError: the arrays are not there or do not fit.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            x, y = arrays["x"], arrays["y"]
    except (KeyError, ValueError, OSError) as error:
        raise InvalidDatasetError(f"{path}: {error}; wanted an .npz with x and y (n,)") from error
    is_vector, is_image = x.ndim == 2 and x.dtype.kind in "fiub", x.ndim == 4 and x.dtype == np.uint8
    if not (is_vector or is_image) or y.shape != (len(x),):
        raise InvalidDatasetError(
            f"{path} has x {x.dtype} {x.shape} and y {y.shape}; wanted numbers x (n, d), or images "
            "x (n, h, w, c) as uint8, and y (n,)"
        )
    return ClassData.of(x.transpose(0, 3, 1, 2) if is_image else x.astype(np.float32), y.astype(str))


def _filled(numeric: NDArray[np.float64]) -> NDArray[np.float64]:
    """Medians where numbers are missing; 0 in columns that are all missing."""
    known = ~np.isnan(numeric)
    medians = [
        np.median(column[row]) if row.any() else 0.0 for column, row in zip(numeric.T, known.T, strict=True)
    ]
    filled: NDArray[np.float64] = np.where(known, numeric, np.array(medians)[None, :])
    return filled


def _one_hot(codes: NDArray[np.int64]) -> NDArray[np.float64]:
    is_code = codes[:, None] == np.arange(codes.max(initial=0) + 1)[None, :]
    return np.asarray(is_code, dtype=np.float64)
