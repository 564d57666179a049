"""Random tables of mixed columns for property tests, and the changes that must not matter."""

from dataclasses import replace

import numpy as np

from autometa.dataset import NUMBER_KINDS, Column, ColumnKind, Dataset, TaskType

KINDS = (ColumnKind.NUMERIC, ColumnKind.BOOLEAN, ColumnKind.CATEGORICAL, ColumnKind.TEXT, ColumnKind.DATETIME)


def random_table(seed: int, *, n: int, n_columns: int, task_type: TaskType, missing: float = 0.1) -> Dataset:
    """Continuous, skewed, whole and 0/1 numbers, codes of every kind; missing cells, copied rows."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(np.array(KINDS, dtype=object), n_columns, p=(0.5, 0.15, 0.2, 0.05, 0.1))
    numbers = [_numbers(rng, n) for kind in kinds if kind in NUMBER_KINDS]
    codes = [_codes(rng, n, kind) for kind in kinds if kind not in NUMBER_KINDS]
    numeric = np.array(numbers).reshape(-1, n).T
    categorical = np.array(codes, dtype=np.int64).reshape(-1, n).T
    numeric[rng.random(numeric.shape) < missing] = np.nan
    categorical[rng.random(categorical.shape) < missing] = -1
    signal = np.nan_to_num(numeric).sum(axis=1) + categorical.sum(axis=1) + rng.normal(size=n)
    copies = rng.random(n) < 0.2
    numeric[copies], categorical[copies] = numeric[0], categorical[0]
    is_class = task_type is TaskType.CLASSIFICATION
    target = np.digitize(signal, np.quantile(signal, (0.2, 0.6))).astype(np.int64) if is_class else signal
    return Dataset(
        name="random",
        numeric=np.asfortranarray(numeric),
        categorical=categorical,
        target=target,
        task_type=task_type,
        columns=tuple(Column(f"c{i}", kind, is_float=True) for i, kind in enumerate(kinds)),
        class_names=("a", "b", "c") if is_class else (),
    )


def with_rows(table: Dataset, rows) -> Dataset:
    return replace(
        table, numeric=table.numeric[rows], categorical=table.categorical[rows], target=table.target[rows]
    )


def with_columns(table: Dataset, order) -> Dataset:
    """The same table with its columns in another order."""
    place, seen = [], {True: 0, False: 0}
    for column in table.columns:
        is_number = column.kind in NUMBER_KINDS
        place.append((is_number, seen[is_number]))
        seen[is_number] += 1
    numbers = [place[i][1] for i in order if place[i][0]]
    codes = [place[i][1] for i in order if not place[i][0]]
    return replace(
        table,
        numeric=table.numeric[:, numbers],
        categorical=table.categorical[:, codes],
        columns=tuple(table.columns[i] for i in order),
    )


def with_column(table: Dataset, values) -> Dataset:
    """One more numeric column, at the end."""
    numeric = np.column_stack((table.numeric, values))
    return replace(table, numeric=numeric, columns=(*table.columns, Column("more", ColumnKind.NUMERIC, True)))


def _numbers(rng, n):
    return (
        rng.normal(size=n),
        np.exp(2 * rng.normal(size=n)),
        rng.integers(0, 6, n).astype(float),
        rng.integers(0, 2, n).astype(float),
        np.round(rng.normal(size=n), 1),
    )[rng.integers(5)]


def _codes(rng, n, kind):
    return rng.integers(0, 2 if kind is ColumnKind.BOOLEAN else rng.integers(2, 15), n)
