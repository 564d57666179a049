"""What optimizers are trained on: families of tasks, and batches of them with a leading task axis.

Shapes: B tasks, N parameters of one task.
"""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor


class TaskBatch(ABC):
    """B tasks side by side.

    Attributes:
        initial: (B, N) parameters before the first step.
    """

    initial: Tensor

    @abstractmethod
    def losses(self, params: Tensor, *, generator: torch.Generator) -> Tensor:
        """(B,) each task's loss at these parameters; a task with data draws a new minibatch.

        Args:
            params: (B, N).
            generator: of the minibatches, on the device of the parameters.
        """


class TaskFamily(ABC):
    """A distribution of tasks with the same number of parameters."""

    @property
    @abstractmethod
    def n_params(self) -> int:
        """N."""

    @abstractmethod
    def sample(self, n_tasks: int, *, generator: torch.Generator) -> TaskBatch:
        """Fresh tasks.

        Args:
            n_tasks: B.
            generator: on the device that the tasks shall live on.
        """

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Plain JSON values that tell this family from others."""


def losses_and_grads(
    tasks: TaskBatch, params: Tensor, *, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """(B,) losses and (B, N) gradients, both without history.

    Args:
        tasks: B of them; no loss depends on another task's parameters.
        params: (B, N).
        generator: of the minibatches.
    """
    with torch.enable_grad():
        leaf = params.detach().requires_grad_()
        losses = tasks.losses(leaf, generator=generator)
        [grads] = torch.autograd.grad(losses.sum(), [leaf])
    return losses.detach(), grads
