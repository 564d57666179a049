"""Job: what is evaluated, and its way to the worker."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd

from autometa.dataset import TaskType
from autometa.evaluation import EvaluationPlan
from autometa.evaluation.job import Attempt, Job
from autometa.learners import learner
from autometa.readers import Table, table_from_frame

PLAN = EvaluationPlan(
    n_configurations=3, learner_names=("ridge", "k_nearest_neighbors", "logistic_regression")
)


def test_attempts_are_the_configurations_of_the_learners_that_do_the_task(houses: Table) -> None:
    job = Job.of(houses, PLAN)
    expected = [
        Attempt(name, params)
        for name in ("ridge", "k_nearest_neighbors")
        for params in PLAN.configurations(learner(name), TaskType.REGRESSION)
    ]
    assert list(job.attempts) == expected


def test_known_configurations_are_left_out(houses: Table) -> None:
    everything = Job.of(houses, PLAN).attempts
    job = Job.of(houses, PLAN, n_known={"ridge": 2, "k_nearest_neighbors": 3})
    assert job.attempts == everything[2:3]


def test_classes_are_coded_without_a_gap_where_one_was_dropped() -> None:
    kind = ["a"] * 20 + ["b"] * 3 + ["c"] * 20
    table = table_from_frame(pd.DataFrame({"x": np.arange(43.0), "kind": kind}), target="kind")
    assert sorted(set(Job.of(table, PLAN).target)) == [0, 1]


def test_fit_rows_are_all_but_one_fold(flowers: Table, houses: Table) -> None:
    assert Job.of(flowers, PLAN).n_fit_rows == 72
    assert Job.of(houses, replace(PLAN, few_folds_above=10)).n_fit_rows == 40


def test_written_job_is_read_as_it_was(flowers: Table) -> None:
    job, file = Job.of(flowers, PLAN), BytesIO()
    job.write(file)
    read = Job.read(file)
    pd.testing.assert_frame_equal(read.frame, job.frame, check_dtype=False)
    np.testing.assert_array_equal(read.target, job.target)
    assert read.target.dtype == job.target.dtype
    assert (read.task_type, read.columns, read.attempts, read.plan) == (
        job.task_type,
        job.columns,
        job.attempts,
        job.plan,
    )
