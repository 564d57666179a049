"""Search spaces: drawing, checking, conditions, alternatives, and their way to JSON and back."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autometa.errors import SearchSpaceMismatchError
from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS
from autometa.search_space import ALTERNATIVE_SHARE, Choice, Condition, FloatRange, IntRange, SearchSpace

SPACE = SearchSpace(
    "toy",
    2,
    (
        FloatRange("rate", 1e-4, 1.0, log=True, alternatives=(None,)),
        IntRange("size", 1, 100, log=True),
        Choice("bootstrap", (True, False)),
        FloatRange("share", 0.3, 1.0, condition=Condition("bootstrap", (True,))),
        IntRange("depth", 1, 3, condition=Condition("share", (0.5,))),
    ),
)
FINE = {"rate": 0.1, "size": 5, "bootstrap": True, "share": 0.9}
SPACES = {
    space.name: space
    for member in BASE_LEARNERS + BOOSTING_LEARNERS
    for space in member.search_spaces.values()
}


@given(st.integers(0, 2**32))
def test_drawn_configurations_belong_to_the_space(seed: int) -> None:
    SPACE.check(SPACE.draw(np.random.default_rng(seed)))


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_configurations_of_the_catalogue_belong_to_their_space(space: SearchSpace) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        space.check(space.draw(rng))


def test_same_generator_draws_the_same() -> None:
    first, second = (SPACE.draw(np.random.default_rng(4)) for _ in range(2))
    assert first == second
    assert list(first) == [name for name in SPACE.names if name in first]


def test_conditional_parameter_is_drawn_only_with_its_parent() -> None:
    rng = np.random.default_rng(0)
    drawn = [SPACE.draw(rng) for _ in range(200)]
    assert all(("share" in params) == params["bootstrap"] for params in drawn)
    assert {params["bootstrap"] for params in drawn} == {True, False}


def test_alternatives_are_drawn_at_their_share() -> None:
    rng = np.random.default_rng(0)
    values = [SPACE.parameters[0].draw(rng) for _ in range(4000)]
    assert abs(values.count(None) / 4000 - ALTERNATIVE_SHARE) < 0.03  # four standard deviations


def test_log_ranges_draw_each_decade_alike() -> None:
    rng = np.random.default_rng(0)
    numbers = np.array([FloatRange("rate", 1e-4, 1.0, log=True).draw(rng) for _ in range(4000)], dtype=float)
    counts = np.bincount(np.floor(np.log10(numbers) + 4).clip(0, 3).astype(int))
    assert (abs(counts / 4000 - 0.25) < 0.03).all()


@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(0, 9), st.booleans())
def test_whole_numbers_are_drawn_within_their_bounds(seed: int, low: int, width: int, log: bool) -> None:
    value = IntRange("n", low, low + width, log=log).draw(np.random.default_rng(seed))
    assert isinstance(value, int)
    assert low <= value <= low + width


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"speed": 1}, "toy has no parameter 'speed'; it has rate, size, bootstrap", id="unknown"
        ),
        pytest.param({"size": 101}, "toy: size=101 is outside IntRange", id="above"),
        pytest.param({"rate": 0.0}, r"toy: rate=0\.0 is outside", id="below"),
        pytest.param({"size": 5.0}, r"toy: size=5\.0 is outside", id="not whole"),
        pytest.param({"size": True}, "toy: size=True is outside", id="a truth is no number"),
        pytest.param({"rate": "fast"}, "toy: rate='fast' is outside", id="no alternative"),
        pytest.param({"bootstrap": 1}, "toy: bootstrap=1 is outside", id="a number is no truth"),
        pytest.param({"share": 0.5}, "toy: parameter 'depth' is missing", id="missing"),
        pytest.param(
            {"depth": 2}, "toy: parameter 'depth' is given, but its condition does not hold", id="inactive"
        ),
        pytest.param(
            {"bootstrap": False}, "parameter 'share' is given, but its condition", id="parent changed"
        ),
        pytest.param({"rate": float("nan")}, "toy: rate=nan is outside", id="NaN"),
    ],
)
def test_foreign_configuration_is_refused(changes: dict[str, Any], message: str) -> None:
    SPACE.check(FINE)
    with pytest.raises(SearchSpaceMismatchError, match=message):
        SPACE.check(FINE | changes)


def test_whole_number_is_a_float_too() -> None:
    SPACE.check(FINE | {"rate": 1, "share": 1})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda: FloatRange("x", 2.0, 1.0), r"'x' has the range \[2\.0, 1\.0\]; wanted finite", id="order"
        ),
        pytest.param(lambda: FloatRange("x", 0.0, 1.0, log=True), "and low > 0 if log", id="log of zero"),
        pytest.param(lambda: FloatRange("x", 0.0, float("inf")), "wanted finite low <= high", id="infinite"),
        pytest.param(lambda: IntRange("x", 0, 4, log=True), "and low > 0 if log", id="log of zero, whole"),
        pytest.param(
            lambda: Choice("x", ()), "parameter 'x' has no choices; give at least one", id="no choices"
        ),
        pytest.param(
            lambda: SearchSpace("toy", 1, (Choice("x", (1,)), Choice("x", (2,)))),
            "toy: parameter 'x' stands twice",
            id="twice",
        ),
        pytest.param(
            lambda: SearchSpace("toy", 1, (Choice("x", (1,), Condition("y", (1,))), Choice("y", (1,)))),
            "toy: 'x' stands before its parent",
            id="before its parent",
        ),
    ],
)
def test_impossible_space_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SearchSpaceMismatchError, match=message):
        make()


@pytest.mark.parametrize("space", [SPACE, *SPACES.values()], ids=lambda space: space.name)
def test_space_survives_json(space: SearchSpace) -> None:
    again = SearchSpace.from_json(space.to_json())
    assert again == space
    assert again.digest() == space.digest()


def test_json_has_not_drifted() -> None:
    """Stores keep spaces in this form."""
    small = SearchSpace(
        "toy",
        1,
        (Choice("kind", ("a", None)), FloatRange("C", 0.1, 2.0, True, ("auto",), Condition("kind", ("a",)))),
    )
    assert small.to_json() == (
        '{"name":"toy","version":1,"parameters":[{"type":"choice","name":"kind","choices":["a",null]},'
        '{"type":"float","name":"C","low":0.1,"high":2.0,"log":true,"alternatives":["auto"],'
        '"condition":{"parent":"kind","values":["a"]}}]}'
    )
    assert len(small.digest()) == 32


def test_digest_sees_version_and_order() -> None:
    other = SearchSpace(SPACE.name, 3, SPACE.parameters)
    assert other.digest() != SPACE.digest()
    two = (IntRange("a", 1, 2), IntRange("b", 1, 2))
    assert SearchSpace("toy", 1, two).digest() != SearchSpace("toy", 1, two[::-1]).digest()
