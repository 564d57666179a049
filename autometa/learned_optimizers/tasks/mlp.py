"""Multi-layer perceptrons on a data set (Andrychowicz et al. 2016, section 3.2), all tasks' layers batched.

Shapes: B tasks, N parameters a task, n rows of data, R rows of a minibatch, d features, O outputs.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.learned_optimizers.tasks.base import TaskBatch, TaskFamily
from autometa.learned_optimizers.tasks.labelled_data import LabelledData, digits
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
class MLPBatch(TaskBatch):
    """B perceptrons on the same data, each with its own start and minibatches.

    Attributes:
        data: of all tasks, on their device.
        shapes: of weights (inputs, outputs) and biases (1, outputs), layer by layer.
        activation: between the layers.
        batch_size: R.
        initial: (B, N).
    """

    data: LabelledData
    shapes: Shapes
    activation: Activation
    batch_size: int
    initial: Tensor

    def losses(self, params: Tensor, *, generator: torch.Generator) -> Tensor:
        """(B,) on fresh minibatches, drawn with replacement."""
        shape = (len(params), self.batch_size)
        device = generator.device
        rows = torch.randint(len(self.data.inputs), shape, generator=generator, device=device)
        return mean_losses(self.outputs(params, self.data.inputs[rows]), self.data.targets[rows])

    def outputs(self, params: Tensor, inputs: Tensor) -> Tensor:
        """(B, R, O) of (B, R, d)."""
        pieces, seen = cut(params, self.shapes), inputs
        for weights, bias in zip(pieces[:-2:2], pieces[1:-2:2], strict=True):
            seen = ACTIVATIONS[self.activation](torch.baddbmm(bias, seen, weights))
        return torch.baddbmm(pieces[-1], seen, pieces[-2])


@dataclass(frozen=True, slots=True)
class MLPFamily(TaskFamily):
    """Perceptrons of one architecture.

    Attributes:
        data: what they learn; digits where not given.
        hidden: units of each hidden layer; () is a linear model.
        activation: between the layers.
        batch_size: R; more than there are rows is allowed, since they are drawn with replacement.
    """

    data: LabelledData = field(default_factory=digits)
    hidden: tuple[int, ...] = (20,)
    activation: Activation = "sigmoid"
    batch_size: int = 128

    def __post_init__(self) -> None:
        """Refuse networks that are none."""
        check_activation(self.activation)
        if self.batch_size < 1 or any(units < 1 for units in self.hidden):
            raise TrainingError(f"batch_size {self.batch_size}, hidden {self.hidden}: all must be 1 or more")

    @property
    def shapes(self) -> Shapes:
        """Of weights and biases, layer by layer."""
        sizes = (self.data.inputs.shape[1], *self.hidden, self.data.n_outputs)
        return tuple(shape for before, after in pairwise(sizes) for shape in ((before, after), (1, after)))

    @property
    def n_params(self) -> int:
        """N."""
        return count(self.shapes)

    def sample(self, n_tasks: int, *, generator: torch.Generator) -> MLPBatch:
        """Fresh first parameters; the data are the same."""
        shapes, device = self.shapes, generator.device
        fan_ins = tuple(0 if number % 2 else shape[0] for number, shape in enumerate(shapes))
        initial = first_params(shapes, fan_ins, n_tasks, generator)
        data = LabelledData(
            self.data.name, self.data.inputs.to(device), self.data.targets.to(device), self.data.n_classes
        )
        return MLPBatch(data, shapes, self.activation, self.batch_size, initial)

    def describe(self) -> dict[str, Any]:
        """Architecture and data."""
        return {
            "family": "mlp",
            "data": self.data.name,
            "n_rows": len(self.data.inputs),
            "n_features": self.data.inputs.shape[1],
            "n_classes": self.data.n_classes,
            "hidden": list(self.hidden),
            "activation": self.activation,
            "batch_size": self.batch_size,
            "n_params": self.n_params,
        }
