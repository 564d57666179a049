"""Random quadratics (Andrychowicz et al. 2016, section 3.1): f(θ) = ‖W θ - y‖² with Gaussian W and y."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.learned_optimizers.tasks.base import TaskBatch, TaskFamily


@dataclass(frozen=True, slots=True, eq=False)
class QuadraticBatch(TaskBatch):
    """B quadratics.

    Attributes:
        matrices: (B, N, N), W.
        goals: (B, N), y.
        initial: (B, N).
    """

    matrices: Tensor
    goals: Tensor
    initial: Tensor

    def losses(self, params: Tensor, *, generator: torch.Generator) -> Tensor:
        """(B,) squared distances; nothing is drawn."""
        del generator
        reached = torch.bmm(self.matrices, params[:, :, None]).squeeze(2)
        return (reached - self.goals).square().sum(dim=1)


@dataclass(frozen=True, slots=True)
class Quadratics(TaskFamily):
    """The family; parameters start close to 0, with standard deviation .01.

    Attributes:
        n_params: N, 10 in the paper.
    """

    n_params: int = 10

    def __post_init__(self) -> None:
        """Refuse quadratics of nothing."""
        if self.n_params < 1:
            raise TrainingError(f"n_params is {self.n_params}; it must be 1 or more")

    def sample(self, n_tasks: int, *, generator: torch.Generator) -> QuadraticBatch:
        """Independent standard normal W and y."""

        def normal(*shape: int) -> Tensor:
            return torch.randn((n_tasks, *shape), generator=generator, device=generator.device)

        n = self.n_params
        return QuadraticBatch(normal(n, n), normal(n), 0.01 * normal(n))

    def describe(self) -> dict[str, Any]:
        """Name and size."""
        return {"family": "quadratics", "n_params": self.n_params}
