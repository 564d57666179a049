"""Max-pooling that is cheap to differentiate twice.

The derivative puts each adjoint where its window had the largest value, and the derivative of that picks
values from these places. (torch's own second derivative also makes a map of zeros for the values that were
pooled, adds it to the others', and loses the channels-last order on the way.)

Shapes: n images, c channels, h × w pixels, h' × w' windows.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

Geometry = tuple[Any, Any, Any, Any, bool]  # of a window: size, stride, padding, dilation, ceil mode


def max_pool(values: Tensor, layer: nn.MaxPool2d) -> Tensor:
    """(n, c, h', w') what the layer makes of (n, c, h, w)."""
    geometry = (layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode)
    made: Tensor = _Pool.apply(values, geometry)  # type: ignore[no-untyped-call]
    return made


class _Pool(Function):
    """The largest value of every window."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, geometry: Geometry) -> Tensor:
        made, places = torch.nn.functional.max_pool2d_with_indices(values, *geometry)
        ctx.save_for_backward(values, places)
        ctx.geometry = geometry
        return made

    @staticmethod
    def backward(ctx: Any, adjoint: Tensor) -> tuple[Tensor | None, ...]:
        values, places = ctx.saved_tensors
        return _Put.apply(adjoint, values.detach(), places, ctx.geometry), None  # type: ignore[no-untyped-call]


class _Put(Function):
    """Adjoints of windows at the places of their largest values, zeros elsewhere."""

    @staticmethod
    def forward(ctx: Any, adjoint: Tensor, like: Tensor, places: Tensor, geometry: Geometry) -> Tensor:
        ctx.save_for_backward(places)
        size, stride, padding, dilation, ceil_mode = geometry
        made: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
            adjoint, like, _pair(size), _pair(stride), _pair(padding), _pair(dilation), ceil_mode, places
        )
        return made

    @staticmethod
    def backward(ctx: Any, found: Tensor) -> tuple[Tensor | None, ...]:
        [places] = ctx.saved_tensors
        return _picked(found, places), None, None, None


def _picked(values: Tensor, places: Tensor) -> Tensor:
    """(n, c, h', w') values of (n, c, h, w) at places within their channel, in the order of the values."""
    if not values.is_contiguous(memory_format=torch.channels_last):
        return values.flatten(2).gather(2, places.flatten(2)).view(places.shape)
    rows, at = (one.movedim(1, 3).flatten(1, 2) for one in (values, places))  # (n, h·w, c)
    return rows.gather(1, at).view(places.movedim(1, 3).shape).movedim(3, 1)


def _pair(size: Any) -> list[int]:
    return [size, size] if isinstance(size, int) else list(size)
