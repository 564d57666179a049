"""One trial of a search: its budget in steps, the same result twice, and names of its scores."""

import pytest

from autometa.errors import TrainingError
from autometa.fewshot import EpisodeShape, RegressionError
from autometa.fewshot.configuration_trial import (
    Budget,
    measure_learner,
    planned,
    score_name,
    train_configuration,
)
from autometa.fewshot.search_spaces import assign
from autometa.fewshot.task_distribution import SinusoidParts, TaskDistribution
from tests.fewshot.test_task_distribution import assay_parts
from tests.fewshot.test_task_features import distribution

SMALL = {"plan.learning_rate": 0.01, "backbone.n_filters": 8, "backbone.n_layers": 1}
BUDGET = Budget(n_examples=400, n_validation=20)


def test_larger_episodes_have_fewer_steps() -> None:
    def n_steps(way: int) -> int:
        shape = EpisodeShape((4,), way, 1, 4)
        return planned("prototypical", shape, assign(SMALL), n_examples=1000).n_steps

    assert (n_steps(5), n_steps(20), n_steps(500)) == (40, 10, 1)
    shape = EpisodeShape((4,), 5, 1, 4)
    plan = planned("maml", shape, assign({"plan.learning_rate": 0.01}), n_examples=8000)
    assert (plan.n_steps, plan.n_episodes, plan.learning_rate) == (10, 32, 0.01)  # 800 examples a step


def test_training_twice_gives_the_same_score_and_longer_training_another() -> None:
    tasks = distribution()

    def score(n_examples: int) -> float:
        budget = Budget(n_examples=n_examples)
        learner = train_configuration(tasks, "prototypical", SMALL, budget=budget)
        return measure_learner(learner, tasks, "validation", n_episodes=20).mean

    assert score(400) == score(400)
    assert score(400) != score(4000)


def test_regressions_are_measured_by_their_errors() -> None:
    tasks = TaskDistribution(SinusoidParts(), shot=3, query=3)
    learner = train_configuration(tasks, "fomaml", {**SMALL, "inner_rate": 0.01}, budget=BUDGET)
    found = measure_learner(learner, tasks, "test", n_episodes=10)
    assert isinstance(found, RegressionError)
    assert found.mean > 0


def test_scores_of_episodes_have_names_of_their_own() -> None:
    assert score_name(distribution()) == ("episode_accuracy", "maximize")
    assert score_name(TaskDistribution(assay_parts(), shot=2, query=4)) == ("episode_roc_auc", "maximize")
    assert score_name(TaskDistribution(SinusoidParts())) == ("episode_mean_squared_error", "minimize")


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(TrainingError, match="a trial needs at least 1 and 2"):
        Budget(n_validation=1)
