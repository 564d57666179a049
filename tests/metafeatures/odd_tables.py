"""Tables for the tests of the packs: tiny ones, odd ones, and those of the shared folder."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from autometa.dataset import Column, ColumnKind, Dataset, TaskType

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def table(
    numeric=None, categorical=None, target=(), *, task_type=TaskType.CLASSIFICATION, kinds=None
) -> Dataset:
    n = len(target)
    numbers = np.empty((n, 0)) if numeric is None else np.asarray(numeric, dtype=np.float64)
    codes = (
        np.empty((n, 0), dtype=np.int64) if categorical is None else np.asarray(categorical, dtype=np.int64)
    )
    kinds = kinds or [ColumnKind.NUMERIC] * numbers.shape[1] + [ColumnKind.CATEGORICAL] * codes.shape[1]
    is_class = task_type is TaskType.CLASSIFICATION
    return Dataset(
        name="table",
        numeric=numbers,
        categorical=codes,
        target=np.asarray(target, dtype=np.int64 if is_class else np.float64),
        task_type=task_type,
        columns=tuple(Column(f"c{i}", kind) for i, kind in enumerate(kinds)),
        class_names=tuple(f"class {i}" for i in range(int(max(target)) + 1)) if is_class else (),
    )


def from_frame(frame: pd.DataFrame, task_type: TaskType) -> Dataset:
    """Columns of numbers are numeric, all others categorical; codes in the sorted order of the levels."""
    inputs = frame.drop(columns="target")
    is_number = [pd.api.types.is_numeric_dtype(dtype) for dtype in inputs.dtypes]
    numbers, labels = inputs.loc[:, is_number], inputs.loc[:, ~np.array(is_number)]
    codes = [pd.factorize(column.astype(object), sort=True)[0] for _, column in labels.items()]
    is_class = task_type is TaskType.CLASSIFICATION
    target = pd.factorize(frame["target"].astype(str), sort=True)[0] if is_class else frame["target"]
    return table(
        numbers.to_numpy(np.float64),
        np.column_stack(codes) if codes else None,
        target,
        task_type=task_type,
        kinds=[ColumnKind.NUMERIC if flag else ColumnKind.CATEGORICAL for flag in is_number],
    )


def shared_frame(file: str) -> tuple[pd.DataFrame, TaskType]:
    index = SHARED / "tabular" / "index.csv"
    if not index.exists():
        pytest.skip("the shared tables are not here")
    task = pd.read_csv(index).set_index("file").loc[file, "task"]
    return pd.read_parquet(index.parent / file), TaskType(str(task))


def uci_iris() -> Dataset:
    """Iris with the two typing errors of the UCI copy, which OpenML has and scikit-learn corrected."""
    features, target = load_iris(return_X_y=True)
    features[[34, 37]] = [[4.9, 3.1, 1.5, 0.1], [4.9, 3.1, 1.5, 0.1]]
    return table(features, None, target)


def _noise(n: int, p: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, p))


_COIN = np.tile([0, 1], 10)
ODD = {
    "two rows": table([[1.0], [2.0]], [[0], [1]], [0, 1]),
    "one row": table([[1.0]], [[0]], [0]),
    "no column": table(None, None, _COIN),
    "all missing": table(np.full((20, 2), np.nan), np.full((20, 2), -1), _COIN),
    "infinite": table(np.full((20, 2), np.inf), None, _COIN),
    "some infinite": table(np.where(_noise(20, 3) > 1, np.inf, _noise(20, 3)), None, _COIN),
    "constant": table(np.full((20, 2), 0.1), np.zeros((20, 2)), _COIN),
    "one class": table(_noise(20, 2), None, np.zeros(20)),
    "class per row": table(_noise(20, 2), None, np.arange(20)),
    "only nominal": table(None, np.column_stack([_COIN, np.arange(20)]), _COIN),
    "useless nominal": table(None, np.zeros((20, 1)), _COIN),
    "huge": table(_noise(20, 2) * 1e300, None, _COIN),
    "tiny": table(_noise(20, 2) * 1e-300, None, _COIN),
    "largest doubles": table(np.where(_noise(20, 2) > 0, 1.7e308, -1.7e308), None, _COIN),
    "more columns than rows": table(_noise(10, 30), None, _COIN[:10]),
    "text and dates": table(
        _noise(20, 1), np.arange(20)[:, None], _COIN, kinds=[ColumnKind.DATETIME, ColumnKind.TEXT]
    ),
    "regression": table(_noise(20, 2), _COIN[:, None], _noise(20, 1)[:, 0], task_type=TaskType.REGRESSION),
    "huge regression": table(None, None, np.tile([1.7e308, -1.7e308], 10), task_type=TaskType.REGRESSION),
}
