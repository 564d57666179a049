"""Encoding: what configurations become, in their own space and asked in another."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autometa.history import PriorStudy, PriorTrial
from autometa.search_space import Choice, Condition, FloatRange, IntRange, SearchSpace
from autometa.warmstart.encoding import SpaceEncoding, encode_own, typical_values

SPACE = SearchSpace(
    "toy",
    1,
    (
        FloatRange("rate", 1e-4, 1.0, log=True),
        IntRange("size", 0, 10, alternatives=(None, "auto")),
        Choice("kernel", ("rbf", "poly")),
        IntRange("degree", 2, 4, condition=Condition("kernel", ("poly",))),
    ),
)
#         rate, size, None, auto, rbf, poly, degree, active
COLUMNS = 8
FULL = {"rate": 0.01, "size": 5, "kernel": "poly", "degree": 4}


@pytest.mark.parametrize(
    ("configuration", "point"),
    [
        pytest.param(FULL, [0.5, 0.5, 0, 0, 0, 1, 1, 1], id="own space"),
        pytest.param(FULL | {"size": None}, [0.5, 0.5, 1, 0, 0, 1, 1, 1], id="alternative"),
        pytest.param(FULL | {"kernel": "rbf"}, [0.5, 0.5, 0, 0, 1, 0, 0.5, 0], id="inactive though given"),
        pytest.param(FULL | {"rate": 50.0}, [1, 0.5, 0, 0, 0, 1, 1, 1], id="above the range"),
        pytest.param(FULL | {"rate": -1.0}, [0, 0.5, 0, 0, 0, 1, 1, 1], id="below a logarithmic range"),
        pytest.param(FULL | {"size": 2.5}, [0.5, 0.25, 0, 0, 0, 1, 1, 1], id="float for int"),
        pytest.param(FULL | {"size": "5"}, [0.5, 0.5, 0, 0, 0, 1, 1, 1], id="number as text"),
        pytest.param(FULL | {"kernel": "cosine"}, [0.5, 0.5, 0, 0, 0, 0, 0.5, 0], id="unknown choice"),
        pytest.param(FULL | {"momentum": 0.9}, [0.5, 0.5, 0, 0, 0, 1, 1, 1], id="unknown parameter"),
        pytest.param({}, [0.5] * 2 + [0] * 4 + [0.5, 0], id="nothing is known"),
    ],
)
def test_point(configuration: dict[str, Any], point: list[float]) -> None:
    np.testing.assert_allclose(SpaceEncoding(SPACE, {}).encode([configuration]), [point], atol=1e-12)


def test_missing_parameter_becomes_what_did_well() -> None:
    encoding = SpaceEncoding(SPACE, {"rate": 0.01, "size": "auto", "kernel": "poly", "degree": 2})
    np.testing.assert_allclose(encoding.encode([{"rate": 1.0}]), [[1, 0.5, 0, 1, 0, 1, 0, 1]])
    assert encoding.missing_in([{"rate": 1.0}]) == {"size", "kernel", "degree"}
    assert encoding.missing_in([{"rate": 1.0, "size": 3, "kernel": "rbf"}]) == set()


def test_typical_values_are_those_of_the_better_quarter() -> None:
    rates = [1e-4, 1e-3, 1e-2, 0.1] * 4
    trials = tuple(
        PriorTrial({"rate": rate, "size": i if i < 3 else None, "kernel": "poly" if i else "rbf"}, float(i))
        for i, rate in enumerate(rates)
    )
    best_are_last = PriorStudy("a", SPACE, "accuracy", "maximize", trials)
    best_are_first = PriorStudy("a", SPACE, "loss", "minimize", trials)
    assert typical_values(best_are_last) == {"rate": 1e-2, "size": None, "kernel": "poly"}
    assert typical_values(best_are_first) == {"rate": 1e-2, "size": 1, "kernel": "poly"}


def test_equal_columns_have_equal_keys() -> None:
    assert SpaceEncoding(SPACE, {}).key == SpaceEncoding(SPACE, {"rate": 1.0}).key
    assert SpaceEncoding(SPACE, {}).key != SpaceEncoding(SearchSpace("toy", 1, SPACE.parameters[:2]), {}).key


@given(st.integers(0, 2**32), st.integers(1, 5))
def test_points_lie_in_the_unit_cube_and_do_not_depend_on_order(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    draws = [SPACE.draw(rng) for _ in range(n)]
    study = PriorStudy("a", SPACE, "loss", "minimize", tuple(PriorTrial(one, 0.0) for one in draws))
    points = encode_own(study).encode(draws)
    backwards = [dict(reversed(one.items())) for one in draws]
    assert points.shape == (n, COLUMNS)
    assert ((points >= 0) & (points <= 1)).all()
    np.testing.assert_array_equal(encode_own(study).encode(backwards), points)
