"""What single columns tell about the target: entropies and mutual information of discretised columns.

Shapes: s sampled rows, b columns in a block, k target bins.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import FloatArray, IntArray, TaskType
from autometa.metafeatures.column_order import in_blocks
from autometa.metafeatures.quartiles import quantile_bins
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import entropy_bits

N_BINS = 8
_TARGET_BINS = 5
_DENSE_TABLE = 8  # cells of a contingency table per row, above which only its occupied cells are counted


@dataclass(frozen=True, slots=True, eq=False)
class Association:
    """Entropies of b discretised columns, in bits.

    Attributes:
        n_bins: (b,) bins that occur, a missing cell being a bin of its own.
        entropy: (b,) H(x).
        information: (b,) I(x; y) = H(x) + H(y) - H(x, y), not below 0.
    """

    n_bins: IntArray
    entropy: FloatArray
    information: FloatArray

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """The columns of all parts."""
        return cls(
            np.concatenate([np.empty(0, dtype=np.int64)] + [part.n_bins for part in parts]),
            np.concatenate([np.empty(0)] + [part.entropy for part in parts]),
            np.concatenate([np.empty(0)] + [part.information for part in parts]),
        )


def target_bins(sample: Sample) -> IntArray:
    """(s,) class codes; a real target in five bins of equal frequency."""
    if sample.dataset.task_type is TaskType.CLASSIFICATION:
        return np.asarray(sample.target, dtype=np.int64)
    target = sample.target[None, :].astype(np.float64, copy=False)
    codes: IntArray = quantile_bins(np.sort(target), np.array([target.shape[1]]), target, _TARGET_BINS)[0]
    return codes


def number_association(
    ordered: FloatArray, values: FloatArray, n_known: IntArray, y: IntArray
) -> Association:
    """Entropies of a block of numeric columns in eight bins of equal frequency.

    Args:
        ordered: (b, s) sorted along the rows, NaN last.
        values: (b, s) in the order of y.
        n_known: (b,) numbers that are not NaN.
        y: (s,) target bins.
    """
    b, k = len(values), int(y.max()) + 1
    cells = quantile_bins(ordered, n_known, values, N_BINS)
    cells += np.arange(b)[:, None] * (N_BINS + 1)
    cells *= k
    cells += y
    table = np.bincount(cells.ravel(), minlength=b * (N_BINS + 1) * k).reshape(b, N_BINS + 1, k)
    by_bin = table.sum(axis=2)
    entropy = entropy_bits(by_bin)
    information = entropy + entropy_bits(np.bincount(y)) - entropy_bits(table.reshape(b, -1))
    return Association((by_bin > 0).sum(axis=1), entropy, np.maximum(information, 0.0))


def code_association(sample: Sample, columns: IntArray, y: IntArray) -> Association:
    """Entropies of coded columns; a missing cell is a level of its own.

    Args:
        sample: whose columns.
        columns: which coded columns.
        y: (s,) target bins.
    """
    k, y_entropy = int(y.max()) + 1, entropy_bits(np.bincount(y))
    n_bins, entropy = np.zeros(len(columns), dtype=np.int64), np.zeros(len(columns))
    information = np.zeros(len(columns))
    codes = (column for block in in_blocks(columns) for column in sample.codes(block))
    for i, column in enumerate(codes):
        counts = _counts(column + 1)
        n_bins[i], entropy[i] = len(counts), entropy_bits(counts)
        information[i] = max(entropy[i] + y_entropy - entropy_bits(_counts((column + 1) * k + y)), 0.0)
    return Association(n_bins, entropy, information)


def _counts(codes: IntArray) -> IntArray:
    """How often each code occurs that does."""
    if codes.max() > _DENSE_TABLE * len(codes):
        return np.unique(codes, return_counts=True)[1]
    counts = np.bincount(codes)
    return counts[counts > 0]
