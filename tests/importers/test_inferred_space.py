"""Search spaces from observed values: types, scales, unions, constants and conditions."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew

from autometa.search_space import Choice, Condition, FloatRange, IntRange, Parameter, SearchSpace, Value
from autometa_store.importers.inferred_space import InferredSpace, bare_name, infer_space, plain_value


def _one(*values: object) -> Parameter:
    (parameter,) = infer_space("s", [{"x": value} for value in values]).search_space.parameters
    return parameter


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((True, False), Choice("x", (False, True)), id="booleans"),
        pytest.param(("b", "a", "b"), Choice("x", ("a", "b")), id="texts in any order"),
        pytest.param((3, 1, 2), IntRange("x", 1, 3), id="whole numbers"),
        pytest.param((1, 2.0), IntRange("x", 1, 2), id="whole where one is an int"),
        pytest.param((1.0, 10.0), FloatRange("x", 1.0, 10.0), id="reals that happen to be whole"),
        pytest.param((1, 2.5), FloatRange("x", 1.0, 2.5), id="real where one is"),
        pytest.param((0.01, 0.1, 1.0, 10.0), FloatRange("x", 0.01, 10.0, log=True), id="decades"),
        pytest.param((1, 10, 100, 1000), IntRange("x", 1, 1000, log=True), id="whole decades"),
        pytest.param(tuple(range(1, 1001)), IntRange("x", 1, 1000), id="evenly spread is not logarithmic"),
        pytest.param((0.0, 0.01, 100.0), FloatRange("x", 0.0, 100.0), id="zero has no logarithm"),
        pytest.param((1.0, 2.0, 99.0), FloatRange("x", 1.0, 99.0), id="a short range is not logarithmic"),
        pytest.param(
            ("scale", 0.1, 0.2), FloatRange("x", 0.1, 0.2, alternatives=("scale",)), id="numbers or a text"
        ),
        pytest.param((None, 3, 7), IntRange("x", 3, 7, alternatives=(None,)), id="numbers or None"),
        pytest.param((None, 5), Choice("x", (None, 5)), id="one number beside others is a choice"),
        pytest.param((True, 1, 2), IntRange("x", 1, 2, alternatives=(True,)), id="True is not 1"),
        pytest.param((math.nan, 0.5, 0.6), FloatRange("x", 0.5, 0.6, alternatives=("nan",)), id="NaN"),
        pytest.param((np.int64(2), np.float64(4.0)), IntRange("x", 2, 4), id="numbers of NumPy"),
        pytest.param(((50,), (50, 50)), Choice("x", ("(50, 50)", "(50,)")), id="tuples are named"),
    ],
)
def test_type_range_and_scale_follow_from_the_values(values: tuple[object, ...], expected: Parameter) -> None:
    assert _one(*values) == expected


def test_what_never_varies_is_a_constant_and_no_parameter() -> None:
    found = infer_space("s", [{"C": 1.0, "tol": 0.1}, {"C": 2.0, "tol": 0.1}])
    assert found.search_space.names == ("C",)
    assert found.constants == {"tol": 0.1}
    assert found.configuration({"C": 1, "tol": 0.1}) == {"C": 1.0}


def test_what_is_absent_once_is_no_constant() -> None:
    found = infer_space("s", [{"C": 1.0, "tol": 0.1}, {"C": 2.0}])
    assert found.search_space.names == ("C", "tol")


def test_housekeeping_is_left_out_whatever_its_component() -> None:
    seen = [{"svc__random_state": n, "C": n + 0.5, "sklearn.svm.SVC:verbose": n} for n in range(3)]
    found = infer_space("s", seen)
    assert found.search_space.names == ("C",)
    assert found.ignored == ("sklearn.svm.SVC:verbose", "svc__random_state")
    assert "svc__random_state" in infer_space("s", seen, ignore=()).search_space.names


def test_what_only_some_have_depends_on_the_choice_that_tells_when() -> None:
    seen = [{"degree": 2, "kernel": "poly"}, {"degree": 3, "kernel": "poly"}, {"kernel": "rbf"}]
    kernel, degree = infer_space("svm", seen).search_space.parameters
    assert kernel == Choice("kernel", ("poly", "rbf"))
    assert degree == IntRange("degree", 2, 3, condition=Condition("kernel", ("poly",)))


def test_order_of_configurations_does_not_matter() -> None:
    seen = [{"a": 1, "b": "x"}, {"a": None, "b": "y"}, {"a": 7, "b": True}]
    digests = {infer_space("s", order).search_space.digest() for order in itertools.permutations(seen)}
    assert len(digests) == 1


def test_no_configuration_gives_a_space_without_parameters() -> None:
    assert infer_space("s", []) == InferredSpace(SearchSpace("s", 1, ()), {}, ())


@pytest.mark.parametrize("seed", range(20))
def test_scale_is_what_scipys_skewness_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.concatenate([[1.0, 150.0], rng.gamma(rng.uniform(0.3, 5.0), 10.0, size=30) + 1.0])
    expected = bool(abs(skew(np.log(values))) <= abs(skew(values)))
    parameter = _one(*values.tolist())
    assert isinstance(parameter, FloatRange)
    assert parameter.log == (expected and values.max() / values.min() >= 100)


PLAIN = st.none() | st.booleans() | st.integers(-999, 999) | st.floats() | st.sampled_from(["a", "b", "1"])


@given(st.lists(st.dictionaries(st.sampled_from("pqr"), PLAIN), max_size=12))
def test_every_observed_configuration_is_inside(seen: list[dict[str, Value]]) -> None:
    found = infer_space("s", seen)
    assert SearchSpace.from_json(found.search_space.to_json()) == found.search_space
    for one in seen:
        configuration = found.configuration(one)
        assert configuration.keys() | found.constants.keys() == one.keys()
        for parameter in found.search_space.parameters:
            if parameter.name in configuration:
                assert parameter.contains(configuration[parameter.name])
        json.dumps(configuration, allow_nan=False)


def test_names_and_values_lose_their_wrapping() -> None:
    assert bare_name("pipe__svc__C") == bare_name("C") == "C"
    assert type(plain_value(np.str_("rbf"))) is str
