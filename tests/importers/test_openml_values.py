"""Values of OpenML hyper-parameters: exact for scikit-learn, as far as the text says for mlr and Weka."""

import json
import math
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autometa_store.importers.openml_values import Language, decode_value, language_of

RECORDED = Path("../shared/data/openml_recorded/evaluation_setup_list.xml")
OML = "{http://openml.org/openml}"

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("null", None),
        ("false", False),
        ("10", 10),
        ("0.0", 0.0),
        ("1e-05", 1e-5),
        ('"gini"', "gini"),
        ("[100, 50]", [100, 50]),
        ("-Infinity", -math.inf),
    ],
)
def test_sklearn_values_are_json_with_their_types(text: str, content: object) -> None:
    decoded = decode_value(text, Language.JSON)
    assert decoded.is_understood
    assert decoded.content == content
    assert type(decoded.content) is type(content)


def test_nan_is_a_number_and_plainly_a_text() -> None:
    decoded = decode_value("NaN", Language.JSON)
    assert math.isnan(decoded.content)
    assert decoded.plain == "nan"


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        (
            "function",
            "sklearn.feature_selection._univariate_selection.f_classif",
            "sklearn.feature_selection",
        ),
        ("type", "np.float64", "np.float64"),
        ("rv_frozen", {"dist": "scipy.stats._distn_infrastructure.rv_frozen", "a": 0.1}, '{"oml-python'),
        ("cv_object", {"name": "KFold", "parameters": ["3"]}, '{"oml-python'),
    ],
)
def test_serialized_objects_become_text(kind: str, value: object, plain: str) -> None:
    text = json.dumps({"oml-python:serialized_object": kind, "value": value})
    decoded = decode_value(text, Language.JSON)
    assert decoded.content["value"] == value
    assert str(decoded.plain).startswith(plain)
    assert not decoded.is_reference


def test_steps_of_a_pipeline_are_references_and_no_values() -> None:
    step = {"oml-python:serialized_object": "component_reference", "value": {"key": "a", "step_name": "a"}}
    assert decode_value(json.dumps([step, step]), Language.JSON).is_reference
    assert decode_value(json.dumps(step), Language.JSON).is_reference
    assert not decode_value("[]", Language.JSON).is_reference
    assert not decode_value("null", Language.JSON).is_reference


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("TRUE", True),
        ("F", False),
        ("NULL", None),
        ("500", 500),
        ("5L", 5),
        ("0.0234", 0.0234),
        ("1e-05", 1e-5),
        ("-Inf", -math.inf),
        ('"gini"', "gini"),
        ("gini", "gini"),
        ("c(1, 2)", "c(1, 2)"),
        ("1_000", "1_000"),
    ],
)
def test_r_text_says_booleans_numbers_and_words(text: str, content: object) -> None:
    decoded = decode_value(text, Language.R)
    assert decoded.content == content
    assert type(decoded.content) is type(content)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("true", True),
        ("-1", -1),
        ("0.25", 0.25),
        ("weka.classifiers.trees.J48", "weka.classifiers.trees.J48"),
        ("1e400", "1e400"),
        ("", ""),
    ],
)
def test_weka_text_says_flags_numbers_and_class_names(text: str, content: object) -> None:
    decoded = decode_value(text, Language.WEKA)
    assert decoded.content == content
    assert type(decoded.content) is type(content)


@pytest.mark.parametrize("text", ["gini", "{", "[" * 100_000, "1" * 5_000, "", "'auto'"])
def test_odd_text_of_a_sklearn_flow_is_kept_and_marked(text: str) -> None:
    decoded = decode_value(text, Language.JSON)
    assert (decoded.content, decoded.is_understood) == (text, False)


@given(JSON_VALUES)
def test_what_json_wrote_comes_back_exactly(value: object) -> None:
    decoded = decode_value(json.dumps(value), Language.JSON)
    assert decoded.content == value
    assert decoded.is_understood


@given(st.text(), st.sampled_from(Language))
def test_no_text_raises_in_any_language(text: str, language: Language) -> None:
    plain = decode_value(text, language).plain
    assert plain is None or isinstance(plain, bool | int | float | str)
    assert not (isinstance(plain, float) and not math.isfinite(plain))


@pytest.mark.parametrize(
    ("flow_name", "written_by", "language"),
    [
        ("sklearn.svm.classes.SVC(16)", None, Language.JSON),
        ("mlr.classif.ranger(9)", None, Language.R),
        ("weka.J48(1)", None, Language.WEKA),
        ("my.Own(1)", "openml==0.15.1,sklearn==1.9.1", Language.JSON),
        ("J48", "Weka_3.9.0_11194", Language.WEKA),
        ("ranger", "R_3.1.3-v2.b955a5ec", Language.R),
        ("moa.HoeffdingTree(1)", None, Language.UNKNOWN),
    ],
)
def test_the_flow_tells_the_language(flow_name: str, written_by: str | None, language: Language) -> None:
    assert language_of(flow_name, written_by) is language


def test_all_values_of_39_real_runs_decode() -> None:
    if not RECORDED.exists():
        pytest.skip("no recorded answers of an OpenML server beside the repository")
    texts = [
        (one.findtext(f"{OML}flow_name", ""), one.findtext(f"{OML}value", ""))
        for one in ElementTree.parse(RECORDED).getroot().iter(f"{OML}parameter")
    ]
    decoded = [decode_value(text, language_of(flow)) for flow, text in texts]
    kinds = Counter(type(value.content).__name__ for value in decoded)
    assert sum(kinds.values()) == 912
    assert all(value.is_understood for value in decoded)
    assert kinds == {"NoneType": 179, "bool": 250, "str": 118, "int": 193, "float": 153, "list": 19}
