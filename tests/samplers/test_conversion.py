"""Values of other histories in the distribution asked for: the same meaning, always valid."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from autometa.samplers.conversion import UNKNOWN, asked_value, convert
from autometa.search_space import Value


@pytest.mark.parametrize(
    ("value", "distribution", "expected"),
    [
        pytest.param(0.01, FloatDistribution(1e-6, 10.0), 0.01, id="other range, the same value"),
        pytest.param(50, FloatDistribution(0.0, 10.0), 10.0, id="above"),
        pytest.param(-5.0, FloatDistribution(1e-3, 1.0, log=True), 1e-3, id="below a logarithmic range"),
        pytest.param(3, FloatDistribution(0.0, 10.0), 3.0, id="int to float"),
        pytest.param(3.6, IntDistribution(1, 10), 4, id="float to int"),
        pytest.param(3.6, IntDistribution(1, 9, step=4), 5, id="onto a step"),
        pytest.param(0.3, FloatDistribution(0.0, 1.0, step=0.25), 0.25, id="onto a float step"),
        pytest.param("0.5", FloatDistribution(0.0, 1.0), 0.5, id="number as text"),
        pytest.param("auto", FloatDistribution(0.0, 1.0), UNKNOWN, id="word for a number"),
        pytest.param(True, IntDistribution(0, 1), UNKNOWN, id="truth for a number"),
        pytest.param(math.nan, FloatDistribution(0.0, 1.0), UNKNOWN, id="not a number"),
        pytest.param(1, CategoricalDistribution(("1", "2")), "1", id="choice as text"),
        pytest.param(None, CategoricalDistribution((None, "a")), None, id="None is a choice"),
        pytest.param("lion", CategoricalDistribution(("sgd",)), UNKNOWN, id="unknown choice"),
        pytest.param(60, CategoricalDistribution((16, 64)), 64, id="nearest of numbers"),
    ],
)
def test_convert(value: Value, distribution: BaseDistribution, expected: Any) -> None:
    converted = convert(value, distribution)
    assert converted == expected
    assert type(converted) is type(expected)


@given(
    st.one_of(st.floats(), st.integers(), st.text(max_size=3), st.booleans(), st.none()),
    st.integers(-20, 20),
    st.integers(0, 9),
    st.sampled_from([1, 2, 7]),
)
def test_whatever_comes_out_is_valid(value: Value, low: int, n_steps: int, step: int) -> None:
    for distribution in (
        FloatDistribution(low, low + n_steps),
        FloatDistribution(low, low + n_steps * step, step=float(step)),
        IntDistribution(low, low + n_steps * step, step=step),
        CategoricalDistribution((low, "a", None)),
    ):
        converted = convert(value, distribution)
        assert converted is UNKNOWN or distribution._contains(distribution.to_internal_repr(converted))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("gamma:kind", "range"), ("gamma", 0.5), ("depth:kind", "auto"), ("depth", UNKNOWN)],
)
def test_switches_say_what_the_configuration_has(name: str, expected: Any) -> None:
    switch = CategoricalDistribution(("range", "auto", "scale"))
    distribution = switch if name.endswith(":kind") else FloatDistribution(0.0, 1.0)
    assert asked_value(name, distribution, {"gamma": 0.5, "depth": "auto"}) == expected


def test_nothing_is_said_of_what_the_configuration_does_not_have() -> None:
    assert asked_value("x", FloatDistribution(0, 1), {}) is UNKNOWN
    assert asked_value("x:kind", CategoricalDistribution(("range", "a")), {}) is UNKNOWN
