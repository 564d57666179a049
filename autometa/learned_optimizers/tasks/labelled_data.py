"""Data that networks are trained on: inputs and targets as tensors, from a `Dataset` or from digits.

Shapes: n rows, d features.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from autometa.dataset import Dataset, FloatArray, IntArray, TaskType
from autometa.errors import InvalidDatasetError


@dataclass(frozen=True, slots=True, eq=False)
class LabelledData:
    """Rows with their targets.

    Attributes:
        name: for people.
        inputs: (n, d) float32.
        targets: (n,) int64 classes, or (n, 1) float32 numbers of mean 0 and variance 1.
        n_classes: 0 in regression.
    """

    name: str
    inputs: Tensor
    targets: Tensor
    n_classes: int

    @property
    def n_outputs(self) -> int:
        """That a network needs: one a class, or one number."""
        return self.n_classes or 1

    @classmethod
    def of(cls, dataset: Dataset) -> "LabelledData":
        """All rows: numbers standardised with medians for missing ones, categories one-hot.

        Args:
            dataset: of either task type.

        Raises:
            InvalidDatasetError: no column has two different values.
        """
        columns = [_standardised(column) for column in dataset.numeric.T if _varies(column)]
        blocks = [np.stack(columns, axis=1)] if columns else []
        blocks += [_one_hot(codes) for codes in dataset.categorical.T if _varies(codes)]
        if not blocks:
            raise InvalidDatasetError(f"{dataset.name}: no column has two different values to learn from")
        inputs = torch.from_numpy(np.concatenate(blocks, axis=1)).float()
        if dataset.task_type is TaskType.REGRESSION:
            target = dataset.target.astype(np.float64)
            scaled = (target - target.mean()) / (target.std() or 1.0)
            return cls(dataset.name, inputs, torch.from_numpy(scaled).float()[:, None], 0)
        classes = torch.from_numpy(dataset.target.astype(np.int64))
        return cls(dataset.name, inputs, classes, len(dataset.class_names))


def digits() -> LabelledData:
    """1,797 handwritten digits of 8 x 8 pixels in [0, 1], which scikit-learn ships."""
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    return LabelledData("digits", torch.from_numpy(images / 16.0).float(), torch.from_numpy(classes), 10)


def _varies(column: FloatArray | IntArray) -> bool:
    known = column[np.isfinite(column)]
    return len(known) > 1 and bool((known != known[0]).any())


def _standardised(column: FloatArray) -> FloatArray:
    known = np.isfinite(column)
    filled: FloatArray = np.where(known, column, np.median(column[known]))
    filled = filled / np.abs(filled).max()  # squares of very large numbers stay finite
    centred: FloatArray = (filled - filled.mean()) / (filled.std() or 1.0)
    return centred


def _one_hot(codes: IntArray) -> FloatArray:
    """(n, levels), all zeros where the code is missing."""
    is_level: FloatArray = (codes[:, None] == np.arange(codes.max() + 1)[None, :]).astype(np.float64)
    return is_level
