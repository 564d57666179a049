import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autometa.errors import SearchSpaceMismatchError, StoreError
from autometa.search_space import Choice, FloatRange, IntRange, SearchSpace
from autometa_store.codecs import (
    ParamsCodec,
    decode_floats,
    decode_other_values,
    decode_seed,
    encode_floats,
    encode_other_values,
    encode_seed,
)

SPACE = SearchSpace("any", 1, (FloatRange("x", 0.0, 1.0), IntRange("n", 0, 9), Choice("c", ("a", None))))
CODEC = ParamsCodec(SPACE)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text('a1 "\\\0\nä☃\ud800')
)
CONFIGURATIONS = st.dictionaries(st.sampled_from(SPACE.names), VALUES)


@settings(deadline=None)
@given(CONFIGURATIONS)
def test_params_round_trip(params):
    assert CODEC.decode(CODEC.encode(params)) == params


@settings(deadline=None)
@given(CONFIGURATIONS)
def test_params_keep_the_difference_of_bool_and_number(params):
    decoded = CODEC.decode(CODEC.encode(params))
    assert {name: isinstance(value, bool) for name, value in decoded.items()} == {
        name: isinstance(value, bool) for name, value in params.items()
    }


@settings(deadline=None)
@given(CONFIGURATIONS)
def test_params_text_does_not_depend_on_their_order(params):
    assert CODEC.encode(params) == CODEC.encode(dict(reversed(params.items())))


@settings(deadline=None)
@given(CONFIGURATIONS)
def test_params_text_is_strict_json(params):
    json.loads(CODEC.encode(params), parse_constant=pytest.fail)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_a_parameter_that_is_not_finite_round_trips(value):
    assert str(CODEC.decode(CODEC.encode({"x": value}))["x"]) == str(value)


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ({"x": 1}, "[1.0,[],[]]"),
        ({"n": 3.0}, "[[],3,[]]"),
        ({"n": np.int64(3), "x": np.float64(0.5)}, "[0.5,3,[]]"),
    ],
    ids=["int in a real range", "whole float in an int range", "NumPy scalars"],
)
def test_params_are_canonical(given_, wanted):
    assert CODEC.encode(given_) == wanted


def test_encode_names_an_unknown_parameter():
    with pytest.raises(SearchSpaceMismatchError, match="any has no parameter 'y'; it has x, n, c"):
        CODEC.encode({"y": 1})


def test_encode_refuses_a_value_of_another_type():
    with pytest.raises(SearchSpaceMismatchError, match=r"value \[1\] is a list; wanted a bool"):
        CODEC.encode({"c": [1]})


def test_the_digest_depends_on_the_space():
    other = ParamsCodec(SearchSpace("any", 2, SPACE.parameters))
    assert CODEC.digest("[1.0,[],[]]") != other.digest("[1.0,[],[]]")


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=True)))
def test_floats_round_trip_bit_for_bit(values):
    assert decode_floats(encode_floats(values)).tobytes() == np.array(values, dtype=np.float64).tobytes()


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.floats(allow_nan=False, allow_infinity=False)))
def test_other_values_round_trip(values):
    assert decode_other_values(encode_other_values(values, "abc"), "abc") == values


def test_other_values_that_are_not_finite_are_left_out():
    blob = encode_other_values({"a": math.inf, "b": 1.0, "c": math.nan}, "abc")
    assert decode_other_values(blob, "abc") == {"b": 1.0}


def test_other_values_are_read_after_new_metrics_were_appended():
    assert decode_other_values(encode_other_values({"a": 1.0}, "a"), "abc") == {"a": 1.0}


@settings(deadline=None)
@given(st.one_of(st.none(), st.integers(-(2**63) + 2, 2**63 - 2)))
def test_seeds_round_trip_in_64_bits(seed):
    code = encode_seed(seed)
    assert decode_seed(code) == seed
    assert -(2**63) <= code < 2**63


def test_a_seed_that_is_too_large_is_refused():
    with pytest.raises(StoreError, match="does not fit 63 bits"):
        encode_seed(2**63)
