"""The gradient of an unroll by the weights of the LSTM optimizer, by hand.

Shapes: B tasks, N parameters a task, M = B·N coordinates, H hidden units, T steps.

Once the gradients that were read are constants, coordinates do not touch each other any more. So each block
of coordinates goes back through all T steps by itself, and its pulls never leave the cache; only the states,
which the forward pass has left behind, are read from memory.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from autometa.learned_optimizers.cell_in_place import LayerBackward
from autometa.learned_optimizers.preprocessing import log_and_sign
from autometa.learned_optimizers.trace import Trace

if TYPE_CHECKING:
    from autometa.learned_optimizers.lstm import LSTMOptimizer


class _Block(NamedTuple):
    """T steps of m coordinates.

    Attributes:
        seen: T times (2, m), preprocessed gradients.
        states: T + 1 times hidden values and cell of each layer, (H, m).
        gates: T times those of each layer, (4H, m), or None where they were not kept.
        pulls: (T, m) on the updates.
    """

    seen: tuple[Tensor, ...]
    states: list[tuple[Tensor, ...]]
    gates: list[Sequence[Tensor | None]]
    pulls: Tensor


def add_lstm_gradients(optimizer: "LSTMOptimizer", packed: list[Tensor], trace: Trace) -> None:
    """Add the gradient of the traced steps' objective to the gradients of the weights.

    Args:
        optimizer: that took the steps.
        packed: (4H, K) weights of each layer, with their history.
        trace: of the steps.
    """
    with torch.no_grad():
        layers = [LayerBackward(value, needs_inputs=number > 0) for number, value in enumerate(packed)]
        output = optimizer.output_weights
        to_output, to_bias = torch.zeros_like(output), torch.zeros_like(optimizer.output_bias)
        pulls = _pulls_on_updates(trace) * optimizer.settings.output_scale  # (T, M)
        to_bias += pulls.sum()
        for block in _blocks(optimizer, trace, pulls):
            to_output += _back_through_steps(layers, output.t(), block)
    torch.autograd.backward(
        [*packed, output, optimizer.output_bias],
        [*(layer.to_weights for layer in layers), to_output, to_bias],
    )


def _pulls_on_updates(trace: Trace) -> Tensor:
    """(T, M): an update moves the parameters of all later steps."""
    pulls = torch.stack(trace.pulls).flatten(1)
    for step in reversed(range(len(pulls) - 1)):
        pulls[step] += pulls[step + 1]
    return pulls


def _blocks(optimizer: "LSTMOptimizer", trace: Trace, pulls: Tensor) -> Iterator[_Block]:
    """All steps of a block of coordinates, block after block."""
    sizes = [value.shape[1] for value in trace.states[0]]
    read = torch.stack(trace.grads).flatten(1)
    seen = log_and_sign(read, magnitude=optimizer.settings.magnitude)  # (2, T, M)
    n_layers = optimizer.settings.n_layers
    pieces = zip(torch.split(seen, sizes, dim=2), torch.split(pulls, sizes, dim=1), strict=True)
    for number, (inputs, pull) in enumerate(pieces):
        states = [state[number].chunk(2 * n_layers) for state in trace.states]
        yield _Block(inputs.unbind(1), states, _gates(trace, number, n_layers), pull)


def _gates(trace: Trace, number: int, n_layers: int) -> list[Sequence[Tensor | None]]:
    """Of this block."""
    return [kept[number].chunk(n_layers) if kept else [None] * n_layers for kept in trace.kept]


def _back_through_steps(layers: list[LayerBackward], output: Tensor, block: _Block) -> Tensor:
    """(1, H) what comes to the output's weights from one block.

    Args:
        layers: which sum what comes to their weights.
        output: (H, 1) weights.
        block: of coordinates.
    """
    to_output = output.new_zeros((1, len(output)))
    at_hidden = block.pulls.new_empty((len(output), block.pulls.shape[1]))
    for layer in layers:
        layer.begin(block.pulls.shape[1])
    for step in reversed(range(len(block.pulls))):
        before, after, pull = block.states[step], block.states[step + 1], block.pulls[step : step + 1]
        to_output.addmm_(pull, after[-2].t())
        to_hidden = torch.mul(output, pull, out=at_hidden)
        for number in reversed(range(len(layers))):
            to_hidden = layers[number].step(
                after[2 * number - 2] if number else block.seen[step],
                before[2 * number : 2 * number + 2],
                after=after[2 * number],
                pulls=to_hidden,
                gates=block.gates[step][number],
            )
    return to_output
