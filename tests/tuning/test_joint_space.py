"""The joint space: every configuration is a learner's own, and the way there and back is exact."""

import numpy as np
import optuna
import pytest

from autometa.dataset import TaskType
from autometa.learners import learners
from autometa.optuna_spaces import from_optuna_params, suggest_configuration, to_optuna_params
from autometa.tuning.joint_space import join, joint_space, split


@pytest.mark.parametrize("task_type", list(TaskType))
def test_a_draw_is_a_configuration_of_one_learner(task_type: TaskType) -> None:
    members = {member.name: member for member in learners(task_type)}
    space = joint_space(list(members.values()), task_type)
    rng = np.random.default_rng(0)
    drawn = [split(space.draw(rng)) for _ in range(200)]
    assert {name for name, _ in drawn} == set(members)
    for name, params in drawn:
        members[name].search_spaces[task_type].check(params)


def test_splitting_undoes_joining_also_with_conditions_and_alternatives() -> None:
    params = {"max_features": "sqrt", "bootstrap": True, "max_samples": 0.5}
    assert split(join("random_forest", params)) == ("random_forest", params)


def test_learners_with_the_same_parameter_do_not_share_it() -> None:
    assert set(join("svm", {"C": 1.0})) & set(join("logistic_regression", {"C": 1.0})) == {"learner"}


def test_every_default_goes_through_optuna_and_back() -> None:
    task_type = TaskType.CLASSIFICATION
    space = joint_space(learners(task_type), task_type)
    for member in learners(task_type):
        configuration = join(member.name, member.defaults[task_type])
        params = to_optuna_params(configuration, space)
        assert from_optuna_params(params, space) == configuration
        assert suggest_configuration(optuna.trial.FixedTrial(params), space) == configuration
