"""Dataset: what it refuses, what it answers, and what its fingerprint sees."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autometa.dataset import Column, ColumnKind, Dataset, TaskType
from autometa.errors import InvalidDatasetError

COLUMNS = (
    Column("size", ColumnKind.NUMERIC, is_float=True),
    Column("shade", ColumnKind.CATEGORICAL),
    Column("since", ColumnKind.DATETIME),
    Column("member", ColumnKind.BOOLEAN),
)
TOY = Dataset(
    name="toy",
    numeric=np.array([[1.0, 10.0], [np.nan, 20.0], [3.0, np.inf]]),
    categorical=np.array([[0, 1], [1, 0], [-1, 1]]),
    target=np.array([0, 1, 1]),
    task_type=TaskType.CLASSIFICATION,
    columns=COLUMNS,
    class_names=("no", "yes"),
)
NUMBERS = replace(TOY, task_type=TaskType.REGRESSION, target=np.array([0.5, 1.5, 2.5]), class_names=())
EXPECTED_TOY = "d519173d98cc881af86035d6faf30c56"
EXPECTED_NUMBERS = "903d3ce837e1893321786919f088f893"


def test_sizes_and_kinds() -> None:
    assert (TOY.n_rows, TOY.n_columns) == (3, 4)
    assert TOY.of_kind(ColumnKind.DATETIME, ColumnKind.BOOLEAN) == (COLUMNS[2], COLUMNS[3])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"numeric": np.zeros((3, 1))},
            r"toy: arrays of shape \(3, 1\) and \(3, 2\), but rows and columns ask for \(3, 2\) and \(3, 2\)",
            id="too few numeric columns",
        ),
        pytest.param(
            {"categorical": np.zeros((2, 2), int)}, r"arrays of shape \(3, 2\) and \(2, 2\)", id="rows"
        ),
        pytest.param(
            {"target": np.array([], int), "numeric": np.zeros((0, 2)), "categorical": np.zeros((0, 2), int)},
            "toy: no row has a known target; give at least two rows",
            id="no rows",
        ),
        pytest.param(
            {"class_names": ("no",)}, "toy: a class code has no name; name every class", id="nameless class"
        ),
        pytest.param(
            {"task_type": TaskType.REGRESSION, "target": np.array([1.0, np.inf, 2.0])},
            "toy: the target has infinite or missing values; drop those rows",
            id="infinite target",
        ),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=message):
        replace(TOY, **changes)


def test_fingerprint_is_32_hexadecimal_digits_and_has_not_drifted() -> None:
    """Stores find their data sets again by it."""
    assert TOY.fingerprint() == EXPECTED_TOY
    assert NUMBERS.fingerprint() == EXPECTED_NUMBERS


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": "other"}, id="name"),
        pytest.param({"target_name": "other"}, id="target's name"),
        pytest.param({"class_names": ("a", "b")}, id="class names"),
        pytest.param({"n_unlabelled": 5}, id="rows left out"),
        pytest.param({"columns": tuple(replace(column, name="x") for column in COLUMNS)}, id="column names"),
        pytest.param({"numeric": np.asfortranarray(TOY.numeric)}, id="memory order"),
        pytest.param({"numeric": np.where(np.isnan(TOY.numeric), -np.nan, TOY.numeric)}, id="sign of NaN"),
    ],
)
def test_fingerprint_does_not_see(changes: dict[str, Any]) -> None:
    assert replace(TOY, **changes).fingerprint() == TOY.fingerprint()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"target": np.array([1, 0, 1])}, id="target"),
        pytest.param({"numeric": TOY.numeric[:, ::-1]}, id="order of columns"),
        pytest.param({"categorical": np.array([[0, 1], [1, 0], [0, 1]])}, id="a missing category"),
        pytest.param({"numeric": np.nan_to_num(TOY.numeric, nan=0.0, posinf=np.inf)}, id="a missing number"),
        pytest.param({"columns": (replace(COLUMNS[0], kind=ColumnKind.DATETIME), *COLUMNS[1:])}, id="a kind"),
    ],
)
def test_fingerprint_sees(changes: dict[str, Any]) -> None:
    assert replace(TOY, **changes).fingerprint() != TOY.fingerprint()


def test_zero_has_no_sign() -> None:
    plus, minus = (replace(NUMBERS, numeric=np.full((3, 2), zero)) for zero in (0.0, -0.0))
    assert plus.fingerprint() == minus.fingerprint()


@given(npst.arrays(np.float64, (4, 2), elements=st.floats(width=16)), st.permutations(range(4)))
def test_fingerprint_sees_the_order_of_rows_and_nothing_else(values: Any, order: list[int]) -> None:
    columns = (COLUMNS[0], COLUMNS[2])
    target = np.arange(4.0)
    dataset = Dataset("toy", values, np.empty((4, 0), dtype=np.int64), target, TaskType.REGRESSION, columns)
    shuffled = replace(dataset, numeric=values[order], target=target[order])
    assert (dataset.fingerprint() == shuffled.fingerprint()) == (list(order) == list(range(4)))
    assert dataset.fingerprint() == replace(dataset, numeric=values.copy(order="F")).fingerprint()
