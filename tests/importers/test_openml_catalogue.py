"""OpenML's setups as configurations of the catalogue: exact where they are one, with a reason where not."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.learners import Learner, learners
from autometa.learners.base import Setting
from autometa.search_space import Value
from autometa_store.importers.openml_catalogue import CatalogueTrial, OutsideCatalogue, to_catalogue
from autometa_store.importers.openml_flows import parse_flow
from autometa_store.importers.openml_values import Language, decode_value

CLASSIFICATION, REGRESSION = TaskType.CLASSIFICATION, TaskType.REGRESSION
PIPELINE = "sklearn.pipeline.Pipeline"
SCALED = f"{PIPELINE}(a=sklearn.impute._base.SimpleImputer,s=sklearn.preprocessing.data.StandardScaler,"
FOREST: Mapping[str, Value] = {
    "bootstrap": True,
    "criterion": "entropy",
    "max_depth": None,
    "max_features": 0.5,
    "min_samples_leaf": 3,
    "min_samples_split": 4,
    "n_estimators": 100,
    "n_jobs": None,
    "random_state": 1,
}
FOREST_FLOW = "sklearn.ensemble.forest.RandomForestClassifier(16)"
WRAPPERS = ("CalibratedClassifierCV", "CodedClassifier")
UNMAPPED = {(REGRESSION, name) for name in ("svm", "mlp", "elastic_net")}  # in the target's unit


def _bare(estimator: Any) -> Any:
    """The estimator inside a calibration or a wrapper for class codes."""
    return estimator.estimator if type(estimator).__name__ in WRAPPERS else estimator


def _as_uploaded(estimator: Any) -> tuple[str, dict[str, Value]]:
    """The flow's name and the decoded parameters that openml-python would publish."""
    kind = type(estimator)
    written = {name: json.dumps(value, default=str) for name, value in estimator.get_params().items()}
    flow = f"{SCALED}e={kind.__module__}.{kind.__name__})(1)"
    return flow, {name: decode_value(text, Language.JSON).plain for name, text in written.items()}


@pytest.mark.parametrize(
    ("task", "learner"),
    [
        pytest.param(task, learner, id=f"{learner.name}-{task}")
        for task in TaskType
        for learner in learners(task)
        if (task, learner.name) not in UNMAPPED
    ],
)
def test_what_the_catalogue_makes_is_recognised_as_what_it_was_made_from(
    task: TaskType, learner: Learner
) -> None:
    space, rng = learner.search_spaces[task], np.random.default_rng(0)
    for params in [dict(learner.defaults[task]), *(space.draw(rng) for _ in range(20))]:
        estimator = _bare(learner.make(params, Setting(task, smallest_class=9)))
        flow, given = _as_uploaded(estimator)
        assert to_catalogue(parse_flow(flow), given, task_type=task) == CatalogueTrial(space, params)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("svm", "SVR"), ("linear_model", "ElasticNet"), ("neural_network", "MLPRegressor")],
)
def test_parameters_in_the_targets_unit_are_not_taken(kind: str, name: str) -> None:
    found = to_catalogue(parse_flow(f"sklearn.{kind}.{name}(1)"), {}, task_type=REGRESSION)
    assert found == OutsideCatalogue(f"sklearn.{kind}.{name} is tuned in the target's unit")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"n_estimators": 10}, "n_estimators is not the learner's"),
        ({"max_depth": 3}, "max_depth is not the learner's"),
        ({"min_samples_leaf": 25}, "min_samples_leaf is outside the learner's range"),
        ({"min_samples_leaf": 0.1}, "min_samples_leaf or min_samples_split is a share of the rows"),
        ({"max_features": "log2"}, "max_features is outside the learner's range"),
        ({"max_features": 3}, "max_features counts columns, and their number is unknown"),
        ({"max_features": [1]}, "max_features is outside the learner's range"),
        ({"class_weight": "balanced"}, "class_weight is not the learner's"),
        ({"brand_new": 7}, "brand_new is not the learner's"),
        ({"min_samples_split": None}, "min_samples_split is outside the learner's range"),
    ],
)
def test_a_forest_that_the_catalogue_would_not_grow_has_a_reason(
    changed: Mapping[str, Any], reason: str
) -> None:
    found = to_catalogue(parse_flow(FOREST_FLOW), {**FOREST, **changed}, task_type=CLASSIFICATION)
    assert found == OutsideCatalogue(f"random_forest: {reason}")


