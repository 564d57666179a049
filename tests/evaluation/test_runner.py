"""Evaluating in a process of its own: the same numbers as in this one, and limits that hold."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate

from autometa.dataset import TaskType
from autometa.evaluation import EvaluationPlan, evaluate_table
from autometa.evaluation.job import Attempt, Job
from autometa.evaluation.runner import run_job
from autometa.history import TrialStatus
from autometa.learners import learner
from autometa.learners.pipeline import build_pipeline
from autometa.metrics import DEFAULT_METRIC, METRICS
from autometa.readers import Table, table_from_frame

limited = pytest.mark.skipif(sys.platform == "win32", reason="the kernel has no such limits")
SCORERS = {
    TaskType.CLASSIFICATION: {
        "balanced_accuracy": "balanced_accuracy",
        "roc_auc": "roc_auc_ovr",
        "log_loss": "neg_log_loss",
    },
    TaskType.REGRESSION: {"r2": "r2", "rmse": "neg_root_mean_squared_error"},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fixture", "names"),
    [
        pytest.param(
            "flowers",
            ("hist_gradient_boosting", "random_forest", "logistic_regression", "svm", "k_nearest_neighbors"),
            id="classification",
        ),
        pytest.param("houses", ("extra_trees", "ridge", "elastic_net", "svm"), id="regression"),
    ],
)
def test_scores_are_those_of_plain_cross_validation(
    fixture: str, names: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    table: Table = request.getfixturevalue(fixture)
    dataset = table.dataset
    task = dataset.task_type
    splitter = StratifiedKFold if task is TaskType.CLASSIFICATION else KFold
    for study in evaluate_table(table, EvaluationPlan(n_configurations=2, learner_names=names)):
        member = learner(study.search_space.name.split("/")[0])
        for trial in study.trials:
            expected = cross_validate(
                build_pipeline(member, trial.params, dataset),
                table.frame,
                dataset.target,
                cv=splitter(5, shuffle=True, random_state=0),
                scoring=SCORERS[task],
            )
            metric = DEFAULT_METRIC[task]
            np.testing.assert_allclose(trial.fold_scores, expected[f"test_{metric}"], rtol=1e-9, atol=1e-12)
            assert trial.value == pytest.approx(np.mean(trial.fold_scores))
            for other, value in trial.other_values.items():
                sign = 1 if METRICS[task][other] == "maximize" else -1
                assert value == pytest.approx(sign * np.mean(expected[f"test_{other}"]), rel=1e-9)


@pytest.mark.slow
def test_study_says_what_was_measured_and_how(houses: Table) -> None:
    (study,) = evaluate_table(
        houses, EvaluationPlan(n_configurations=1, learner_names=("lightgbm",)), source="here"
    )
    (trial,) = study.trials
    assert (study.dataset_id, study.source) == (houses.dataset.fingerprint(), "here")
    assert (study.metric, study.direction, study.n_fit_rows) == ("r2", "maximize", 48)
    assert study.versions.keys() == {"autometa", "numpy", "scikit-learn", "scipy", "lightgbm"}
    assert trial.params == learner("lightgbm").defaults[TaskType.REGRESSION]
    assert (trial.status, trial.seed, len(trial.fold_scores)) == (TrialStatus.COMPLETE, 0, 5)
    assert trial.fit_seconds is not None
    assert trial.fit_seconds > 0
    assert trial.other_values.keys() == {"rmse"}


def test_nothing_left_to_try_starts_no_process(houses: Table) -> None:
    plan = EvaluationPlan(n_configurations=1, learner_names=("ridge",))
    assert evaluate_table(houses, plan, n_known={"ridge": 1}) == []


@limited
@pytest.mark.slow
def test_time_limit_ends_a_fit_inside_c_code_and_the_rest_goes_on() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(6000, 60))).assign(y=rng.normal(size=6000))
    job = Job.of(table_from_frame(frame, target="y"), EvaluationPlan(max_rows=6000, fit_seconds=1))
    endless = Attempt(
        "svm", {"C": 1000.0, "gamma": 0.001, "epsilon": 0.001}
    )  # one call of libsvm, 10 s or more
    quick = Attempt("ridge", {"alpha": 1.0})
    results = dict(run_job(replace(job, attempts=(quick, endless, quick))))
    assert [results[index]["status"] for index in range(3)] == ["complete", "timeout", "complete"]
    assert results[0]["scores"] == results[2]["scores"]


@limited
@pytest.mark.slow
def test_memory_limit_fails_the_trial_and_not_the_run(houses: Table) -> None:
    job = Job.of(houses, EvaluationPlan(memory_bytes=2**28, learner_names=("ridge",), n_configurations=2))
    results = dict(run_job(job))
    assert [results[index]["status"] for index in range(2)] == ["out_of_memory"] * 2, results


@pytest.mark.slow
def test_configuration_that_cannot_be_fitted_fails_alone(houses: Table) -> None:
    job = Job.of(houses, EvaluationPlan())
    too_many = Attempt("k_nearest_neighbors", {"n_neighbors": 50, "weights": "uniform", "p": 2})  # of 48 rows
    fine = Attempt("k_nearest_neighbors", {"n_neighbors": 5, "weights": "uniform", "p": 2})
    results = dict(run_job(replace(job, attempts=(too_many, fine))))
    assert results[0]["status"] == "failed"
    assert "n_neighbors" in results[0]["error"]
    assert results[1]["status"] == "complete"


@pytest.mark.slow
def test_worker_that_ends_by_its_own_error_is_reported_with_what_it_said(houses: Table) -> None:
    job = Job.of(houses, EvaluationPlan())
    broken = replace(job, attempts=(Attempt("ridge", {"alpha": 1.0}),), plan=replace(job.plan, n_folds=1))
    with pytest.raises(RuntimeError, match=r"(?s)the evaluating process ended with code 1: .*n_splits=1"):
        dict(run_job(broken))
