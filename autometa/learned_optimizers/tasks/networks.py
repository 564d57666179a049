"""What networks as tasks have in common: their parameters in one row, first values, activations, losses.

Shapes: B tasks, N parameters a task, R rows of a minibatch, O outputs.
"""

from math import prod
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from autometa.errors import UnknownNameError

Activation = Literal["sigmoid", "tanh", "relu", "elu", "gelu"]
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
}
Shapes = tuple[tuple[int, ...], ...]


def check_activation(name: str) -> None:
    """Refuse an activation that does not exist.

    Raises:
        UnknownNameError: it is none of `ACTIVATIONS`.
    """
    if name not in ACTIVATIONS:
        raise UnknownNameError.of("activation", name, list(ACTIVATIONS))


def count(shapes: Shapes) -> int:
    """N of parameters of these shapes."""
    return sum(prod(shape) for shape in shapes)


def cut(params: Tensor, shapes: Shapes) -> list[Tensor]:
    """(B, *shape) for each shape, from (B, N)."""
    pieces = torch.split(params, [prod(shape) for shape in shapes], dim=1)
    return [piece.reshape(-1, *shape) for piece, shape in zip(pieces, shapes, strict=True)]


def first_params(
    shapes: Shapes, fan_ins: tuple[int, ...], n_tasks: int, generator: torch.Generator
) -> Tensor:
    """(B, N) normal weights of variance 1 / fan-in; zeros where the fan-in is 0, as for biases.

    Args:
        shapes: of the parameters.
        fan_ins: of each.
        n_tasks: B.
        generator: on the device of the result.
    """
    deviations = [
        torch.full((prod(shape),), fan_in**-0.5 if fan_in else 0.0)
        for shape, fan_in in zip(shapes, fan_ins, strict=True)
    ]
    drawn = torch.randn((n_tasks, count(shapes)), generator=generator, device=generator.device)
    return drawn * torch.cat(deviations).to(generator.device)


def mean_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    """(B,) mean cross-entropy, or mean squared error.

    Args:
        outputs: (B, R, O).
        targets: (B, R) classes, or (B, R, O) numbers.
    """
    if targets.is_floating_point():
        return (outputs - targets).square().mean(dim=(1, 2))
    losses = functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), reduction="none")
    return losses.view(targets.shape).mean(dim=1)
