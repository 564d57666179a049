"""Pack core: 107 unit-free meta-features in ten groups, each in its own file.

Shapes: n rows, p numeric columns, s sampled rows.
"""

from functools import cache
from typing import Any

import numpy as np

from autometa.dataset import ColumnKind, Dataset, FloatArray
from autometa.metafeatures import (
    categorical,
    cost,
    distribution,
    information,
    landmarks,
    missing,
    redundancy,
    size,
    target,
    tree_shape,
)
from autometa.metafeatures.association import Association, code_association, number_association, target_bins
from autometa.metafeatures.base import Feature
from autometa.metafeatures.column_order import in_blocks
from autometa.metafeatures.decision_tree import DecisionTree
from autometa.metafeatures.landmark_table import LandmarkTable
from autometa.metafeatures.quartiles import Spread, spread
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import Measured, split_measured

VERSION = 1
"""Raised whenever a definition changes."""

FEATURES: tuple[Feature, ...] = (
    *size.FEATURES,
    *missing.FEATURES,
    *target.FEATURES,
    *distribution.FEATURES,
    *categorical.FEATURES,
    *redundancy.FEATURES,
    *information.FEATURES,
    *landmarks.FEATURES,
    *tree_shape.FEATURES,
    *cost.FEATURES,
)


def compute(dataset: Dataset, *, seed: int = 0) -> tuple[FloatArray, dict[str, str]]:
    """Measure all groups, on one thread: at these sizes more would mostly wait for each other.

    Args:
        dataset: what to measure.
        seed: of the sample, the split and the random column.

    Returns:
        (107,) values in the order of `FEATURES`, and the reason for every NaN.
    """
    with _blas_threads().limit(limits=1, user_api="blas"):
        sample = Sample.of(dataset, seed=seed)
        measured = (
            size.measure(sample)
            | missing.measure(sample)
            | target.measure(dataset)
            | _single_columns(sample)
            | categorical.measure(sample)
            | redundancy.measure(sample)
            | _models(sample, seed)
            | cost.measure(sample)
        )
    return split_measured(FEATURES, measured)


@cache
def _blas_threads() -> Any:
    """The controller of BLAS's threads; found once, for looking takes longer than measuring a small table."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _single_columns(sample: Sample) -> Measured:
    """Distribution and information, for which each number column is sorted once."""
    y = target_bins(sample)
    described = set(distribution.columns_described(sample).tolist())
    spreads: list[Spread] = []
    is_whole: list[bool] = []
    associations: list[Association] = []
    for columns in in_blocks(np.arange(len(sample.number_kinds))):
        values = sample.numbers(columns)
        ordered = np.sort(values, axis=1)
        n_known = np.isfinite(ordered).sum(axis=1)
        associations.append(number_association(ordered, values, n_known, y))
        for j, numbers, m in zip(columns.tolist(), ordered, n_known, strict=True):
            if j in described:
                spreads.append(spread(numbers[:m]))
                numbers = np.ldexp(numbers[:m], sample.moments.exponent[j])
                is_whole.append(bool((np.floor(numbers) == numbers).all()))
    kinds = np.array([kind is not ColumnKind.TEXT for kind in sample.code_kinds], dtype=np.bool_)
    associations.append(code_association(sample, np.flatnonzero(kinds), y))
    return distribution.measure(sample, spreads, np.array(is_whole, dtype=np.bool_)) | information.measure(
        Association.joined(associations), np.bincount(y)
    )


def _models(sample: Sample, seed: int) -> Measured:
    """Landmarks and tree shape, for which one tree is grown."""
    table = LandmarkTable.of(sample)
    reason = landmarks.why_not(table)
    tree = None if reason else DecisionTree.fit(table, seed=seed)
    return landmarks.measure(table, tree, seed=seed) | tree_shape.measure(tree, len(table.y_train), reason)
