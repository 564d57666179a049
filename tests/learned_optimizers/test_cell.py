"""The layer against torch's LSTMCell, in place against with a history, the way back against autograd's."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.learned_optimizers.cell import lstm_layer, packed_weights
from autometa.learned_optimizers.cell_in_place import LayerBackward, LayerForward, block_sizes


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
def test_in_place_are_the_same_values(n_inputs: int, n_hidden: int, n_coordinates: int) -> None:
    theirs, values = peer(n_inputs, n_hidden, 0), drawn(n_inputs, n_hidden, n_coordinates, seed=0)
    weights = packed_weights(theirs.weight_ih, theirs.weight_hh, theirs.bias_ih)
    layer, out = LayerForward(weights), (torch.empty_like(values[1]), torch.empty_like(values[2]))
    with torch.no_grad():
        layer.step(values[0][:, :1], [one[:, :1] for one in values[1:]], out=[one[:, :1] for one in out])
        layer.step(values[0], values[1:], out=out)  # another size of block
    for one, other in zip(out, lstm_layer(*values, weights), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-13)


@settings(max_examples=10, deadline=None)
@given(n_inputs=st.integers(1, 5), n_hidden=st.integers(1, 6), n_coordinates=st.integers(1, 9))
def test_the_way_back_by_hand_through_two_steps_is_autograds(
    n_inputs: int, n_hidden: int, n_coordinates: int
) -> None:
    values = drawn(n_inputs, n_hidden, n_coordinates, seed=0)
    more = drawn(n_inputs, n_hidden, n_coordinates, seed=1)[0]
    theirs = peer(n_inputs, n_hidden, 0)
    weights = packed_weights(theirs.weight_ih, theirs.weight_hh, theirs.bias_ih)
    first = lstm_layer(*values, weights)
    second = lstm_layer(more, *first, weights)
    pulls = [torch.randn_like(values[1]) for _ in range(2)]
    wanted = torch.autograd.grad([first[0], second[0]], [more, values[0], weights], pulls)

    found = [way_back(weights, [(values, first), ((more, *first), second)], pulls, n) for n in (1, 2)]
    for one, other in zip(found[0], wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12 * (1 + float(other.abs().max())))
    torch.testing.assert_close(found[1][-1], 2 * wanted[-1])


def way_back(
    weights: Tensor,
    steps: list[tuple[tuple[Tensor, ...], tuple[Tensor, ...]]],
    pulls: list[Tensor],
    n_blocks: int,
) -> list[Tensor]:
    """What comes to the inputs of each step, the last first, and to the weights from so many equal blocks."""
    back, found = LayerBackward(weights, needs_inputs=True), []
    without = LayerBackward(weights, needs_inputs=False)
    with torch.no_grad():
        for _ in range(n_blocks):
            back.begin(pulls[0].shape[1])
            without.begin(pulls[0].shape[1])
            for (before, after), pull in zip(reversed(steps), reversed(pulls), strict=True):
                found.append(back.step(before[0], before[1:], after=after[0], pulls=pull.clone()).clone())
                shared = without.step(before[0], before[1:], after=after[0], pulls=pull.clone())
                assert shared.shape[0] == 0
    torch.testing.assert_close(without.to_weights, back.to_weights)
    return [*found, back.to_weights]


@given(n_coordinates=st.integers(1, 9000))
def test_blocks_are_of_one_size_up_to_the_last_and_hold_all_coordinates(n_coordinates: int) -> None:
    sizes = block_sizes(n_coordinates, torch.device("cpu"))
    assert sum(sizes) == n_coordinates
    assert len({*sizes[:-1]}) <= 1
    assert 0 < sizes[-1] <= sizes[0] <= 2048
    assert block_sizes(n_coordinates, torch.device("meta")) == [n_coordinates]
