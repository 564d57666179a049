"""Batch normalisation, ReLU and max-pooling as one operation of first order: fewer passes over the map.

Normalisation and ReLU rise with the values, or fall where a channel's weight is negative; so the largest of
four stays the largest, and everything but the statistics can wait until the map is a quarter of its size.

Shapes: n images, c channels, h × w pixels; N = n·h·w.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

from autometa.fewshot.normalisation import BatchNorm

HALF = ([2, 2], [2, 2], [0, 0], [1, 1], False)  # size, stride, padding, dilation, ceiling of the pooling


def pooled_norm(values: Tensor, norm: BatchNorm, *, shift: Tensor) -> Tensor:
    """(n, c, h/2, w/2) max-pooled ReLU of the normalised values, in training.

    Args:
        values: (n, c, h, w).
        norm: whose weights are used, and whose running averages move.
        shift: (c,) what would be added to the values; it cancels but in the averages, and its gradient is 0.
    """
    made, mean, variance = _PooledNorm.apply(values, norm.weight, norm.bias, shift, norm.epsilon)  # type: ignore[no-untyped-call]
    norm.remember(mean, variance, values.numel() // values.shape[1])
    pooled: Tensor = made
    return pooled


class _PooledNorm(Function):
    """Also the (c,) mean and variance (without Bessel's correction) of the shifted values."""

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, weight: Tensor, bias: Tensor, shift: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        zero, one = torch.zeros_like(weight), torch.ones_like(weight)
        mean, variance = torch.batch_norm_update_stats(values, zero, one, 0.0)  # as precise as zero and one
        pooled, places = _extremes(values, weight)
        made = functional.batch_norm(pooled, mean, variance, weight, bias, eps=epsilon).relu_()
        ctx.save_for_backward(values, pooled, places, made, mean, variance, weight)
        ctx.epsilon, shifted = epsilon, mean + shift
        ctx.mark_non_differentiable(shifted, variance)
        return made, shifted, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, adjoint: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """Ioffe & Szegedy 2015, section 3: dx = s (dy - (db + x̂ dw) / N), where dy is 0 but at the places."""
        values, pooled, places, made, mean, variance, weight = ctx.saved_tensors
        adjoint = torch.ops.aten.threshold_backward(adjoint, made, 0)
        at_pooled, at_weight, at_bias = torch.ops.aten.native_batch_norm_backward(
            adjoint, pooled, weight, mean, variance, None, None, False, ctx.epsilon, [True, True, True]
        )
        found = torch.ops.aten.max_pool2d_with_indices_backward(at_pooled, values, *HALF, places)
        share = -weight * torch.rsqrt(variance + ctx.epsilon) * (values.shape[1] / values.numel())
        found += functional.batch_norm(
            values, mean, variance, share * at_weight, share * at_bias, eps=ctx.epsilon
        )
        return found, at_weight, at_bias, torch.zeros_like(mean), None


def _extremes(values: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Pooled values and their places; channels of negative weight give their least, not their largest."""
    is_falling = weight < 0
    if values.device.type == "cpu" and not bool(is_falling.any()):  # elsewhere a look means waiting
        largest: tuple[Tensor, Tensor] = torch.ops.aten.max_pool2d_with_indices(values, *HALF)
        return largest
    sign = torch.where(is_falling, -1.0, 1.0).to(values.dtype).reshape(1, -1, 1, 1)
    extremes, places = torch.ops.aten.max_pool2d_with_indices(values * sign, *HALF)
    return extremes * sign, places
