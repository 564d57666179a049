"""Small convolutional networks that tell characters of Omniglot apart, all tasks' layers as grouped kernels.

Shapes: B tasks, N parameters a task, R images of a minibatch, C characters of a task, F filters.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from autometa.errors import InvalidDatasetError, TrainingError
from autometa.learned_optimizers.tasks.base import TaskBatch, TaskFamily
from autometa.learned_optimizers.tasks.networks import (
    ACTIVATIONS,
    Activation,
    Shapes,
    check_activation,
    count,
    cut,
    first_params,
    mean_losses,
)


@dataclass(frozen=True, slots=True, eq=False)
class ConvBatch(TaskBatch):
    """B networks, each with its own characters, start and minibatches.

    Attributes:
        drawings: (characters, drawings, 28, 28) uint8, ink is 255; shared by all tasks.
        characters: (B, C) that each task tells apart.
        shapes: of kernels (F, inputs, 3, 3), biases (F,) and the last layer.
        activation: between the layers.
        batch_size: R.
        initial: (B, N).
    """

    drawings: Tensor
    characters: Tensor
    shapes: Shapes
    activation: Activation
    batch_size: int
    initial: Tensor

    def losses(self, params: Tensor, *, generator: torch.Generator) -> Tensor:
        """(B,) on fresh minibatches of the task's characters, drawn with replacement."""
        shape, device = (len(params), self.batch_size), generator.device
        labels = torch.randint(self.characters.shape[1], shape, generator=generator, device=device)
        which = torch.randint(self.drawings.shape[1], shape, generator=generator, device=device)
        images = self.drawings[self.characters.gather(1, labels), which]  # (B, R, 28, 28)
        return mean_losses(self.outputs(params, images.to(params.dtype) / 255.0), labels)

    def outputs(self, params: Tensor, images: Tensor) -> Tensor:
        """(B, R, C) of (B, R, 28, 28): 3 x 3 kernels with stride 2, mean over space, one linear layer."""
        pieces, n_tasks = cut(params, self.shapes), len(params)
        seen = images.transpose(0, 1)  # (R, B·channels, height, width)
        for kernels, bias in zip(pieces[:-2:2], pieces[1:-2:2], strict=True):
            seen = functional.conv2d(
                seen, kernels.flatten(0, 1), bias.flatten(), stride=2, padding=1, groups=n_tasks
            )
            seen = ACTIVATIONS[self.activation](seen)
        features = seen.mean(dim=(2, 3)).view(len(seen), n_tasks, -1).transpose(0, 1)  # (B, R, F)
        return torch.baddbmm(pieces[-1], features, pieces[-2])


@dataclass(frozen=True, slots=True)
class OmniglotConvFamily(TaskFamily):
    """Convolutional networks of one architecture on ever other characters.

    Attributes:
        drawings: (characters, drawings, 28, 28) uint8, see `read_drawings`.
        n_way: C.
        n_filters: F of each layer.
        n_layers: convolutions.
        activation: between the layers.
        batch_size: R.
    """

    drawings: Tensor
    n_way: int = 5
    n_filters: int = 16
    n_layers: int = 3
    activation: Activation = "relu"
    batch_size: int = 32

    def __post_init__(self) -> None:
        """Refuse networks that are none, and more characters than there are."""
        check_activation(self.activation)
        if min(self.n_filters, self.n_layers, self.batch_size) < 1:
            raise TrainingError("n_filters, n_layers and batch_size must be 1 or more")
        if not 2 <= self.n_way <= len(self.drawings):
            raise TrainingError(
                f"n_way is {self.n_way}; there are {len(self.drawings)} characters to choose from"
            )

    @property
    def shapes(self) -> Shapes:
        """Of kernels, biases and the last layer."""
        channels = [1] + [self.n_filters] * self.n_layers
        convolutions = [
            shape
            for n_inputs in channels[:-1]
            for shape in ((self.n_filters, n_inputs, 3, 3), (self.n_filters,))
        ]
        return (*convolutions, (self.n_filters, self.n_way), (1, self.n_way))

    @property
    def n_params(self) -> int:
        """N."""
        return count(self.shapes)

    def sample(self, n_tasks: int, *, generator: torch.Generator) -> ConvBatch:
        """Fresh characters, without repetition in a task, and fresh first parameters."""
        device = generator.device
        keys = torch.rand((n_tasks, len(self.drawings)), generator=generator, device=device)
        characters = keys.topk(self.n_way, dim=1).indices
        kernel_inputs = [9 * shape[1] for shape in self.shapes[:-2:2]]
        fan_ins = tuple(number for fan_in in [*kernel_inputs, self.n_filters] for number in (fan_in, 0))
        initial = first_params(self.shapes, fan_ins, n_tasks, generator)
        drawings = self.drawings.to(device)
        return ConvBatch(drawings, characters, self.shapes, self.activation, self.batch_size, initial)

    def describe(self) -> dict[str, Any]:
        """Architecture and data."""
        return {
            "family": "omniglot_conv",
            "data": "omniglot",
            "n_characters": len(self.drawings),
            "n_classes": self.n_way,
            "n_filters": self.n_filters,
            "n_layers": self.n_layers,
            "activation": self.activation,
            "batch_size": self.batch_size,
            "n_params": self.n_params,
        }


def read_drawings(path: str | Path, *, alphabet: str | None = None) -> Tensor:
    """(characters, 20, 28, 28) uint8 with ink 255.

    Args:
        path: an .npz with `img28` (n, 28, 28), `character` (n,) named "alphabet/characterNN".
        alphabet: only the characters of this one.

    Raises:
        InvalidDatasetError: the arrays are not there, or there is no such alphabet.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, characters = arrays["img28"], arrays["character"]
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidDatasetError(f"{path} is no Omniglot: {error}; wanted img28 and character") from error
    if alphabet is not None:
        is_wanted = np.char.startswith(characters, f"{alphabet}/")
        images, characters = images[is_wanted], characters[is_wanted]
    names, counts = np.unique(characters, return_counts=True)
    if len(names) == 0 or len(set(counts.tolist())) != 1:
        raise InvalidDatasetError(
            f"{path}: {len(names)} characters of alphabet {alphabet!r} with equal counts"
        )
    order = np.argsort(characters, kind="stable")
    return torch.from_numpy(images[order].reshape(len(names), -1, 28, 28))
