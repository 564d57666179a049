"""The default of every learner is the library's own, but for the departures named here one by one."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression

from autometa.dataset import TaskType
from autometa.learners.base import Learner, Setting
from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS

SEED = {"random_state": 0}  # reproducible; the library's None is not
ONE_THREAD = {"n_jobs": 1}  # the caller decides about threads
DEPARTURES: dict[str, dict[str, Any]] = {
    "hist_gradient_boosting": SEED | {"categorical_features": None},  # told by position, not by dtype
    "random_forest": SEED | ONE_THREAD | {"max_samples": 1.0},  # a share of 1.0 is what None means
    "extra_trees": SEED | ONE_THREAD,
    "logistic_regression": SEED | {"max_iter": 1000},  # converges more often; the optimum is the same
    "ridge": SEED,
    "elastic_net": SEED,
    "svm/classification": SEED | {"max_iter": 100_000},  # large C on noisy rows would never end
    "svm/regression": {"max_iter": 100_000},
    "k_nearest_neighbors": ONE_THREAD,
    "mlp": SEED,
    "lightgbm": SEED | ONE_THREAD | {"verbosity": -1},  # silent
}
WRAPPERS = {  # around the library's estimator
    "elastic_net/regression": "TransformedTargetRegressor",  # standardised target: alpha is in its unit
    "svm/classification": "CalibratedClassifierCV",  # probabilities
    "svm/regression": "TransformedTargetRegressor",  # C and epsilon are in the target's unit
    "mlp/regression": "TransformedTargetRegressor",  # rates and weights assume a unit scale
    "xgboost/classification": "CodedClassifier",  # labels of any type
    "catboost/classification": "CodedClassifier",  # predictions of shape (n,)
}
CASES = [
    pytest.param(member, task, id=member.search_spaces[task].name)
    for member in BASE_LEARNERS + BOOSTING_LEARNERS
    for task in member.search_spaces
]
BOOSTING_CASES = [
    pytest.param(member, task, id=member.search_spaces[task].name)
    for member in BOOSTING_LEARNERS
    for task in TaskType
]


@pytest.mark.parametrize(("learner", "task"), CASES)
def test_estimator_is_wrapped_only_where_documented(learner: Learner, task: TaskType) -> None:
    estimator = _default(learner, task)
    wrapper = type(estimator).__name__ if _unwrapped(estimator) is not estimator else None
    assert wrapper == WRAPPERS.get(learner.search_spaces[task].name)


@pytest.mark.parametrize(
    ("learner", "task"), [case for case in CASES if case.values[0].name not in ("xgboost", "catboost")]
)
def test_default_has_the_library_parameters_but_for_named_departures(
    learner: Learner, task: TaskType
) -> None:
    estimator = _unwrapped(_default(learner, task))
    ours, theirs = estimator.get_params(), type(estimator)().get_params()
    departures = DEPARTURES.get(f"{learner.name}/{task}", DEPARTURES.get(learner.name))
    assert {name: ours[name] for name in ours if ours[name] != theirs.get(name)} == departures


@pytest.mark.slow
@pytest.mark.parametrize(("learner", "task"), BOOSTING_CASES)
def test_default_predicts_what_the_library_alone_predicts(learner: Learner, task: TaskType) -> None:
    """XGBoost and CatBoost do not tell their defaults by `get_params`; their predictions do."""
    pytest.importorskip(str(learner.package))
    classifies = task is TaskType.CLASSIFICATION
    make = make_classification if classifies else make_regression
    inputs, target = make(80, 6, random_state=0)
    estimator = _default(learner, task).fit(inputs, target)
    bare = _bare(learner, task).fit(inputs, target)
    if classifies:
        np.testing.assert_allclose(estimator.predict_proba(inputs), bare.predict_proba(inputs), rtol=1e-6)
    else:
        np.testing.assert_allclose(estimator.predict(inputs), bare.predict(inputs), rtol=1e-6)


def test_logistic_regression_with_an_l1_share_stops_early() -> None:
    """The one search-space dependence of fixed parameters: saga is slow, so it gets fewer, coarser steps."""
    member = next(member for member in BASE_LEARNERS if member.name == "logistic_regression")
    params = {"C": 1.0, "l1_ratio": 0.5, "class_weight": None}
    estimator = member.make(params, Setting(TaskType.CLASSIFICATION))
    assert (estimator.solver, estimator.max_iter, estimator.tol) == ("saga", 100, 1e-3)


@pytest.mark.parametrize("name", ["hist_gradient_boosting", "mlp"])
def test_no_split_for_early_stopping_where_a_class_has_a_single_row(name: str) -> None:
    """The library's stratified split would refuse such a table (of 10,000 rows or more, for the first)."""
    member = next(member for member in BASE_LEARNERS if member.name == name)
    estimator = member.make(
        member.defaults[TaskType.CLASSIFICATION], Setting(TaskType.CLASSIFICATION, smallest_class=1)
    )
    assert estimator.early_stopping is False


def test_svm_is_not_calibrated_where_a_class_has_a_single_row() -> None:
    member = next(member for member in BASE_LEARNERS if member.name == "svm")
    params = member.defaults[TaskType.CLASSIFICATION]
    machines = [member.make(params, Setting(TaskType.CLASSIFICATION, smallest_class=n)) for n in (1, 2, 9)]
    assert [getattr(machine, "cv", None) for machine in machines] == [None, 2, 3]


def _default(learner: Learner, task: TaskType) -> Any:
    if learner.package:
        pytest.importorskip(learner.package)
    smallest = 40 if task is TaskType.CLASSIFICATION else 0
    return learner.make(learner.defaults[task], Setting(task, smallest_class=smallest))


def _unwrapped(estimator: Any) -> Any:
    wraps = {
        "CalibratedClassifierCV": "estimator",
        "CodedClassifier": "estimator",
        "TransformedTargetRegressor": "regressor",
    }
    name = wraps.get(type(estimator).__name__)
    return getattr(estimator, name) if name else estimator


def _bare(learner: Learner, task: TaskType) -> Any:
    """The library's estimator as it comes, but silent and writing no files."""
    prefix = {"lightgbm": "LGBM", "xgboost": "XGB", "catboost": "CatBoost"}[learner.name]
    kind = "Classifier" if task is TaskType.CLASSIFICATION else "Regressor"
    quiet: dict[str, dict[str, Any]] = {
        "lightgbm": {"verbosity": -1},
        "catboost": {"verbose": False, "allow_writing_files": False},
    }
    estimator = getattr(import_module(str(learner.package)), prefix + kind)
    return estimator(**quiet.get(learner.name, {}))
