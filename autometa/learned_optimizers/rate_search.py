"""The learning rate of a hand-made optimizer for one family, by trying many; how the referees are tuned."""

import math
from dataclasses import dataclass

from autometa.learned_optimizers.hand_made import HandMade, HandMadeSettings, Rule
from autometa.learned_optimizers.meta_training.validation import Validation
from autometa.learned_optimizers.tasks.base import TaskFamily


@dataclass(frozen=True, slots=True)
class TunedRate:
    """What the search found.

    Attributes:
        optimizer: with the best rate.
        loss: mean final loss with that rate.
        tried: (rate, mean final loss) of all rates; infinite where a task diverged.
    """

    optimizer: HandMade
    loss: float
    tried: tuple[tuple[float, float], ...]


def tune_rate(
    rule: Rule,
    family: TaskFamily,
    *,
    n_steps: int = 100,
    n_tasks: int = 64,
    n_rates: int = 25,
    smallest: float = 1e-4,
    largest: float = 10.0,
    seed: int = 0,
) -> TunedRate:
    """The rate, of a logarithmic grid, with the lowest mean loss at the end on the same tasks.

    Args:
        rule: which optimizer.
        family: of the tasks.
        n_steps: of each task.
        n_tasks: that every rate is tried on.
        n_rates: of the grid.
        smallest: rate of the grid.
        largest: rate of the grid.
        seed: of tasks and minibatches.
    """
    validation = Validation(family, n_tasks, n_steps, seed)
    width = math.log(largest / smallest)
    tried = []
    for number in range(n_rates):
        rate = smallest * math.exp(width * number / max(1, n_rates - 1))
        tried.append((rate, validation.of(HandMade(HandMadeSettings(rule, rate)))))
    rate, loss = min(tried, key=lambda point: point[1])
    return TunedRate(HandMade(HandMadeSettings(rule, rate)), loss, tuple(tried))
