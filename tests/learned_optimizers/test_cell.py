"""The layer against torch's own LSTMCell, and its handwritten backward against autograd's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.learned_optimizers import cell
from autometa.learned_optimizers.cell import lstm_layer, packed_weights


def peer(n_inputs: int, n_hidden: int, seed: int) -> nn.LSTMCell:
    """torch's cell with one bias."""
    made = nn.LSTMCell(n_inputs, n_hidden).double()
    for value in made.parameters():
        nn.init.normal_(value, generator=make_generator(seed))
    nn.init.zeros_(made.bias_hh)
    return made


def drawn(n_inputs: int, n_hidden: int, n_coordinates: int, seed: int) -> tuple[Tensor, ...]:
    generator = make_generator(seed)
    return tuple(
        torch.randn((n_rows, n_coordinates), generator=generator, dtype=torch.float64).requires_grad_()
        for n_rows in (n_inputs, n_hidden, n_hidden)
    )


@settings(max_examples=20, deadline=None)
@given(
    n_inputs=st.integers(1, 5),
    n_hidden=st.integers(1, 6),
    n_coordinates=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_values_and_all_gradients_are_those_of_torchs_cell(
    n_inputs: int, n_hidden: int, n_coordinates: int, seed: int
) -> None:
    theirs, values = peer(n_inputs, n_hidden, seed), drawn(n_inputs, n_hidden, n_coordinates, seed)
    weights = (theirs.weight_ih, theirs.weight_hh, theirs.bias_ih)
    pulls = [torch.randn_like(values[1]) for _ in range(2)]

    ours = lstm_layer(*values, packed_weights(*weights))
    our_grads = torch.autograd.grad(ours, [*values, *weights], pulls)
    inputs, hidden, memory = (value.t() for value in values)
    wanted = [value.t() for value in theirs(inputs, (hidden, memory))]
    their_grads = torch.autograd.grad(wanted, [*values, *weights], pulls)

    for one, other in zip([*ours, *our_grads], [*wanted, *their_grads], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12 * (1 + float(other.detach().abs().max())))


def test_blocks_of_coordinates_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = torch.randn((12, 6), generator=make_generator(0), dtype=torch.float64).requires_grad_()
    found = []
    for block in (4, 1000):
        monkeypatch.setattr(cell, "BLOCK", block)
        values = drawn(2, 3, 11, seed=1)
        after = lstm_layer(*values, weights)
        found.append([*after, *torch.autograd.grad([value.sum() for value in after], [*values, weights])])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-13)


def test_only_what_is_asked_for_is_differentiated() -> None:
    inputs, hidden, memory = drawn(2, 3, 4, seed=0)
    weights = torch.randn((12, 6), dtype=torch.float64, generator=make_generator(0))
    after, _ = lstm_layer(inputs.detach(), hidden, memory, weights)
    after.sum().backward()
    assert hidden.grad is not None
    assert memory.grad is not None
    assert weights.grad is None


def test_a_second_derivative_is_refused_rather_than_wrong() -> None:
    inputs, hidden, memory = drawn(2, 3, 4, seed=0)
    weights = torch.randn((12, 6), dtype=torch.float64, generator=make_generator(0))
    after, _ = lstm_layer(inputs, hidden, memory, weights)
    [grad] = torch.autograd.grad(after.square().sum(), [hidden], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()
