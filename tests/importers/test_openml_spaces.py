"""Search spaces of OpenML's flows: inferred from runs, widened as runs come, seen ranges kept apart."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autometa.search_space import Choice, Configuration, FloatRange, IntRange, SearchSpace, Value
from autometa_store.importers.openml_records import ListedParameter
from autometa_store.importers.openml_setups import decode_setup
from autometa_store.importers.openml_spaces import MAX_NUMBERS, MAX_TEXTS, ObservedSpace, as_configuration
from autometa_store.importers.openml_values import Language, decode_value

RECORDED = Path("../shared/data/openml_recorded/evaluation_setup_list.xml")
OML = "{http://openml.org/openml}"
SEARCH = "sklearn.model_selection._search.GridSearchCV(estimator=sklearn.svm.classes.SVC)(4)"
VALUES = st.none() | st.booleans() | st.integers(-50, 500) | st.floats(1e-6, 1e6) | st.sampled_from("abc")


def _seen(*configurations: Configuration) -> ObservedSpace:
    return ObservedSpace().seeing("f/classification", configurations)


def _only(*values: Value) -> object:
    space = _seen(*({"x": value} for value in values)).space
    assert space is not None
    return space.parameters[0]


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ((True, False), Choice("x", (False, True))),
        ((3, 6, None), IntRange("x", 3, 6, alternatives=(None,))),
        (("sqrt", 0.52, 0.87), FloatRange("x", 0.5, 0.9, alternatives=("sqrt",))),
        ((0.0023, 1.3, 910.0), FloatRange("x", 0.001, 1000.0, log=True)),
        ((3, 31, 310), IntRange("x", 2, 500, log=True)),
        ((5, 20), IntRange("x", 5, 20)),
        ((1, 47), IntRange("x", 1, 50)),
        ((0.02, 0.97), FloatRange("x", 0.02, 1.0)),
        ((-2.5, 3.7), FloatRange("x", -3.0, 4.0)),
        ((0.001, 0.03, 0.97), FloatRange("x", 0.001, 1.0, log=True)),
    ],
    ids=repr,
)
def test_a_range_is_the_seen_one_rounded_outward(values: tuple[Value, ...], parameter: object) -> None:
    assert _only(*values) == parameter


def test_housekeeping_and_constants_are_no_parameters() -> None:
    seen = _seen(
        {"a:random_state": 1, "n_jobs": 2, "warm_start": True, "tol": 0.1, "C": 1.0},
        {"a:random_state": 9, "n_jobs": 1, "warm_start": False, "tol": 0.1, "C": 3.0},
    )
    assert seen.space is not None
    assert seen.space.names == ("C",)


def test_what_some_runs_do_not_set_may_be_none() -> None:
    seen = _seen({"depth": 3, "k": "a"}, {"depth": 9, "k": "b"}, {"k": "a"})
    assert seen.space is not None
    assert IntRange("depth", 3, 9, alternatives=(None,)) in seen.space.parameters
    assert as_configuration({"k": "a"}, seen.space) == {"k": "a", "depth": None}


def test_runs_within_the_space_leave_it_as_it_is_and_others_make_the_next_version() -> None:
    first = _seen({"C": 0.0023}, {"C": 910.0}, {"C": 1.0})
    within = first.seeing("f/classification", [{"C": 0.0011}, {"C": 999.0}])
    beyond = within.seeing("f/classification", [{"C": 5000.0}])
    assert first.space is not None
    assert beyond.space is not None
    assert within.space is first.space
    assert within.ranges == {"C": (0.0011, 999.0)}
    assert beyond.space == SearchSpace("f/classification", 2, (FloatRange("C", 0.001, 10000.0, log=True),))


def test_a_constant_that_changes_becomes_a_parameter_of_the_next_version() -> None:
    first = _seen({"C": 1.0, "kernel": "rbf"}, {"C": 2.0, "kernel": "rbf"})
    second = first.seeing("f/classification", [{"C": 1.0, "kernel": "poly"}])
    assert first.space is not None
    assert second.space is not None
    assert first.space.names == ("C",)
    assert (second.space.version, set(second.space.names)) == (2, {"C", "kernel"})


def test_a_parameter_of_ever_new_texts_is_no_parameter() -> None:
    seen = _seen(*({"path": f"/tmp/{index}", "C": float(index)} for index in range(MAX_TEXTS + 5)))
    assert seen.space is not None
    assert seen.space.names == ("C",)


def test_memory_of_numbers_is_bounded_and_keeps_the_extremes() -> None:
    seen = _seen(*({"C": value / 7} for value in range(1, 5000)))
    assert len(seen.parameters["C"].numbers) == MAX_NUMBERS
    assert seen.ranges == {"C": (1 / 7, 4999 / 7)}


def test_what_was_seen_travels_as_json() -> None:
    seen = _seen({"C": 1.0, "k": "a", "d": 3}, {"C": 2.0, "k": None, "d": 4})
    assert ObservedSpace.from_json(json.loads(json.dumps(seen.as_json()))) == seen


@given(
    st.lists(st.fixed_dictionaries({"a": VALUES, "b": VALUES}), min_size=1, max_size=12), st.integers(0, 9)
)
def test_every_run_is_in_the_space_of_all_runs(rows: list[dict[str, Value]], cut: int) -> None:
    seen = ObservedSpace()
    for page in (rows[:cut], rows[cut:]):
        seen = seen.seeing("f", page)
        assert seen.space is not None
    for row in rows:
        seen.space.check(as_configuration(row, seen.space))


@given(st.lists(st.floats(allow_nan=True) | st.integers() | st.integers(-(10**400), 10**400), min_size=1))
def test_numbers_at_the_end_of_floats_make_a_space_too(numbers: list[float]) -> None:
    plain = [decode_value(json.dumps(number), Language.JSON).plain for number in numbers]
    rows: list[dict[str, Value]] = [{"x": value} for value in plain]
    seen = _seen(*rows)
    assert seen.space is not None
    for row in rows:
        seen.space.check(as_configuration(row, seen.space))
    assert SearchSpace.from_json(seen.space.to_json()) == seen.space


def _parameter(flow: str, name: str, value: str) -> ListedParameter:
    return ListedParameter(1, flow, name, value)


def test_what_a_search_began_with_is_not_what_was_scored() -> None:
    setup = decode_setup(
        SEARCH,
        [
            _parameter(SEARCH, "cv", "3"),
            _parameter(SEARCH, "param_grid", '{"C": [1, 10]}'),
            _parameter("sklearn.svm.classes.SVC(7)", "C", "1.0"),
        ],
    )
    assert setup.configuration == {"cv": 3, "param_grid": '{"C": [1, 10]}'}


def test_texts_that_say_nothing_are_counted() -> None:
    flow = "sklearn.svm.classes.SVC(7)"
    setup = decode_setup(flow, [_parameter(flow, "kernel", "rbf"), _parameter(flow, "C", "1.0")])
    assert (setup.estimator, setup.n_kept_texts) == ({"kernel": "rbf", "C": 1.0}, 1)


def test_typed_spaces_of_39_real_runs() -> None:
    if not RECORDED.exists():
        pytest.skip("no recorded answers of an OpenML server beside the repository")
    spaces: dict[str, ObservedSpace] = {}
    for run in ElementTree.parse(RECORDED).getroot().iter(f"{OML}evaluation"):
        texts = ("flow_name", "parameter_name", "value")
        listed = [
            _parameter(*(one.findtext(f"{OML}{text}", "") for text in texts))
            for one in run.iter(f"{OML}parameter")
        ]
        setup = decode_setup(run.findtext(f"{OML}flow_name", ""), listed)
        name = setup.flow.estimator.name
        spaces[name] = spaces.get(name, ObservedSpace()).seeing(name, [setup.configuration])
    found = {name: set(seen.space.parameters) for name, seen in spaces.items() if seen.space}
    assert found == {
        "sklearn.ensemble.RandomForestClassifier": {
            Choice("bootstrap", (False, True)),
            IntRange("max_depth", 3, 6, alternatives=(None,)),
            Choice("max_features", (0.5, "log2", "sqrt")),
            IntRange("n_estimators", 5, 20),
        },
        "sklearn.svm.SVC": {
            FloatRange("sklearn.svm.SVC:C", 0.001, 1000.0, log=True),
            FloatRange("sklearn.svm.SVC:gamma", 0.0001, 10.0, log=True, alternatives=("scale",)),
            Choice("sklearn.svm.SVC:kernel", ("linear", "poly", "rbf")),
        },
    }
