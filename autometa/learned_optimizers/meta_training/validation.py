"""The same tasks and minibatches at every validation, so that curves of different runs can be compared."""

import math
from dataclasses import dataclass

from autometa.devices import make_generator
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.meta_training.unroll import learning_curve
from autometa.learned_optimizers.tasks.base import TaskFamily

SEED_SHIFT = 1_000_003  # validation tasks are not the training tasks of the same seed


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """How well an optimizer does.

    Attributes:
        family: of the tasks.
        n_tasks: of them.
        n_steps: that each is optimised.
        seed: of tasks and minibatches.
    """

    family: TaskFamily
    n_tasks: int
    n_steps: int
    seed: int

    def of(self, optimizer: LearnedOptimizer) -> float:
        """Mean over the tasks of the loss in the last tenth of the steps; infinite if any diverges.

        Args:
            optimizer: to be judged.
        """
        tensors = [*optimizer.parameters(), *optimizer.buffers()]
        generator = make_generator(self.seed + SEED_SHIFT, tensors[0].device if tensors else "cpu")
        tasks = self.family.sample(self.n_tasks, generator=generator)
        losses = learning_curve(optimizer, tasks, n_steps=self.n_steps, generator=generator)
        value = float(losses[-max(1, self.n_steps // 10) :].double().mean())
        return value if math.isfinite(value) else math.inf
