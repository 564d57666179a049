"""The first block of a backbone: convolution of the images themselves, normalisation, ReLU, max-pooling.

Images have few channels and want no gradient. Their convolution is a product with P, the few values around
every pixel, so the large map need never be whole: one pixel of every window of four is made at a time, and
made again for the gradient. Mean and variance of the map follow from those of P, and so does the share of the
statistics in the gradient of the kernel. torch's gradient of such a kernel takes as long as several blocks.

Shapes: n images, k channels, h × w pixels; c channels out; p = 9k values around a pixel; m = n·(h/2)·(w/2).
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

from autometa.fewshot.normalisation import BatchNorm

MOST_CHANNELS = 3


def is_small(convolution: nn.Conv2d) -> bool:
    """True for 3×3 kernels that move by one pixel, padded by one, over few channels."""
    moves = (convolution.kernel_size, convolution.stride, convolution.padding, convolution.dilation)
    return convolution.in_channels <= MOST_CHANNELS and moves == ((3, 3), (1, 1), (1, 1), (1, 1))


def first_block(images: Tensor, convolution: nn.Conv2d, norm: BatchNorm) -> Tensor:
    """(n, c, h/2, w/2) max-pooled ReLU of the normalised convolution, in training.

    Args:
        images: (n, k, h, w), for which no gradient is wanted.
        convolution: small (see `is_small`), with a bias; that cancels but in the averages.
        norm: whose weights are used, and whose running averages move.
    """
    kind, bias = images.device.type, cast(Tensor, convolution.bias)
    if torch.is_autocast_enabled(kind):
        images = images.to(torch.get_autocast_dtype(kind))
    with torch.autocast(kind, enabled=False):
        sign = torch.ones_like(bias).masked_fill(norm.weight < 0, -1.0)  # the largest stays the largest
        made, mean, variance = _FirstBlock.apply(  # type: ignore[no-untyped-call]
            images,
            convolution.weight * sign[:, None, None, None],
            norm.weight * sign,
            norm.bias,
            bias,
            norm.epsilon,
        )
        norm.remember(mean * sign + bias, variance, images.numel() // images.shape[1])
    pooled: Tensor = made
    return pooled


class _FirstBlock(Function):
    """Also the (c,) mean and variance (without Bessel's correction); no weight may be negative."""

    @staticmethod
    def forward(
        ctx: Any, images: Tensor, kernel: Tensor, weight: Tensor, bias: Tensor, shift: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        around, rows = _around(images), kernel.flatten(1).to(images.dtype)  # (p, n, h, w), (c, p)
        center, product = _moments(around.flatten(1).to(kernel.dtype), rows.to(kernel.dtype))
        mean = rows.to(kernel.dtype) @ center
        variance = (rows.to(kernel.dtype) * product).sum(dim=1)
        windows, height, width = _windows(around)
        extremes = windows[0].mT @ rows.mT
        values = torch.empty_like(extremes)
        for window in windows[1:]:
            torch.maximum(extremes, torch.mm(window.mT, rows.mT, out=values), out=extremes)
        pooled = extremes.reshape(len(images), height, width, -1).movedim(3, 1)
        made = functional.batch_norm(pooled, mean, variance, weight, bias, eps=epsilon).relu_()
        ctx.save_for_backward(windows, rows, center, product, extremes, made, mean, variance, weight)
        ctx.epsilon, ctx.shape = epsilon, kernel.shape
        ctx.mark_non_differentiable(mean, variance)
        return made, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, adjoint: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """The kernel gets dx Pᵀ, dx as in `pooled_norm`: 0 but at the extremes, plus multiples of x̂ and 1."""
        windows, rows, center, product, extremes, made, mean, variance, weight = ctx.saved_tensors
        adjoint = torch.ops.aten.threshold_backward(adjoint, made, 0)
        pooled = extremes.reshape(*made.movedim(1, 3).shape).movedim(3, 1)
        at_pooled, at_weight, at_bias = torch.ops.aten.native_batch_norm_backward(
            adjoint, pooled, weight, mean, variance, None, None, False, ctx.epsilon, [True, True, True]
        )
        at_extremes = at_pooled.movedim(1, 3).flatten(0, 2)
        at_kernel = _pull_back(windows, rows, extremes, at_extremes).to(center.dtype)
        slope = torch.rsqrt(variance + ctx.epsilon)
        of_statistics = (slope * at_weight)[:, None] * product + at_bias[:, None] * center
        at_kernel = at_kernel - (weight * slope)[:, None] * of_statistics
        return None, at_kernel.reshape(ctx.shape), at_weight, at_bias, torch.zeros_like(at_bias), None


def _pull_back(windows: Tensor, rows: Tensor, extremes: Tensor, at_extremes: Tensor) -> Tensor:
    """(c, p) gradient of the kernel's rows; among equal values the first takes all.

    Args:
        windows: (4, p, m).
        rows: (c, p).
        extremes: (m, c).
        at_extremes: (m, c) their gradient, which is used up.
    """
    below = -torch.finfo(rows.dtype).smallest_normal
    found = torch.zeros(rows.shape, dtype=torch.promote_types(rows.dtype, torch.float32), device=rows.device)
    rest, gap, own = at_extremes, torch.empty_like(extremes), torch.empty_like(extremes)
    for window in windows:
        torch.mm(window.mT, rows.mT, out=gap).sub_(extremes)  # 0 at the extremes, negative elsewhere
        torch.ops.aten.threshold_backward.grad_input(rest, gap, below, grad_input=own)
        found += (window @ own).mT
        rest.sub_(own)
    return found


def _around(images: Tensor) -> Tensor:
    """(p, n, h, w) values around every pixel, zeros beyond the edges; in the order of a kernel's values."""
    height, width = images.shape[2:]
    padded = functional.pad(images, [1, 1, 1, 1])
    views = [
        padded[:, channel, down : down + height, right : right + width]
        for channel in range(images.shape[1])
        for down in range(3)
        for right in range(3)
    ]
    return torch.stack(views)


def _windows(around: Tensor) -> tuple[Tensor, int, int]:
    """(4, p, m) P at the four pixels of every window in reading order; h/2, w/2, rounded down."""
    height, width = (size // 2 for size in around.shape[2:])
    whole = around[:, :, : 2 * height, : 2 * width]
    parts = [whole[:, :, down::2, right::2].flatten(1) for down in (0, 1) for right in (0, 1)]
    return torch.stack(parts), height, width


def _moments(around: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """(p,) mean of P; (c, p) the kernel times the covariance of P (without Bessel's correction)."""
    center = around.mean(dim=1)
    centered = around - center[:, None]
    return center, rows @ (centered @ centered.mT / around.shape[1])
