"""The comparison: five optimizers on the same tasks, each hand-made one with its best rate."""

import math

import numpy as np
import pytest

from autometa.learned_optimizers import RULES, HandMade, HandMadeSettings
from autometa.learned_optimizers.comparison import compare
from autometa.learned_optimizers.tasks import Quadratics


def test_an_optimizer_that_is_one_of_the_referees_does_as_that_referee() -> None:
    first = compare(HandMade(HandMadeSettings("sgd", 1e-6)), Quadratics(3), horizon=10, n_tasks=8)
    assert [one.name for one in first] == ["sgd", *RULES]
    tuned = first[RULES.index("adam") + 1]
    again = compare(HandMade(HandMadeSettings("adam", tuned.rate or 0)), Quadratics(3), horizon=10, n_tasks=8)
    assert again[0].at_horizon == tuned.at_horizon
    assert again[0].beyond == tuned.beyond
    assert (tuned.at_horizon.n_steps, tuned.beyond.n_steps) == (10, 20)
    assert tuned.beyond.mean < tuned.at_horizon.mean < first[0].at_horizon.mean


def test_divergence_is_an_infinite_loss() -> None:
    worst = compare(HandMade(HandMadeSettings("sgd", 1e9)), Quadratics(3), horizon=20, n_tasks=2)[0]
    assert worst.at_horizon.mean == math.inf
    assert np.isnan(worst.at_horizon.ci95)
    assert worst.rate == pytest.approx(1e9)
