"""One LSTM layer for very many coordinates, laid out as features × coordinates, with its derivative.

Shapes: B episodes, N coordinates, K inputs and H hidden units. torch's cell wants coordinates × features,
where every gate is a strided view; here a gate is a block of rows, the layer is one matrix product, and one
sigmoid serves all gates: tanh x = 2 σ(2x) - 1, and torch's sigmoid takes a sixth of the time of its tanh.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def lstm_layer(seen: Tensor, memory: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """(B, H, N) next hidden values and next memory (Hochreiter & Schmidhuber 1997, with forget gates).

    Args:
        seen: (B, K, N) all that the gates see: inputs, a row of ones for the bias, hidden values.
        memory: (B, H, N).
        weights: (B, 4H, K), rows in torch's order: input gate, forget gate, candidate, output gate.
    """
    made: tuple[Tensor, Tensor] = _Layer.apply(seen, memory, weights)  # type: ignore[no-untyped-call]
    return made


class _Layer(Function):
    """Differentiable once."""

    @staticmethod
    def forward(ctx: Any, seen: Tensor, memory: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        gates = (_doubled(weights) @ seen).sigmoid_()
        insert, forget, candidate, output = gates.chunk(4, dim=1)
        new = torch.addcmul(forget * memory, insert, candidate - 0.5, value=2.0)
        bounded = (2.0 * new).sigmoid_().mul_(2.0).sub_(1.0)  # tanh
        ctx.save_for_backward(seen, memory, weights, gates, bounded)
        return output * bounded, new

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, at_hidden: Tensor, at_new: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """With i, f, s, o for the gates, c for the memory and t = tanh c: h = o t, c = f c' + i (2s - 1)."""
        seen, memory, weights, gates, bounded = ctx.saved_tensors
        insert, forget, candidate, output = gates.chunk(4, dim=1)
        at_new = torch.addcmul(at_new, at_hidden, output * (1.0 - bounded.square()))
        adjoint = torch.empty_like(gates)
        at_gates = (
            at_new * (2.0 * candidate).sub_(1.0),
            at_new * memory,
            2.0 * at_new * insert,
            at_hidden * bounded,
        )
        parts = zip(at_gates, gates.chunk(4, dim=1), adjoint.chunk(4, dim=1), strict=True)
        for pull, gate, part in parts:
            torch.ops.aten.sigmoid_backward.grad_input(pull, gate, grad_input=part)
        doubled = _doubled(weights)
        at_weights = _doubled((seen @ adjoint.mT).mT)  # this way round is twice as fast
        return doubled.mT @ adjoint, at_new * forget, at_weights


def _doubled(weights: Tensor) -> Tensor:
    """(B, 4H, K) with the candidate's rows doubled."""
    insert, forget, candidate, output = weights.chunk(4, dim=1)
    return torch.cat([insert, forget, 2.0 * candidate, output], dim=1)
