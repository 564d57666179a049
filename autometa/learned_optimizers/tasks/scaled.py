"""Random scaling (Lv, Jiang & Li 2017, Learning gradient descent: better generalization and longer horizons).

A task f(θ) becomes f(c ⊙ θ') with a random c for every coordinate, so that an optimizer cannot learn the
sizes of one family by heart.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from autometa.learned_optimizers.tasks.base import TaskBatch


@dataclass(frozen=True, slots=True, eq=False)
class ScaledBatch(TaskBatch):
    """The tasks of another batch in other units.

    Attributes:
        tasks: B of them.
        scales: (B, N), c.
        initial: (B, N), the other batch's divided by c.
    """

    tasks: TaskBatch
    scales: Tensor
    initial: Tensor

    @classmethod
    def of(cls, tasks: TaskBatch, *, largest: float, generator: torch.Generator) -> "ScaledBatch":
        """Scales exp(u) with u uniform in [-largest, largest].

        Args:
            tasks: to be scaled.
            largest: 3 in the paper's experiments.
            generator: on the tasks' device.
        """
        drawn = torch.rand(tasks.initial.shape, generator=generator, device=generator.device)
        scales = ((2.0 * drawn - 1.0) * largest).exp()
        return cls(tasks, scales, tasks.initial / scales)

    def losses(self, params: Tensor, *, generator: torch.Generator) -> Tensor:
        """(B,) of the parameters in their own units."""
        return self.tasks.losses(params * self.scales, generator=generator)
