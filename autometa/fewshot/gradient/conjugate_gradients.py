"""Conjugate gradients (Hestenes & Stiefel 1952) for one linear system an episode, all at once.

Shapes: B episodes; a vector is a list of tensors (B, *shape), and its products are taken episode by episode.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Vector = list[Tensor]

TINY = 1e-30  # of a squared residual: nothing is left to solve


def conjugate_gradients(product: Callable[[Vector], Vector], right: Vector, n_steps: int) -> Vector:
    """X with A x ≈ b for each episode, from x = 0; an episode that is solved already stays as it is.

    Args:
        product: A v for a symmetric positive definite A.
        right: b.
        n_steps: of the iteration; as many as there are unknowns solve exactly, up to rounding.
    """
    solution = [torch.zeros_like(one) for one in right]
    residual, direction = right, right
    square = inner(residual, residual)  # (B,)
    is_going = square > TINY
    for number in range(n_steps):
        image = product(direction)
        curvature = inner(direction, image)
        is_going = is_going & (curvature > 0)
        length = _share(square, curvature, is_going)
        if number == 0:
            length = torch.where(is_going, length, torch.ones_like(length))
        solution = _moved(solution, length, direction)
        residual = _moved(residual, -length, image)
        before, square = square, inner(residual, residual)
        is_going = is_going & (square > TINY)
        direction = _moved(residual, _share(square, before, is_going), direction)
    return solution


def inner(left: Vector, right: Vector) -> Tensor:
    """(B,) scalar products."""
    return torch.stack([(a * b).flatten(1).sum(dim=1) for a, b in zip(left, right, strict=True)]).sum(dim=0)


def _moved(vector: Vector, length: Tensor, direction: Vector) -> Vector:
    """The vector plus so many times the direction."""
    return [
        one + length.reshape(-1, *[1] * (one.ndim - 1)) * way
        for one, way in zip(vector, direction, strict=True)
    ]


def _share(above: Tensor, below: Tensor, is_asked: Tensor) -> Tensor:
    """(B,) quotients; 0 where they are not asked for."""
    return torch.where(is_asked, above / torch.where(is_asked, below, torch.ones_like(below)), 0.0)
