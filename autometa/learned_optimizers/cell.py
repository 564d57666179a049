"""One layer of an LSTM for very many coordinates, laid out as features x coordinates, and its way back.

Shapes: M coordinates, I inputs, H hidden units; K = I + H + 1. torch's cell wants coordinates x features,
where every gate is a strided view. Here a gate is a contiguous block of rows, a layer is one matrix product,
and one sigmoid serves all gates: tanh x = 2 σ(2x) - 1, and torch's sigmoid takes a sixth of the time of its
tanh. The weights' rows that make the cell's input are doubled beforehand, so that σ(2x) is σ of the row.
"""

from typing import Final

import torch
from torch import Tensor

BLOCK: Final = 2048  # coordinates; 4H = 80 rows of them are 655 kB


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
    insert, forget, candidate, output = torch.mm(weights, _rows(inputs, hidden)).sigmoid().chunk(4)
    new_cell = torch.addcmul(forget * cell, insert, candidate - 0.5, value=2.0)
    return output * _tanh(new_cell), new_cell


class LayerBackward:
    """The way back through one layer, step by step; it sums what comes to the weights.

    Args:
        weights: (4H, K) of `packed_weights`.
        needs_inputs: the inputs want their share, too.
    """

    def __init__(self, weights: Tensor, *, needs_inputs: bool):
        self._weights, self._n_hidden = weights, len(weights) // 4
        halves = weights.new_ones((4, self._n_hidden, 1))
        halves[0::2] = 2.0  # insert and candidate come halved
        self._halves = halves.view(-1, 1)
        self._n_inputs = weights.shape[1] - self._n_hidden - 1 if needs_inputs else 0
        self._back = (self._halves * weights)[:, -self._n_hidden - 1 - self._n_inputs : -1].t().contiguous()
        self._sum = torch.zeros_like(weights.t())

    @property
    def to_weights(self) -> Tensor:
        """(4H, K) of all steps so far."""
        return self._sum.t() * self._halves

    def step(
        self,
        before: tuple[Tensor, Tensor, Tensor],
        after: tuple[Tensor, Tensor],
        pulls: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One step back. The gates are computed again: reading them from memory would take as long.

        With i, f, s, o for the gates, h and c for the outputs and t = tanh c: ∂h/∂c = o (1 - t²) = o - h t,
        ∂c/∂s = 2 i, and ∂c/∂i = 2 s - 1.

        Args:
            before: (I, M) inputs, (H, M) hidden values and (H, M) cell.
            after: (H, M) new hidden values and (H, M) new cell.
            pulls: (H, M) each, what comes to these two.

        Returns:
            What comes to inputs, (I, M) or (0, M), to the hidden values, and to the cell.
        """
        (inputs, hidden, cell), (new_hidden, new_cell), (to_hidden, to_cell) = before, after, pulls
        rows = _rows(inputs, hidden)
        gates = torch.mm(self._weights, rows).sigmoid_()
        insert, forget, candidate, output = gates.chunk(4)
        to_gates = torch.empty_like(gates)
        to_insert, to_forget, to_candidate, to_output = to_gates.chunk(4)
        squashed = _tanh(new_cell)
        torch.mul(to_hidden, squashed, out=to_output)
        slope = torch.addcmul(output, new_hidden, squashed, value=-1.0)
        through = torch.addcmul(to_cell, to_hidden, slope)
        torch.sub(candidate, 0.5, out=to_insert).mul_(through)
        torch.mul(through, cell, out=to_forget)
        torch.mul(through, insert, out=to_candidate)
        torch.ops.aten.sigmoid_backward.grad_input(to_gates, gates, grad_input=to_gates)
        self._sum.addmm_(rows, to_gates.t())
        to_rows = torch.mm(self._back, to_gates)
        return to_rows[: self._n_inputs], to_rows[self._n_inputs :], through.mul_(forget)


def _rows(inputs: Tensor, hidden: Tensor) -> Tensor:
    """(K, M) what the weights are multiplied with; the last row is for the bias."""
    return torch.cat([inputs, hidden, inputs.new_ones((1, inputs.shape[1]))])


def _tanh(values: Tensor) -> Tensor:
    """By the sigmoid, which is faster."""
    return torch.sigmoid(2.0 * values) * 2.0 - 1.0


def blocks(values: Tensor) -> list[slice]:
    """Columns cut into blocks, coordinates that stay in the cache together; one only on other devices.

    Args:
        values: (…, M).
    """
    n_coordinates = values.shape[-1]
    size = BLOCK if values.device.type == "cpu" else max(1, n_coordinates)
    return [slice(start, min(start + size, n_coordinates)) for start in range(0, n_coordinates, size)]
