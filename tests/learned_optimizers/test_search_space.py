"""Configurations as plans: all can be carried out, and all cost the same number of steps."""

from itertools import product

import numpy as np
import pytest

from autometa.errors import SearchSpaceMismatchError, TrainingError
from autometa.learned_optimizers.search_space import SEARCH_SPACE, USUAL, OptimizerBudget
from autometa.search_space import Choice


def test_every_choice_makes_a_plan_of_the_same_number_of_steps() -> None:
    budget = OptimizerBudget(n_steps=40, horizon=60)
    choices = {one.name: one.choices for one in SEARCH_SPACE.parameters if isinstance(one, Choice)}
    for values in product(*choices.values()):
        plan = budget.plan({"outer_rate": 0.01, **dict(zip(choices, values, strict=True))})
        assert plan.n_steps * plan.truncation == 40 * 20
        assert plan.unroll == 60  # validations of all plans are alike
        assert plan.unroll_at(0) in (20, 40, 100, 200)


def test_the_usual_configuration_is_of_the_space() -> None:
    plan = OptimizerBudget(seed=7).plan(USUAL)
    assert (plan.n_steps, plan.n_hidden, plan.seed) == (400, 20, 7)
    SEARCH_SPACE.check(SEARCH_SPACE.draw(np.random.default_rng(0)))


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(TrainingError, match="a horizon of 30 steps; give a multiple of 20"):
        OptimizerBudget(horizon=30)
    with pytest.raises(SearchSpaceMismatchError, match="'unroll'"):
        OptimizerBudget().plan({**USUAL, "unroll": 33})
