"""Where a training begins: the nearest family's best optimizer of the same architecture, or fresh weights."""

import math

import pytest
import torch

from autometa.history import Neighbor
from autometa.learned_optimizers import (
    HandMade,
    HandMadeSettings,
    LearnedOptimizer,
    LSTMOptimizer,
    LSTMSettings,
    MetaTrainingPlan,
)
from autometa.learned_optimizers.selection import nearest_checkpoints, select_checkpoint, trial_run
from autometa.learned_optimizers.tasks import Quadratics
from tests.learned_optimizers.stored_optimizers import stored_optimizer

NEIGHBORS = [Neighbor("far", 0.9), Neighbor("near", 0.1), Neighbor("nothing trained", 0.0)]
FRESH = LSTMOptimizer.build(LSTMSettings(5))


def test_nearest_families_come_first_each_with_its_best_optimizer() -> None:
    stored = [stored_optimizer("far", score=0.1), stored_optimizer("near", score=0.4)]
    better = stored_optimizer("near", score=0.3, plan=MetaTrainingPlan(outer_rate=1e-4))
    found = nearest_checkpoints(NEIGHBORS, FRESH.describe(), stored=[*stored, better])
    assert found == [better, stored[0]]


def test_other_architectures_and_strangers_are_left_out() -> None:
    larger = stored_optimizer("near", optimizer=LSTMOptimizer.build(LSTMSettings(6)))
    far, stranger = stored_optimizer("far"), stored_optimizer("unheard of")
    assert nearest_checkpoints(NEIGHBORS, FRESH.describe(), stored=[larger, far, stranger]) == [far]
    assert select_checkpoint(NEIGHBORS, FRESH, stored=[larger, stranger], loss_of=_seen_first) is None


def test_among_the_nearest_three_the_best_is_taken_unless_fresh_weights_are_better() -> None:
    neighbors = [Neighbor(str(number), number / 10) for number in range(5)]
    stored = [
        stored_optimizer(str(number), optimizer=LSTMOptimizer.build(LSTMSettings(5), seed=number + 1))
        for number in range(5)
    ]
    losses = {_seen_first(one.build()): 5.0 - number for number, one in enumerate(stored)}

    def best_with(fresh: float) -> str | None:
        found = select_checkpoint(
            neighbors, FRESH, stored=stored, loss_of=lambda one: losses.get(_seen_first(one), fresh)
        )
        return None if found is None else found.task_id

    assert best_with(fresh=9.0) == "2"  # the fourth and the fifth would be better, but are too far
    assert best_with(fresh=2.5) is None


def _seen_first(optimizer: LearnedOptimizer) -> float:
    """A number that no two optimizers share."""
    return float(next(optimizer.parameters()).detach().sum())


def test_a_trial_run_tells_good_from_bad_and_from_ruinous() -> None:
    plan = MetaTrainingPlan(unroll=20, truncation=20, n_tasks=4)
    good, bad, ruin = (trial_run(_Descent(rate), Quadratics(3), plan=plan) for rate in (0.02, 1e-5, 1e9))
    assert good < bad < ruin
    assert ruin == math.inf
    assert trial_run(_Descent(0.02), Quadratics(3), plan=plan) == pytest.approx(good)


class _Descent(HandMade):
    """Gradient descent with a weight that nothing reads, for learned optimizers have weights."""

    def __init__(self, rate: float):
        super().__init__(HandMadeSettings("sgd", rate))
        self.weight = torch.nn.Parameter(torch.zeros(1))
