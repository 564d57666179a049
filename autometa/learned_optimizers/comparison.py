"""A learned optimizer beside the hand-made ones, each with the best of many rates, on fresh tasks."""

from dataclasses import dataclass

import torch

from autometa.devices import make_generator
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.hand_made import RULES, HandMade
from autometa.learned_optimizers.meta_training.unroll import learning_curve
from autometa.learned_optimizers.rate_search import tune_rate
from autometa.learned_optimizers.tasks.base import TaskFamily

SEED_SHIFT = 3_000_017  # its tasks are no tasks of a training, a validation or a search for rates
N_RATE_TASKS, N_RATES = 16, 13


@dataclass(frozen=True, slots=True)
class Loss:
    """A mean over tasks.

    Attributes:
        n_steps: after which it is taken: the mean of the last tenth of them.
        mean: of the tasks' losses; infinite if one diverged.
        ci95: half the width of its 95 % interval, normal approximation.
    """

    n_steps: int
    mean: float
    ci95: float


@dataclass(frozen=True, slots=True)
class Compared:
    """How one optimizer did.

    Attributes:
        name: its kind, or the rule.
        rate: of a hand-made one; None for a learned one.
        at_horizon: what it was trained or tuned for.
        beyond: twice as many steps.
    """

    name: str
    rate: float | None
    at_horizon: Loss
    beyond: Loss


def compare(
    optimizer: LearnedOptimizer,
    family: TaskFamily,
    *,
    horizon: int,
    n_tasks: int = 32,
    seed: int = 0,
) -> list[Compared]:
    """The learned optimizer first, then SGD, momentum, RMSprop and Adam with rates tuned for the horizon.

    Args:
        optimizer: trained.
        family: of the tasks.
        horizon: steps of a task.
        n_tasks: fresh ones, the same for all.
        seed: of tasks and minibatches.
    """
    tuned = [
        tune_rate(rule, family, n_steps=horizon, n_tasks=N_RATE_TASKS, n_rates=N_RATES, seed=seed).optimizer
        for rule in RULES
    ]
    found = []
    for one in (optimizer, *tuned):
        losses = _losses(one, family, n_steps=2 * horizon, n_tasks=n_tasks, seed=seed)
        settings = one.settings if isinstance(one, HandMade) else None
        name, rate = (settings.rule, settings.rate) if settings else (one.kind, None)
        found.append(Compared(name, rate, _loss(losses[: horizon + 1]), _loss(losses)))
    return found


def _losses(
    optimizer: LearnedOptimizer, family: TaskFamily, *, n_steps: int, n_tasks: int, seed: int
) -> torch.Tensor:
    """(T + 1, B)."""
    tensors = [*optimizer.parameters(), *optimizer.buffers()]
    generator = make_generator(seed + SEED_SHIFT, tensors[0].device if tensors else "cpu")
    tasks = family.sample(n_tasks, generator=generator)
    return learning_curve(optimizer, tasks, n_steps=n_steps, generator=generator)


def _loss(losses: torch.Tensor) -> Loss:
    n_steps = len(losses) - 1
    tasks = losses[-max(1, n_steps // 10) :].double().mean(dim=0)  # (B,)
    if not tasks.isfinite().all():
        return Loss(n_steps, float("inf"), float("nan"))
    ci95 = 1.96 * float(tasks.std()) / len(tasks) ** 0.5 if len(tasks) > 1 else float("nan")
    return Loss(n_steps, float(tasks.mean()), ci95)
