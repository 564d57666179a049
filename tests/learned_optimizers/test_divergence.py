"""The rule of the guard."""

import math

from hypothesis import given
from hypothesis import strategies as st

from autometa.learned_optimizers.divergence import LossTrack


def track(*losses: float) -> LossTrack:
    found = LossTrack()
    for loss in losses:
        found = found.with_loss(loss)
    return found


@given(st.lists(st.floats(0.1, 1.0), min_size=1, max_size=60))
def test_losses_that_only_fall_never_alarm(losses: list[float]) -> None:
    assert not track(*sorted(losses, reverse=True)).has_diverged


@given(st.floats(0.1, 100.0), st.lists(st.floats(0.8, 1.2), min_size=1, max_size=60))
def test_noise_of_a_fifth_never_alarms(level: float, noise: list[float]) -> None:
    assert not track(*(level * one for one in noise)).has_diverged


def test_what_was_gained_and_given_back_alarms() -> None:
    falling = [1.0 / (1 + step) for step in range(50)]
    assert not track(*falling).has_diverged
    assert track(*falling, *[0.9] * 20).has_diverged


def test_a_loss_that_is_no_number_alarms_at_once() -> None:
    assert track(1.0, math.nan).has_diverged
    assert track(math.inf).has_diverged
    assert not track().has_diverged
