"""Mean and variance of channels, exact to any order of derivative and cheap to differentiate twice.

Shapes: n images, c channels, h × w pixels; N = n·h·w.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

OVER = (0, 2, 3)


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """(1, c, 1, 1) mean and variance (without Bessel's correction) of each channel of (n, c, h, w)."""
    found: tuple[Tensor, Tensor] = _Moments.apply(values)  # type: ignore[no-untyped-call]
    return found


class _Moments(Function):
    """One formula for the derivative, where torch's passes over the map once for every operation.

    `torch.var_mean` over these dimensions takes longer on a processor than half a convolution.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> tuple[Tensor, Tensor]:
        shape = (1, -1, 1, 1)
        mean, variance = (
            one.reshape(shape) for one in torch.batch_norm_update_stats(values, None, None, 0.0)
        )
        ctx.save_for_backward(values, mean)
        return mean, variance

    @staticmethod
    def backward(ctx: Any, at_mean: Tensor, at_variance: Tensor) -> Tensor:
        """Differentiable itself: m is this function's own answer."""
        values, mean = ctx.saved_tensors
        spread: Tensor = _Spread.apply(at_mean, at_variance, values, mean)  # type: ignore[no-untyped-call]
        return spread


class _Spread(Function):
    """dx = (dm + 2 dv (x - m)) / N, what changes of mean and variance mean for the values."""

    @staticmethod
    def forward(ctx: Any, at_mean: Tensor, at_variance: Tensor, values: Tensor, mean: Tensor) -> Tensor:
        ctx.save_for_backward(at_variance, values, mean)
        n_values = values.numel() // values.shape[1]
        slope = at_variance * (2.0 / n_values)
        return torch.addcmul(at_mean / n_values - slope * mean, values, slope)

    @staticmethod
    def backward(ctx: Any, found: Tensor) -> tuple[Tensor, ...]:
        at_variance, values, mean = ctx.saved_tensors
        n_values = values.numel() // values.shape[1]
        slope = at_variance * (2.0 / n_values)
        total = found.sum(dim=OVER, keepdim=True)
        product = (found * values).sum(dim=OVER, keepdim=True) - mean * total
        return total / n_values, product * (2.0 / n_values), found * slope, -slope * total
