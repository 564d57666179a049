"""The gradient of an unroll by the weights of the LSTM optimizer, by hand.

Shapes: B tasks, N parameters a task, M = B·N coordinates, H hidden units, T steps.

Once the gradients that were read are constants, coordinates do not touch each other any more. So each block
of coordinates goes back through all T steps by itself, and its pulls never leave the cache; only the states,
which the forward pass has left behind, are read from memory.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from autometa.learned_optimizers.base import State, Trace
from autometa.learned_optimizers.cell import LayerBackward, blocks
from autometa.learned_optimizers.preprocessing import log_and_sign

if TYPE_CHECKING:
    from autometa.learned_optimizers.lstm import LSTMOptimizer


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
        read = torch.stack(trace.grads).flatten(1)
        seen = log_and_sign(read, magnitude=optimizer.settings.magnitude)  # (2, T, M)
        to_bias += pulls.sum()
        for at in blocks(pulls):
            states = [tuple(value[:, at] for value in state) for state in trace.states]
            to_output += _back_through_steps(layers, output.t(), seen[:, :, at], states, pulls[:, at])
    torch.autograd.backward(
        [*packed, output, optimizer.output_bias],
        [*(layer.to_weights for layer in layers), to_output, to_bias],
    )


def _pulls_on_updates(trace: Trace) -> Tensor:
    """(T, M): an update moves the parameters of all later steps."""
    pulls = torch.stack(trace.pulls).flatten(1)
    return pulls.flip(0).cumsum(0).flip(0)


def _back_through_steps(
    layers: list[LayerBackward], output: Tensor, seen: Tensor, states: list[State], pulls: Tensor
) -> Tensor:
    """(1, H) what comes to the output's weights from one block of m coordinates.

    Args:
        layers: which sum what comes to their weights.
        output: (H, 1) weights.
        seen: (2, T, m) preprocessed gradients.
        states: hidden values and cell of each layer, (H, m); T + 1 of them.
        pulls: (T, m) on the updates.
    """
    zeros = torch.zeros_like(states[0][0])
    to_hidden, to_cell = [zeros] * len(layers), [zeros] * len(layers)
    to_output = output.new_zeros((1, len(output)))
    for step in reversed(range(len(pulls))):
        before, after, pull = states[step], states[step + 1], pulls[step : step + 1]
        to_output.addmm_(pull, after[-2].t())
        from_above = torch.mul(output, pull)
        for number in reversed(range(len(layers))):
            inputs = after[2 * number - 2] if number else seen[:, step]
            from_above, to_hidden[number], to_cell[number] = layers[number].step(
                (inputs, before[2 * number], before[2 * number + 1]),
                (after[2 * number], after[2 * number + 1]),
                (from_above.add_(to_hidden[number]), to_cell[number]),
            )
    return to_output
