"""One layer of an LSTM for very many coordinates, laid out as features x coordinates.

Shapes: M coordinates, I inputs, H hidden units; K = I + H + 1. torch's cell wants coordinates x features,
where every gate is a strided view. Here a gate is a contiguous block of rows, a layer is one matrix product,
and one sigmoid serves all gates: tanh x = 2 σ(2x) - 1, and torch's sigmoid takes a sixth of the time of its
tanh. The weights' rows that make the cell's input are doubled beforehand, so that σ(2x) is σ of the row.
This one is for autograd; `cell_in_place` has the same in buffers, and its way back by hand.
"""

import torch
from torch import Tensor


def packed_weights(inputs: Tensor, hidden: Tensor, bias: Tensor) -> Tensor:
    """(4H, K) weights of a layer as `lstm_layer` takes them, rows for σ(2x) doubled.

    Args:
        inputs: (4H, I), rows in torch's order: input gate, forget gate, cell's input, output gate.
        hidden: (4H, H).
        bias: (4H,).
    """
    n_hidden = hidden.shape[1]
    weights = torch.cat([inputs, hidden, bias[:, None]], dim=1)
    doubled = torch.ones_like(bias)
    doubled[2 * n_hidden : 3 * n_hidden] = 2.0
    return weights * doubled[:, None]


def lstm_layer(inputs: Tensor, hidden: Tensor, cell: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """(H, M) next hidden values and (H, M) next cell (Hochreiter & Schmidhuber 1997, with forget gates).

    Args:
        inputs: (I, M).
        hidden: (H, M).
        cell: (H, M).
        weights: (4H, K) of `packed_weights`.
    """
    rows = torch.cat([inputs, hidden, inputs.new_ones((1, inputs.shape[1]))])  # (K, M), the last for the bias
    insert, forget, candidate, output = torch.mm(weights, rows).sigmoid().chunk(4)
    new_cell = torch.addcmul(forget * cell, insert, candidate - 0.5, value=2.0)
    squashed = torch.sigmoid(2.0 * new_cell) * 2.0 - 1.0  # tanh
    return output * squashed, new_cell
