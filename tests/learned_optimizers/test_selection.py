"""Where a training begins: the nearest family's best optimizer of the same architecture, or fresh weights."""

import math

import pytest
import torch

from autometa.history import Neighbor
from autometa.learned_optimizers import (
    HandMade,
    HandMadeSettings,
    LSTMOptimizer,
    LSTMSettings,
    MetaTrainingPlan,
)
from autometa.learned_optimizers.selection import select_checkpoint, trial_run
from autometa.learned_optimizers.tasks import Quadratics
from tests.learned_optimizers.stored_optimizers import stored_optimizer

NEIGHBORS = [Neighbor("far", 0.9), Neighbor("near", 0.1), Neighbor("nothing trained", 0.0)]
SMALL = LSTMOptimizer.build(LSTMSettings(5)).describe()


def test_the_nearest_familys_best_optimizer_is_taken() -> None:
    stored = [stored_optimizer("far", score=0.1), stored_optimizer("near", score=0.4)]
    better = stored_optimizer("near", score=0.3, plan=MetaTrainingPlan(outer_rate=1e-4))
    assert select_checkpoint(NEIGHBORS, SMALL, stored=[*stored, better]) is better
    assert select_checkpoint(NEIGHBORS[:1], SMALL, stored=[*stored, better]) is stored[0]


def test_other_architectures_and_strangers_are_left_out() -> None:
    larger = stored_optimizer("near", optimizer=LSTMOptimizer.build(LSTMSettings(6)))
    far, stranger = stored_optimizer("far"), stored_optimizer("unheard of")
    assert select_checkpoint(NEIGHBORS, SMALL, stored=[larger, far, stranger]) is far
    assert select_checkpoint(NEIGHBORS, SMALL, stored=[larger, stranger]) is None


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
