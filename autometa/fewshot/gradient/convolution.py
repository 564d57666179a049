"""Convolution whose every derivative is one of three bilinear maps, each run by its own fast kernel.

With y = conv(x, w), s the adjoint for y: dx = back(s, w) and dw = correlate(s, x); the derivatives of these
two are again conv, back and correlate of other arguments. So derivatives of any order are exact, and the
second one runs on the kernels of the first. (torch's own double backward makes the gradient of the weights
by a convolution with a kernel as large as the map, and adds the bias to whole maps.)

Shapes: n images, c channels, h × w pixels; a weight is (c_out, c_in / groups, k, k).
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import Function


class Geometry(NamedTuple):
    """How a convolution moves over the map.

    Attributes:
        stride: of the two dimensions, like the rest.
        padding: with zeros.
        dilation: of the kernel.
        groups: of channels that do not mix.
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    @classmethod
    def of(cls, layer: nn.Conv2d, n_episodes: int) -> "Geometry":
        """Of a layer without groups whose padding is in numbers, run for so many episodes side by side."""
        padding = (0, 0) if isinstance(layer.padding, str) else layer.padding
        return cls(layer.stride, padding, layer.dilation, n_episodes)


def convolve(values: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    """(n, c_out, h', w') of (n, c_in, h, w), without a bias."""
    made: Tensor = _Convolve.apply(values, weight, geometry)  # type: ignore[no-untyped-call]
    return made


def _back(adjoint: Tensor, weight: Tensor, like: Tensor, geometry: Geometry) -> Tensor:
    """The adjoint of conv for its first argument, of the shape of `like`."""
    made: Tensor = _Back.apply(adjoint, weight, like.detach(), geometry)  # type: ignore[no-untyped-call]
    return made


def _correlate(adjoint: Tensor, values: Tensor, like: Tensor, geometry: Geometry) -> Tensor:
    """The adjoint of conv for its second argument, of the shape of `like`."""
    made: Tensor = _Correlate.apply(adjoint, values, like.detach(), geometry)  # type: ignore[no-untyped-call]
    return made


class _Convolve(Function):
    """conv(x, w)."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
        ctx.save_for_backward(values, weight)
        ctx.geometry = geometry
        return torch.conv2d(values, weight, None, *geometry)

    @staticmethod
    def backward(ctx: Any, adjoint: Tensor) -> tuple[Tensor | None, ...]:
        values, weight = ctx.saved_tensors
        wants_values, wants_weight, _ = ctx.needs_input_grad
        return (
            _back(adjoint, weight, values, ctx.geometry) if wants_values else None,
            _correlate(adjoint, values, weight, ctx.geometry) if wants_weight else None,
            None,
        )


class _Back(Function):
    """See `_back`."""

    @staticmethod
    def forward(ctx: Any, adjoint: Tensor, weight: Tensor, like: Tensor, geometry: Geometry) -> Tensor:
        ctx.save_for_backward(adjoint, weight)
        ctx.geometry = geometry
        return _backward(adjoint, like, weight, geometry, 0)

    @staticmethod
    def backward(ctx: Any, found: Tensor) -> tuple[Tensor | None, ...]:
        adjoint, weight = ctx.saved_tensors
        wants_adjoint, wants_weight, *_ = ctx.needs_input_grad
        return (
            convolve(found, weight, ctx.geometry) if wants_adjoint else None,
            _correlate(adjoint, found, weight, ctx.geometry) if wants_weight else None,
            None,
            None,
        )


class _Correlate(Function):
    """See `_correlate`."""

    @staticmethod
    def forward(ctx: Any, adjoint: Tensor, values: Tensor, like: Tensor, geometry: Geometry) -> Tensor:
        ctx.save_for_backward(adjoint, values)
        ctx.geometry = geometry
        return _backward(adjoint, values, like, geometry, 1)

    @staticmethod
    def backward(ctx: Any, found: Tensor) -> tuple[Tensor | None, ...]:
        adjoint, values = ctx.saved_tensors
        wants_adjoint, wants_values, *_ = ctx.needs_input_grad
        return (
            convolve(values, found, ctx.geometry) if wants_adjoint else None,
            _back(adjoint, found, values, ctx.geometry) if wants_values else None,
            None,
            None,
        )


def _backward(adjoint: Tensor, values: Tensor, weight: Tensor, geometry: Geometry, which: int) -> Tensor:
    """The gradient for the values (0) or the weight (1), by torch's kernel."""
    mask = [which == 0, which == 1, False]
    stride, padding, dilation, groups = geometry
    found: Tensor = torch.ops.aten.convolution_backward(
        adjoint, values, weight, None, stride, padding, dilation, False, [0, 0], groups, mask
    )[which]
    return found
