"""EvaluationPlan: the configurations are the same everywhere, start with the default, and end."""

import pytest

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.evaluation import EvaluationPlan
from autometa.learners import Encoding, Learner, learner
from autometa.learners.catalogue import BASE_LEARNERS
from autometa.search_space import Choice, SearchSpace

FOREST = learner("random_forest")
EXPECTED_NEIGHBORS = (
    {"n_neighbors": 5, "weights": "uniform", "p": 2},
    {"n_neighbors": 18, "weights": "distance", "p": 2},
    {"n_neighbors": 2, "weights": "uniform", "p": 2},
)
EXPECTED_RIDGE = ({"alpha": 1.0}, {"alpha": 0.093585}, {"alpha": 2.01893})


def test_default_comes_first_and_nothing_twice() -> None:
    chosen = EvaluationPlan(n_configurations=20).configurations(FOREST, TaskType.CLASSIFICATION)
    assert chosen[0] == FOREST.defaults[TaskType.CLASSIFICATION]
    assert len({tuple(params.items()) for params in chosen}) == 20


def test_longer_list_starts_with_the_shorter() -> None:
    short = EvaluationPlan(n_configurations=3).configurations(FOREST, TaskType.REGRESSION)
    long = EvaluationPlan(n_configurations=9).configurations(FOREST, TaskType.REGRESSION)
    assert long[:3] == short


def test_another_seed_draws_others_after_the_default() -> None:
    first = EvaluationPlan(n_configurations=3).configurations(FOREST, TaskType.REGRESSION)
    other = EvaluationPlan(n_configurations=3, seed=1).configurations(FOREST, TaskType.REGRESSION)
    assert first[0] == other[0]
    assert first[1:] != other[1:]


def test_drawn_configurations_have_not_drifted() -> None:
    """Stored trials are found again by these; made by this plan on the day it was frozen."""
    plan = EvaluationPlan(n_configurations=3)
    assert plan.configurations(learner("k_nearest_neighbors"), TaskType.CLASSIFICATION) == EXPECTED_NEIGHBORS
    assert plan.configurations(learner("ridge"), TaskType.REGRESSION) == EXPECTED_RIDGE


def test_space_with_few_configurations_gives_all_of_them_and_ends() -> None:
    space = SearchSpace("coin/regression", 1, (Choice("side", ("head", "tail")),))
    coin = Learner(
        name="coin",
        title="coin",
        encoding=Encoding.ORDINAL,
        search_spaces={TaskType.REGRESSION: space},
        defaults={TaskType.REGRESSION: {"side": "head"}},
        make=lambda params, setting: None,
        ranges_from="here",
    )
    chosen = EvaluationPlan(n_configurations=10).configurations(coin, TaskType.REGRESSION)
    assert chosen == ({"side": "head"}, {"side": "tail"})


def test_base_catalogue_is_tried_unless_learners_are_named() -> None:
    unnamed = EvaluationPlan().learners(TaskType.REGRESSION)
    assert unnamed == tuple(member for member in BASE_LEARNERS if TaskType.REGRESSION in member.search_spaces)
    named = EvaluationPlan(learner_names=("lightgbm", "logistic_regression", "ridge", "ridge"))
    assert [member.name for member in named.learners(TaskType.REGRESSION)] == ["lightgbm", "ridge"]


def test_unknown_learner_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no learner 'rigde'; did you mean 'ridge'"):
        EvaluationPlan(learner_names=("rigde",)).learners(TaskType.REGRESSION)


@pytest.mark.parametrize(("n_rows", "n_folds"), [(1500, 5), (1501, 3)])
def test_larger_tables_get_fewer_folds(n_rows: int, n_folds: int) -> None:
    assert EvaluationPlan().n_folds_for(n_rows) == n_folds
