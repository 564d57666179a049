"""Probing a table: at most 500 rows, the same numbers as plain cross-validation, and a clock that holds."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score

from autometa import Recommender
from autometa.errors import InvalidDatasetError
from autometa.evaluation.job import Job
from autometa.evaluation.probe import probe_job, probe_table, run_probes
from autometa.learners import learner
from autometa.learners.pipeline import build_pipeline
from autometa.readers import Table, table_from_frame
from autometa.warmstart import Candidate
from tests.sources import InMemorySource, toy_source

LINEAR = Candidate("logistic_regression", {"C": 1.0, "l1_ratio": 0.0, "class_weight": None})
NEIGHBORS = Candidate("k_nearest_neighbors", {"n_neighbors": 5, "weights": "uniform", "p": 2})
ENDLESS = Candidate("svm", {"C": 1000.0, "gamma": 0.001, "class_weight": None})


def real_source() -> InMemorySource:
    """Past experience with configurations that can be fitted."""
    strong = replace(LINEAR, params={**LINEAR.params, "C": 9.0})
    return replace(toy_source(), candidates=(LINEAR, NEIGHBORS, strong, ENDLESS))


def large(n: int, kinds: int = 2) -> Table:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(n, 3))
    frame = pd.DataFrame(inputs, columns=["a", "b", "c"])
    frame["label"] = [f"kind{i % kinds}" for i in range(n)]
    return table_from_frame(frame, target="label")


def test_a_probe_sees_at_most_500_rows_and_three_folds() -> None:
    job = probe_job(large(2000), [LINEAR], seconds=5, seed=0)
    assert (len(job.target), job.plan.n_folds_for(500), job.n_fit_rows) == (500, 3, 333)
    assert np.bincount(job.target).tolist() == [250, 250]
    assert job.attempts[0].learner == "logistic_regression"


def test_the_seed_draws_the_rows() -> None:
    first, again, other = (probe_job(large(2000), [LINEAR], seconds=5, seed=seed).frame for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_table_too_small_to_probe_says_so() -> None:
    with pytest.raises(InvalidDatasetError, match="give a larger table"):
        probe_job(large(20, kinds=5), [LINEAR], seconds=5, seed=0)


def test_without_time_no_process_starts(flowers: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autometa.evaluation.probe.run_probes", pytest.fail)
    assert probe_table(flowers, Recommender(real_source()), seconds=0.5) == ()


@pytest.mark.slow
def test_scores_are_those_of_plain_cross_validation_and_failures_are_left_out(flowers: Table) -> None:
    too_many = replace(NEIGHBORS, params={**NEIGHBORS.params, "n_neighbors": 80})  # of 60 rows
    candidates = [LINEAR, too_many, NEIGHBORS]
    probes = run_probes(probe_job(flowers, candidates, seconds=30, seed=3), candidates, seconds=30)
    assert [probe.candidate for probe in probes] == [LINEAR, NEIGHBORS]
    for probe in probes:
        member = learner(probe.candidate.learner)
        pipeline = build_pipeline(member, probe.candidate.params, flowers.dataset, seed=3)
        folds = StratifiedKFold(3, shuffle=True, random_state=3)
        expected = cross_val_score(
            pipeline, flowers.frame, flowers.dataset.target, cv=folds, scoring="balanced_accuracy"
        )
        assert probe.scores["balanced_accuracy"] == pytest.approx(expected.mean(), rel=1e-9)
        assert probe.scores.keys() == {"balanced_accuracy", "roc_auc", "log_loss"}
        assert probe.n_rows == 90
        assert 0 < probe.seconds < 30


@pytest.mark.slow
def test_a_table_is_probed_with_what_the_recommender_asks_for(flowers: Table) -> None:
    probes = probe_table(flowers, Recommender(real_source()), seconds=30, learners=["logistic_regression"])
    assert [probe.candidate.learner for probe in probes] == ["logistic_regression"] * 2


@pytest.mark.slow
def test_what_is_not_finished_in_time_is_dropped_and_nothing_hangs() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(4000, 60))).assign(y=rng.choice(["a", "b"], 4000))
    table = table_from_frame(frame, target="y")
    few = probe_job(table, [NEIGHBORS, ENDLESS], seconds=60, seed=0)
    unending = replace(Job.of(table, replace(few.plan, max_rows=4000)), attempts=few.attempts)
    start = time.monotonic()
    probes = run_probes(unending, [NEIGHBORS, ENDLESS], seconds=4)
    assert ENDLESS not in [probe.candidate for probe in probes]
    assert 4 <= time.monotonic() - start < 6


@pytest.mark.slow
def test_a_process_that_ends_by_its_own_error_is_reported(flowers: Table) -> None:
    job = probe_job(flowers, [LINEAR], seconds=30, seed=0)
    broken = replace(job, plan=replace(job.plan, n_folds=1, n_folds_large=1))
    with pytest.raises(RuntimeError, match=r"(?s)the probing process ended with code 1: .*n_splits=1"):
        run_probes(broken, [LINEAR], seconds=30)
