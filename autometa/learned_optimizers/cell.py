"""One layer of an LSTM for very many coordinates, laid out as features x coordinates; its backward by hand.

Shapes: M coordinates, I inputs, H hidden units; K = I + H + 1. cuDNN's LSTM differentiates only once, and
torch's cell wants coordinates x features, where every gate is a strided view. Here a gate is a contiguous
block of rows, a layer is one matrix product, and one sigmoid serves all gates: tanh x = 2 σ(2x) - 1, and
torch's sigmoid takes a sixth of the time of its tanh. The weights' rows that make the cell's input are
doubled beforehand, so that σ(2x) is simply σ of the row.
"""

from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

BLOCK: Final = 1024  # coordinates; 4H = 80 rows of them are 320 kB


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
    found: tuple[Tensor, Tensor] = _Layer.apply(inputs, hidden, cell, weights)  # type: ignore[no-untyped-call]
    return found


class _Layer(torch.autograd.Function):
    """Keeps only the rows it multiplied and the cell, and computes the gates again on the way back.

    Both ways go through blocks of coordinates that stay in the cache: a step of a long unroll is bound by
    memory, and the gates are two thirds of what would have to be kept.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, hidden: Tensor, cell: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        rows = torch.cat([inputs, hidden, inputs.new_ones((1, inputs.shape[1]))])  # (K, M)
        new_hidden, new_cell = torch.empty_like(hidden), torch.empty_like(cell)
        for at in _blocks(rows):
            insert, forget, candidate, output = torch.mm(weights, rows[:, at]).sigmoid_().chunk(4)
            torch.mul(forget, cell[:, at], out=new_cell[:, at])
            new_cell[:, at].addcmul_(insert, candidate, value=2.0).sub_(insert)
            torch.mul(output, _tanh(new_cell[:, at]), out=new_hidden[:, at])
        ctx.save_for_backward(rows, cell, weights)
        ctx.n_inputs = len(inputs)
        return new_hidden, new_cell

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_hidden: Tensor, to_cell: Tensor) -> tuple[Tensor | None, ...]:
        rows, cell, weights = ctx.saved_tensors
        first = 0 if ctx.needs_input_grad[0] else ctx.n_inputs
        back = weights[:, first:-1].t()
        to_rows = rows.new_empty((len(back), rows.shape[1]))
        to_old_cell, to_weights = torch.empty_like(cell), torch.zeros_like(weights.t())
        for at in _blocks(rows):
            gates = torch.mm(weights, rows[:, at]).sigmoid_()
            to_gates = torch.empty_like(gates)
            through = _to_gates(gates, cell[:, at], to_hidden[:, at], to_cell[:, at], out=to_gates)
            torch.mul(through, gates[len(cell) : 2 * len(cell)], out=to_old_cell[:, at])
            torch.mm(back, to_gates, out=to_rows[:, at])
            to_weights.addmm_(rows[:, at], to_gates.t())
        n_inputs = ctx.n_inputs - first
        return to_rows[:n_inputs] if n_inputs else None, to_rows[n_inputs:], to_old_cell, to_weights.t()


def _to_gates(gates: Tensor, cell: Tensor, to_hidden: Tensor, to_cell: Tensor, *, out: Tensor) -> Tensor:
    """Write what comes to the gates before their sigmoid; (H, m) what comes to the new cell."""
    insert, forget, candidate, output = gates.chunk(4)
    to_insert, to_forget, to_candidate, to_output = out.chunk(4)
    squashed = _tanh(torch.mul(forget, cell).addcmul_(insert, candidate, value=2.0).sub_(insert))
    torch.mul(to_hidden, squashed, out=to_output)
    slope = squashed.mul_(squashed).neg_().add_(1.0).mul_(output)
    through = torch.addcmul(to_cell, to_hidden, slope)
    torch.mul(through, candidate, out=to_insert).mul_(2.0).sub_(through)
    torch.mul(through, cell, out=to_forget)
    torch.mul(through, insert, out=to_candidate).mul_(2.0)
    torch.ops.aten.sigmoid_backward.grad_input(out, gates, grad_input=out)
    return through


def _tanh(values: Tensor) -> Tensor:
    """By the sigmoid, which is faster."""
    return (2.0 * values).sigmoid_().mul_(2.0).sub_(1.0)


def _blocks(rows: Tensor) -> list[slice]:
    """Coordinates cut into blocks: for the processor's cache, and one only elsewhere."""
    n_coordinates = rows.shape[1]
    size = BLOCK if rows.device.type == "cpu" else n_coordinates
    return [slice(start, min(start + size, n_coordinates)) for start in range(0, n_coordinates, size)]
