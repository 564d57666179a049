"""The coordinate-wise LSTM: every coordinate alike and by itself, and gradients as it sees them."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.learned_optimizers import LSTMOptimizer, LSTMSettings, cell_in_place
from autometa.learned_optimizers.preprocessing import log_and_sign


def optimizer() -> LSTMOptimizer:
    return LSTMOptimizer.build(LSTMSettings(n_hidden=4), seed=1).double().requires_grad_(False)


def run(grads: torch.Tensor, n_steps: int = 3) -> torch.Tensor:
    """(n_steps, B, N) updates of gradients (n_steps, B, N)."""
    ours = optimizer()
    state, found = ours.init_state(grads.shape[2], n_tasks=grads.shape[1]), []
    for step in range(n_steps):
        updates, state = ours.update(grads[step], state)
        found.append(updates)
    return torch.stack(found)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), n_tasks=st.integers(1, 3), n_params=st.integers(1, 7))
def test_coordinates_in_another_order_get_the_same_updates_in_that_order(
    seed: int, n_tasks: int, n_params: int
) -> None:
    generator = make_generator(seed)
    grads = torch.randn((3, n_tasks, n_params), generator=generator, dtype=torch.float64)
    order = torch.randperm(n_params, generator=generator)
    torch.testing.assert_close(run(grads[:, :, order]), run(grads)[:, :, order], rtol=0, atol=1e-14)


def test_a_task_gets_the_same_updates_alone_as_among_others() -> None:
    grads = torch.randn((3, 4, 5), generator=make_generator(0), dtype=torch.float64)
    torch.testing.assert_close(run(grads)[:, 2:3], run(grads[:, 2:3]), rtol=0, atol=1e-14)


def test_it_remembers() -> None:
    grads = torch.ones((3, 1, 1), dtype=torch.float64)
    updates = run(grads).flatten()
    assert len(set(updates.tolist())) == 3


def test_blocks_of_coordinates_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    grads = torch.randn((3, 2, 19), generator=make_generator(0), dtype=torch.float64)
    whole = run(grads)
    monkeypatch.setattr(cell_in_place, "BLOCK", 16)
    torch.testing.assert_close(run(grads), whole, rtol=0, atol=1e-14)
    with torch.no_grad():
        torch.testing.assert_close(run(grads), whole, rtol=0, atol=1e-14)


def test_gradients_are_seen_by_logarithm_and_sign_as_in_the_paper() -> None:
    values = torch.tensor(
        [1.0, -1.0, math.e**-5, -(math.e**-10), math.e**-11, -(math.e**-12), 0.0, math.e**3]
    )
    wanted = [
        [0.0, 0.0, -0.5, -1.0, -1.0, -1.0, -1.0, 0.3],
        [1.0, -1.0, 1.0, -1.0, math.e**-1, -(math.e**-2), 0.0, 1.0],
    ]
    torch.testing.assert_close(log_and_sign(values, magnitude=10.0), torch.tensor(wanted))


@settings(max_examples=50, deadline=None)
@given(st.floats(-(2.0**100), 2.0**100, width=32))
def test_what_is_seen_is_finite_and_keeps_sign_and_order(value: float) -> None:
    seen = log_and_sign(torch.tensor([value, 2 * value]), magnitude=10.0)
    assert seen.isfinite().all()
    assert math.copysign(1, seen[1, 0]) == math.copysign(1, value) or value == 0
    assert seen[0, 1] >= seen[0, 0]


@pytest.mark.parametrize("change", [{"n_hidden": 0}, {"n_layers": 0}, {"output_scale": 0.0}])
def test_a_network_of_nothing_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(TrainingError, match="must be 1 or more"):
        LSTMSettings(**change)  # type: ignore[arg-type]
