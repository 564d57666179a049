"""Fitting processes: the scores of the evaluation, limits that hold, and an end at any time."""

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from autometa.dataset import TaskType
from autometa.evaluation import EvaluationPlan, evaluate_table
from autometa.evaluation.job import Attempt, Job
from autometa.history import TrialStatus
from autometa.learners import learner
from autometa.readers import Table
from autometa.tuning.folds import FitFailedError, FoldServers, SearchEndedError

PLAN = EvaluationPlan(n_configurations=1, learner_names=("k_nearest_neighbors",))
NEIGHBORS = Attempt("k_nearest_neighbors", learner("k_nearest_neighbors").defaults[TaskType.CLASSIFICATION])
FOREST = Attempt("random_forest", learner("random_forest").defaults[TaskType.CLASSIFICATION])


@pytest.fixture(scope="module")
def servers(flowers: Table) -> Iterator[FoldServers]:
    with FoldServers(Job.of(flowers, PLAN)) as opened:
        yield opened


@pytest.mark.slow
def test_folds_are_those_of_the_evaluation(servers: FoldServers, flowers: Table) -> None:
    folds = list(servers.folds(NEIGHBORS))
    (study,) = evaluate_table(flowers, PLAN)
    assert tuple(fold.scores["balanced_accuracy"] for fold in folds) == study.trials[0].fold_scores
    assert len(folds) == servers.n_folds == 5


@pytest.mark.slow
def test_stopping_early_leaves_a_server_for_the_next_attempt(servers: FoldServers) -> None:
    stopped = servers.folds(FOREST)
    next(stopped)
    stopped.close()
    assert len(list(servers.folds(NEIGHBORS))) == 5


@pytest.mark.slow
def test_what_the_library_says_is_the_reason(servers: FoldServers) -> None:
    with pytest.raises(FitFailedError, match="n_neighbors") as failure:
        list(servers.folds(Attempt("k_nearest_neighbors", {"n_neighbors": -1, "weights": "uniform", "p": 2})))
    assert failure.value.status is TrialStatus.FAILED
    assert len(list(servers.folds(NEIGHBORS))) == 5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the kernel has no such limits")
def test_a_fit_over_its_time_is_a_timeout_and_the_next_one_has_a_new_process(flowers: Table) -> None:
    endless = {**FOREST.params, "max_features": 1.0}
    with FoldServers(Job.of(flowers, replace(PLAN, fit_seconds=1))) as opened:
        with pytest.raises(FitFailedError) as failure:
            list(opened.folds(Attempt("mlp", SLOW_NETWORK)))
        assert failure.value.status is TrialStatus.TIMEOUT
        assert next(opened.folds(Attempt("random_forest", endless))).seconds < 1


SLOW_NETWORK = {
    "n_layers": 2,
    "layer_size": 3000,  # beyond the search space: the process does not ask
    "learning_rate_init": 1e-4,
    "alpha": 0.1,
    "activation": "relu",
    "early_stopping": False,
}


@pytest.mark.slow
def test_closing_ends_a_fit_at_once(flowers: Table) -> None:
    with FoldServers(Job.of(flowers, PLAN)) as opened:
        threading.Timer(2.0, opened.close).start()
        with pytest.raises(SearchEndedError):
            list(opened.folds(Attempt("mlp", SLOW_NETWORK)))
        with pytest.raises(SearchEndedError):
            next(opened.folds(NEIGHBORS))
