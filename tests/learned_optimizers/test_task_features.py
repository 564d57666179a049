"""Meta-features of task families: against closed forms, integrals, and what families cannot have."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from autometa.learned_optimizers.task_features import FEATURES, compute
from autometa.learned_optimizers.tasks import MLPFamily, Quadratics, TaskFamily
from autometa.learned_optimizers.tasks.quadratics import QuadraticBatch
from tests.learned_optimizers.families import small_data

SLOPES = {
    "sigmoid": lambda x: 1 / (2 + math.exp(x) + math.exp(-x)),
    "tanh": lambda x: 1 - math.tanh(x) ** 2,
    "relu": lambda x: float(x > 0),
}


@dataclass(frozen=True, slots=True)
class Bowls(TaskFamily):
    """f(θ) = 9 Σ (θ - 1)², from 0: everything about it is known."""

    n_params: int = 4

    def sample(self, n_tasks: int, *, generator: torch.Generator) -> QuadraticBatch:
        del generator
        n = self.n_params
        matrices = (3.0 * torch.eye(n)).expand(n_tasks, n, n)
        return QuadraticBatch(matrices, torch.full((n_tasks, n), 3.0), torch.zeros(n_tasks, n))

    def describe(self) -> dict[str, Any]:
        return {"family": "bowls", "n_params": self.n_params}


def test_numbers_of_a_bowl_are_those_of_its_formula() -> None:
    found = compute(Bowls(), horizon=100)
    assert found["log_params"] == math.log(4)
    assert found["log_horizon"] == math.log(100)
    assert found["log_first_loss"] == pytest.approx(math.log(36), rel=1e-6)
    assert found["log_gradient"] == pytest.approx(math.log(18), rel=1e-6)
    assert found["curvature"] == pytest.approx(18, rel=1e-2)
    assert found["relative_curvature"] == pytest.approx(18 / (18 * 2), rel=1e-2)
    assert (found["noise"], found["share_zero"]) == (pytest.approx(0, abs=1e-6), 0)
    assert found["persistence"] == pytest.approx(1)
    # ten steps of Adam of .01 on gradients that hardly change: (1 - .1)² of the loss is left
    assert found["early_progress"] == pytest.approx(2 * math.log(0.9), abs=0.01)


@pytest.mark.parametrize("activation", sorted(SLOPES))
def test_activations_are_told_by_what_they_do(activation: str) -> None:
    found = compute(MLPFamily(small_data(), (3,), activation, 8), horizon=20)  # type: ignore[arg-type]
    integral, _ = quad(lambda x: SLOPES[activation](x) * norm.pdf(x), -8, 8, points=[0.0])
    assert found["slope"] == pytest.approx(integral, abs=2e-3)
    assert found["response_at_zero"] == (0.5 if activation == "sigmoid" else 0)
    assert found["response_at_four"] == pytest.approx(4 if activation == "relu" else 1, abs=0.02)


def test_minibatches_make_noise_and_dead_units_zeros() -> None:
    found = compute(MLPFamily(small_data(), (6,), "relu", 2), horizon=20)
    assert 0 < found["noise"] < 2
    assert found["share_zero"] > 0
    assert -1 < found["persistence"] < 1


def test_what_does_not_apply_is_nan() -> None:
    missing = {name for name, value in compute(Quadratics(3), horizon=20).items() if math.isnan(value)}
    assert missing == {
        *("n_layers", "log_width", "log_batch", "slope"),
        *("response_at_zero", "response_at_four", "response_at_minus_four"),
    }
    linear = compute(MLPFamily(small_data(), (), "relu", 8), horizon=20)
    assert linear["n_layers"] == 1
    assert math.isnan(linear["log_width"])
    assert math.isnan(linear["slope"])


def test_the_same_family_has_the_same_numbers_and_every_number_is_explained() -> None:
    first, second = (compute(MLPFamily(small_data(), (3,), "tanh", 8), horizon=20) for _ in range(2))
    np.testing.assert_array_equal(list(first.values()), list(second.values()))
    assert tuple(first) == tuple(feature.name for feature in FEATURES)
