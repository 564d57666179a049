"""Batched matrix product whose every derivative is one of three, each in a layout that is fast.

With y = x Wᵀ, s the adjoint for y: dx = s W and dW = sᵀ x; the derivatives of these two are again of these
three forms. torch's own derivatives of derivatives come to Aᵀ Bᵀ, which takes seven times as long for small
matrices.

Shapes: B episodes, n examples, d inputs, e outputs.
"""

from typing import Any

from torch import Tensor
from torch.autograd import Function


def outputs(values: Tensor, weight: Tensor) -> Tensor:
    """(B, n, e) x Wᵀ of (B, n, d) and (B, e, d)."""
    made: Tensor = _Outputs.apply(values, weight)  # type: ignore[no-untyped-call]
    return made


def _inputs(adjoint: Tensor, weight: Tensor) -> Tensor:
    """(B, n, d) s W of (B, n, e) and (B, e, d)."""
    made: Tensor = _Inputs.apply(adjoint, weight)  # type: ignore[no-untyped-call]
    return made


def _weights(adjoint: Tensor, values: Tensor) -> Tensor:
    """(B, e, d) sᵀ x of (B, n, e) and (B, n, d)."""
    made: Tensor = _Weights.apply(adjoint, values)  # type: ignore[no-untyped-call]
    return made


class _Outputs(Function):
    """See `outputs`."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(values, weight)
        return values @ weight.mT

    @staticmethod
    def backward(ctx: Any, adjoint: Tensor) -> tuple[Tensor | None, ...]:
        values, weight = ctx.saved_tensors
        wants_values, wants_weight = ctx.needs_input_grad
        return (
            _inputs(adjoint, weight) if wants_values else None,
            _weights(adjoint, values) if wants_weight else None,
        )


class _Inputs(Function):
    """See `_inputs`."""

    @staticmethod
    def forward(ctx: Any, adjoint: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(adjoint, weight)
        return adjoint @ weight

    @staticmethod
    def backward(ctx: Any, found: Tensor) -> tuple[Tensor | None, ...]:
        adjoint, weight = ctx.saved_tensors
        wants_adjoint, wants_weight = ctx.needs_input_grad
        return (
            outputs(found, weight) if wants_adjoint else None,
            _weights(adjoint, found) if wants_weight else None,
        )


class _Weights(Function):
    """See `_weights`."""

    @staticmethod
    def forward(ctx: Any, adjoint: Tensor, values: Tensor) -> Tensor:
        ctx.save_for_backward(adjoint, values)
        return adjoint.mT @ values

    @staticmethod
    def backward(ctx: Any, found: Tensor) -> tuple[Tensor | None, ...]:
        adjoint, values = ctx.saved_tensors
        wants_adjoint, wants_values = ctx.needs_input_grad
        return (
            outputs(values, found) if wants_adjoint else None,
            _inputs(adjoint, found) if wants_values else None,
        )
