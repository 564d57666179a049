"""Choices that stand in different words in two histories."""

import pytest

from autometa.search_space import Value
from autometa.warmstart.matching import as_number, match_choice


@pytest.mark.parametrize(
    ("value", "choices", "position"),
    [
        pytest.param("adam", ("sgd", "adam"), 1, id="equal"),
        pytest.param(1, (1.0, 1), 1, id="of the same kind first"),
        pytest.param(1, (0.5, 1.0), 1, id="equal as numbers"),
        pytest.param("64", (32, 64), 1, id="number as text"),
        pytest.param("None", ("a", None), 1, id="None as text"),
        pytest.param(None, (None, "a"), 0, id="None"),
        pytest.param(True, (1, True), 1, id="truth is no number"),
        pytest.param(True, (0, 1), None, id="truth is not one"),
        pytest.param("True", (False, True), 1, id="truth as text"),
        pytest.param(50, (10, 100, 1000), 1, id="nearest by ratio"),
        pytest.param(40, (-100, 0, 50), 2, id="nearest by difference"),
        pytest.param(50, (10, "auto"), None, id="no nearest among words"),
        pytest.param("lion", ("sgd", "adam"), None, id="unknown"),
    ],
)
def test_match_choice(value: Value, choices: tuple[Value, ...], position: int | None) -> None:
    assert match_choice(value, choices) == position


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), ("1e-3", 0.001), (True, None), ("auto", None), (None, None), (float("inf"), None)],
    ids=repr,
)
def test_as_number(value: object, number: float | None) -> None:
    assert as_number(value) == number
