"""The rows that an evaluation uses: rare classes dropped, large tables subsampled, the rest split in folds.

Shapes: n rows.
"""

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from autometa.dataset import Dataset, FloatArray, IntArray, TaskType
from autometa.errors import InvalidDatasetError
from autometa.evaluation.plan import EvaluationPlan


def choose_rows(dataset: Dataset, plan: EvaluationPlan) -> IntArray:
    """Sorted indices of the rows to evaluate on, at most `plan.max_rows`.

    Args:
        dataset: the full table.
        plan: gives the size, the rarest class allowed, and the seed.

    Raises:
        InvalidDatasetError: fewer than two classes, or too few rows, remain.
    """
    rows = np.arange(dataset.n_rows)
    if dataset.task_type is TaskType.CLASSIFICATION:
        rows = _drop_rare(rows, dataset.target, plan.min_class_rows)
    if len(rows) > plan.max_rows:
        labels = dataset.target[rows] if dataset.task_type is TaskType.CLASSIFICATION else None
        rows, _ = train_test_split(rows, train_size=plan.max_rows, stratify=labels, random_state=plan.seed)
        if dataset.task_type is TaskType.CLASSIFICATION:
            rows = _drop_rare(rows, dataset.target, plan.min_class_rows)
    if len(rows) < 2 * plan.n_folds or len(np.unique(dataset.target[rows])) < 2:
        n_values = len(np.unique(dataset.target[rows]))
        raise InvalidDatasetError(
            f"{dataset.name}: {len(rows)} rows of {n_values} target values are left "
            f"after dropping classes with fewer than {plan.min_class_rows} rows; give a larger table"
        )
    return np.sort(rows)


def split_folds(
    target: FloatArray | IntArray, task_type: TaskType, plan: EvaluationPlan
) -> Iterator[tuple[IntArray, IntArray]]:
    """Train and test indices of every fold, shuffled; stratified for classes."""
    n_folds = plan.n_folds_for(len(target))
    splitter = StratifiedKFold if task_type is TaskType.CLASSIFICATION else KFold
    yield from splitter(n_folds, shuffle=True, random_state=plan.seed).split(np.zeros(len(target)), target)


def _drop_rare(rows: IntArray, target: FloatArray | IntArray, min_rows: int) -> IntArray:
    _, codes, counts = np.unique(target[rows], return_inverse=True, return_counts=True)
    return rows[counts[codes] >= min_rows]
