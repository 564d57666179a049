"""The layer against torch's own LSTMCell, and the way back by hand against autograd's."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.learned_optimizers.cell import LayerBackward, lstm_layer, packed_weights


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


@settings(max_examples=10, deadline=None)
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


@settings(max_examples=10, deadline=None)
@given(n_inputs=st.integers(1, 5), n_hidden=st.integers(1, 6), n_coordinates=st.integers(1, 9))
def test_the_way_back_by_hand_is_autograds(n_inputs: int, n_hidden: int, n_coordinates: int) -> None:
    values = drawn(n_inputs, n_hidden, n_coordinates, seed=0)
    theirs = peer(n_inputs, n_hidden, 0)
    weights = packed_weights(theirs.weight_ih, theirs.weight_hh, theirs.bias_ih)
    after = lstm_layer(*values, weights)
    pulls = (torch.randn_like(values[1]), torch.randn_like(values[1]))
    wanted = torch.autograd.grad(after, [*values, weights], pulls)

    back = LayerBackward(weights, needs_inputs=True)
    with torch.no_grad():
        found = [*back.step(values, after, pulls), back.to_weights]
        twice = back.step(values, after, pulls)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12 * (1 + float(other.abs().max())))
    torch.testing.assert_close(back.to_weights, 2 * wanted[-1])
    without = LayerBackward(weights, needs_inputs=False)
    with torch.no_grad():
        inputs, hidden, cell = without.step(values, after, pulls)
    assert inputs.shape == (0, n_coordinates)
    torch.testing.assert_close(hidden, twice[1])
    torch.testing.assert_close(cell, twice[2])
