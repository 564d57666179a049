"""Rows and folds: rare classes go, classes keep their shares, everything is the same every time."""

from typing import Any

import numpy as np
import pytest

from autometa.dataset import Column, ColumnKind, Dataset, TaskType
from autometa.errors import InvalidDatasetError
from autometa.evaluation import EvaluationPlan
from autometa.evaluation.sampling import choose_rows, split_folds


def _dataset(target: Any, task: TaskType = TaskType.CLASSIFICATION) -> Dataset:
    values = np.asarray(target)
    names = (
        tuple(f"class {code}" for code in range(int(values.max()) + 1))
        if task is TaskType.CLASSIFICATION
        else ()
    )
    return Dataset(
        name="toy",
        numeric=np.zeros((len(values), 1)),
        categorical=np.empty((len(values), 0), dtype=np.int64),
        target=values,
        task_type=task,
        columns=(Column("x", ColumnKind.NUMERIC),),
        class_names=names,
    )


def test_small_table_is_used_whole() -> None:
    np.testing.assert_array_equal(choose_rows(_dataset([0, 1] * 20), EvaluationPlan()), np.arange(40))


def test_rare_classes_are_left_out() -> None:
    target = np.repeat([0, 1, 2], [20, 9, 10])
    rows = choose_rows(_dataset(target), EvaluationPlan(min_class_rows=10))
    assert set(target[rows]) == {0, 2}
    assert len(rows) == 30


def test_large_table_is_subsampled_with_the_classes_in_their_shares() -> None:
    target = np.repeat([0, 1], [900, 100])
    rows = choose_rows(_dataset(target), EvaluationPlan(max_rows=200))
    assert np.bincount(target[rows]).tolist() == [180, 20]
    assert (np.diff(rows) > 0).all()


def test_class_that_becomes_rare_by_subsampling_is_left_out() -> None:
    target = np.repeat([0, 1, 2], [900, 80, 20])
    rows = choose_rows(_dataset(target), EvaluationPlan(max_rows=200, min_class_rows=10))
    assert set(target[rows]) == {0, 1}


def test_large_regression_table_is_subsampled() -> None:
    dataset = _dataset(np.arange(500.0), TaskType.REGRESSION)
    rows = choose_rows(dataset, EvaluationPlan(max_rows=100))
    assert len(set(rows)) == 100
    np.testing.assert_array_equal(rows, choose_rows(dataset, EvaluationPlan(max_rows=100)))
    assert set(rows) != set(choose_rows(dataset, EvaluationPlan(max_rows=100, seed=1)))


@pytest.mark.parametrize(
    ("target", "task", "message"),
    [
        pytest.param(
            [0] * 30 + [1] * 3, TaskType.CLASSIFICATION, "30 rows of 1 target values", id="one class left"
        ),
        pytest.param([1.0, 2.0, 3.0], TaskType.REGRESSION, "3 rows of 3 target values", id="too few rows"),
        pytest.param([1.0] * 30, TaskType.REGRESSION, "30 rows of 1 target values", id="constant target"),
    ],
)
def test_too_little_is_refused(target: Any, task: TaskType, message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=f"toy: {message} are left after dropping"):
        choose_rows(_dataset(target, task), EvaluationPlan())


def test_folds_are_stratified_disjoint_and_cover_all_rows() -> None:
    target = np.repeat([0, 1, 2], [50, 30, 20])
    folds = list(split_folds(target, TaskType.CLASSIFICATION, EvaluationPlan()))
    assert len(folds) == 5
    assert all(np.bincount(target[test]).tolist() == [10, 6, 4] for _, test in folds)
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(100))
    assert all(
        set(train) | set(test) == set(range(100)) and not set(train) & set(test) for train, test in folds
    )


def test_folds_are_the_same_every_time_and_others_with_another_seed() -> None:
    target = np.arange(40.0)
    first, again, other = (
        [test.tolist() for _, test in split_folds(target, TaskType.REGRESSION, EvaluationPlan(seed=seed))]
        for seed in (0, 0, 1)
    )
    assert first == again != other