@pytest.mark.parametrize(
    ("changed", "params"),
    [
        ({}, {"max_features": 0.5, "max_samples": 1.0, "criterion": "entropy"}),
        ({"max_features": "auto"}, {"max_features": "sqrt"}),
        ({"max_features": None}, {"max_features": 1.0}),
        ({"max_features": 5}, {"max_features": 0.25}),
        ({"criterion": "log_loss"}, {"criterion": "entropy"}),
        ({"bootstrap": True, "max_samples": 0.5}, {"max_samples": 0.5}),
        ({"n_estimators": 500, "brand_new": None, "verbose": 3}, {"min_samples_leaf": 3}),
    ],
)
def test_names_and_units_become_the_catalogues(
    changed: Mapping[str, Value], params: Mapping[str, Value]
) -> None:
    found = to_catalogue(
        parse_flow(FOREST_FLOW), {**FOREST, **changed}, task_type=CLASSIFICATION, n_columns=20
    )
    assert isinstance(found, CatalogueTrial)
    assert params.items() <= found.params.items()
    found.search_space.check(found.params)


def test_a_forest_without_bootstrap_has_no_share_of_rows() -> None:
    found = to_catalogue(parse_flow(FOREST_FLOW), {**FOREST, "bootstrap": False}, task_type=CLASSIFICATION)
    assert isinstance(found, CatalogueTrial)
    assert "max_samples" not in found.params


def test_a_machine_on_inputs_of_any_scale_is_another_machine() -> None:
    given: dict[str, Value] = {"C": 2.0, "gamma": "auto", "kernel": "rbf", "class_weight": None}
    bare = to_catalogue(parse_flow("sklearn.svm.classes.SVC(7)"), given, task_type=CLASSIFICATION)
    scaled = to_catalogue(parse_flow(f"{SCALED}c=sklearn.svm.SVC)"), given, task_type=CLASSIFICATION)
    assert bare == OutsideCatalogue("svm: inputs are not standardised")
    assert isinstance(scaled, CatalogueTrial)
    assert scaled.params == {"C": 2.0, "gamma": "scale", "class_weight": None}


def test_other_preprocessing_makes_another_learner() -> None:
    flow = f"{PIPELINE}(p=sklearn.decomposition.pca.PCA,f={FOREST_FLOW[:-4]})"
    found = to_catalogue(parse_flow(flow), FOREST, task_type=CLASSIFICATION)
    assert found == OutsideCatalogue("random_forest: sklearn.decomposition.PCA comes before it")


def test_columns_of_an_encoding_are_not_the_tables_columns() -> None:
    flow = f"{PIPELINE}(o=sklearn.preprocessing.OneHotEncoder,f={FOREST_FLOW[:-4]})"
    given = {**FOREST, "max_features": 5}
    found = to_catalogue(parse_flow(flow), given, task_type=CLASSIFICATION, n_columns=20)
    assert isinstance(found, OutsideCatalogue)


def test_a_search_is_no_learner_of_the_catalogue() -> None:
    flow = parse_flow(f"sklearn.model_selection._search.GridSearchCV(estimator={SCALED}c=sklearn.svm.SVC))")
    assert to_catalogue(flow, {"cv": 3}, task_type=CLASSIFICATION) == OutsideCatalogue(
        "not a learner of the catalogue"
    )


def test_rangers_counts_become_shares() -> None:
    given: dict[str, Value] = {"num.trees": 500, "mtry": 4, "replace": True, "sample.fraction": 0.7}
    found = to_catalogue(parse_flow("mlr.classif.ranger(9)"), given, task_type=CLASSIFICATION, n_columns=16)
    assert isinstance(found, CatalogueTrial)
    assert found.params == {
        "max_features": 0.25,
        "min_samples_leaf": 1,
        "min_samples_split": 2,
        "bootstrap": True,
        "max_samples": 0.7,
        "criterion": "gini",
    }


@pytest.mark.parametrize(
    ("flow", "given", "reason"),
    [
        ("mlr.classif.ranger(9)", {"mtry": 4}, "mtry counts columns, and their number is unknown"),
        ("mlr.classif.ranger(9)", {"replace": False}, "rows are drawn without replacement"),
        ("mlr.classif.ranger(9)", {"min.node.size": "many"}, "a value cannot be read"),
    ],
)
def test_an_r_forest_outside_the_catalogue_has_a_reason(
    flow: str, given: Mapping[str, Value], reason: str
) -> None:
    found = to_catalogue(parse_flow(flow), given, task_type=CLASSIFICATION)
    assert found == OutsideCatalogue(f"random_forest: {reason}")


def test_r_machines_and_boosting_have_the_packages_defaults() -> None:
    machine = to_catalogue(parse_flow("mlr.classif.svm(4)"), {"cost": 8.0}, task_type=CLASSIFICATION)
    boosting = to_catalogue(
        parse_flow("mlr.classif.xgboost(6)"), {"nrounds": 200, "eta": 0.1}, task_type=CLASSIFICATION
    )
    assert isinstance(machine, CatalogueTrial)
    assert isinstance(boosting, CatalogueTrial)
    assert machine.params == {"C": 8.0, "gamma": "scale", "class_weight": None}
    assert boosting.params["n_estimators"] == 200
    assert boosting.params["max_depth"] == 6
