"""Names of OpenML flows: parsed into components, and the same in every version of a library."""

import importlib
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autometa_store.importers.openml_flows import Component, parameter_name, parse_flow, public_name

SVC_PIPELINE = (
    "sklearn.pipeline.Pipeline(imp=sklearn.impute._base.SimpleImputer,"
    "sc=sklearn.preprocessing._data.StandardScaler,svc=sklearn.svm._classes.SVC)(1)"
)
NESTED = (
    "sklearn.pipeline.Pipeline(columntransformer=sklearn.compose._column_transformer.ColumnTransformer("
    "num=sklearn.pipeline.Pipeline(imputer=sklearn.impute._base.SimpleImputer,"
    "scaler=sklearn.preprocessing._data.StandardScaler),"
    "cat=sklearn.preprocessing._encoders.OneHotEncoder),"
    "randomforestclassifier=sklearn.ensemble._forest.RandomForestClassifier)(2)"
)
SEARCH = (
    "sklearn.model_selection._search.GridSearchCV(estimator=sklearn.pipeline.Pipeline("
    "a=sklearn.preprocessing.data.MinMaxScaler,b=sklearn.svm.classes.SVC))(4)"
)


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("sklearn.svm.classes.SVC(16)", "sklearn.svm.SVC", 16),
        ("sklearn.svm._classes.SVC(1)", "sklearn.svm.SVC", 1),
        ("sklearn.svm.SVC", "sklearn.svm.SVC", None),
        ("weka.J48(1)", "weka.J48", 1),
        ("mlr.classif.ranger(9)", "mlr.classif.ranger", 9),
        ("xgboost.sklearn.XGBClassifier(2)", "xgboost.XGBClassifier", 2),
    ],
)
def test_the_same_class_has_one_name_whatever_the_version(text: str, name: str, version: int | None) -> None:
    assert parse_flow(text) == Component(name, version=version)


def test_a_pipeline_names_its_steps_in_order() -> None:
    flow = parse_flow(SVC_PIPELINE)
    assert [step for step, _ in flow.parts] == ["imp", "sc", "svc"]
    assert flow.estimator.name == "sklearn.svm.SVC"
    assert [one.name for one in flow.preprocessing] == [
        "sklearn.impute.SimpleImputer",
        "sklearn.preprocessing.StandardScaler",
    ]
    assert flow.full_name == (
        "sklearn.pipeline.Pipeline(imp=sklearn.impute.SimpleImputer,"
        "sc=sklearn.preprocessing.StandardScaler,svc=sklearn.svm.SVC)"
    )


def test_brackets_and_commas_inside_parts_do_not_split_the_whole() -> None:
    flow = parse_flow(NESTED)
    assert [step for step, _ in flow.parts] == ["columntransformer", "randomforestclassifier"]
    assert [step for step, _ in flow.parts[0][1].parts] == ["num", "cat"]
    assert len(list(flow.walk())) == 7
    assert flow.estimator.name == "sklearn.ensemble.RandomForestClassifier"


def test_parameters_of_parts_are_told_apart_by_their_component() -> None:
    flow = parse_flow(SVC_PIPELINE)
    imputer = parse_flow("sklearn.impute._base.SimpleImputer(1)")
    scaler = parse_flow("sklearn.preprocessing.data.StandardScaler(3)")
    assert parameter_name(flow, imputer, "copy") == "sklearn.impute.SimpleImputer:copy"
    assert parameter_name(flow, scaler, "copy") == "sklearn.preprocessing.StandardScaler:copy"
    assert parameter_name(flow, parse_flow(SVC_PIPELINE), "verbose") == "verbose"


def test_parts_of_one_class_keep_their_full_names() -> None:
    flow = parse_flow(NESTED)
    inner = flow.parts[0][1].parts[0][1]
    assert parameter_name(flow, inner, "memory") == f"{inner.full_name}:memory"


def test_what_a_search_replaces_is_known() -> None:
    flow = parse_flow(SEARCH)
    assert flow.is_search
    assert flow.estimator is flow
    assert [one.name for one in flow.below_searches()] == [
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing.MinMaxScaler",
        "sklearn.svm.SVC",
    ]
    assert not list(parse_flow(SVC_PIPELINE).below_searches())


@pytest.mark.parametrize(
    "text",
    ["", "a(b", "a(b=c))(1)", "a()", "(", "f(1)(2)(3)", "a(" * 5000 + ")" * 5000, "a." * 9, "x(9" * 50],
)
def test_odd_names_are_components_too(text: str) -> None:
    assert parse_flow(text).walk()
    assert isinstance(parse_flow(text).full_name, str)


@given(st.text(alphabet="ab.(),=_1", max_size=40))
def test_parsing_never_raises_and_public_names_are_settled(text: str) -> None:
    flow = parse_flow(text)
    assert all(isinstance(one.name, str) for one in flow.walk())
    assert public_name(public_name(text)) == public_name(text) or "_" in text


def test_public_names_are_those_under_which_sklearn_offers_its_estimators() -> None:
    from sklearn.utils import all_estimators

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimators = all_estimators()
    assert len(estimators) > 180
    for name, kind in estimators:
        module = public_name(f"{kind.__module__}.{name}").rpartition(".")[0]
        assert getattr(importlib.import_module(module), name) is kind, f"{kind.__module__}.{name}"
