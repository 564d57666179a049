"""Optimising a batch of tasks step by step, and the gradient of their losses by the optimizer's weights.

Shapes: B tasks, N parameters a task, T steps.

Second derivatives of the tasks are dropped, as in Andrychowicz et al. 2016: what the optimizer reads is a
constant. Then the gradient of Σ f(θ_t) by the weights needs only ∂f/∂θ_t, and that has been computed already,
because the optimizer reads it in the next step. So the tasks are differentiated once a step, not twice.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.tasks.base import TaskBatch, losses_and_grads
from autometa.learned_optimizers.trace import Room, State, Trace

SMALLEST = 1e-12  # losses below count as this in logarithms


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """Where a batch of tasks stands; no value has a history.

    Attributes:
        params: (B, N).
        state: the optimizer's memory.
        losses: (B,) at these parameters.
        grads: (B, N) of these losses.
    """

    params: Tensor
    state: State
    losses: Tensor
    grads: Tensor

    @property
    def is_finite(self) -> bool:
        """No task has diverged beyond numbers."""
        return bool(self.losses.isfinite().all() and self.grads.isfinite().all())


def begin(optimizer: LearnedOptimizer, tasks: TaskBatch, *, generator: torch.Generator) -> Position:
    """The start of these tasks.

    Args:
        optimizer: that will take the steps.
        tasks: B of them.
        generator: of the minibatches.
    """
    n_tasks, n_params = tasks.initial.shape
    state = optimizer.init_state(n_params, n_tasks=n_tasks)
    losses, grads = losses_and_grads(tasks, tasks.initial, generator=generator)
    return Position(tasks.initial, state, losses, grads)


def advance(
    optimizer: LearnedOptimizer,
    tasks: TaskBatch,
    position: Position,
    *,
    n_steps: int,
    objective: str,
    generator: torch.Generator,
    room: Room,
) -> tuple[Position, Tensor]:
    """Take steps, and add the gradient of the objective to the gradients of the optimizer's weights.

    Args:
        optimizer: whose weights require gradients.
        tasks: of the position.
        position: to begin at.
        n_steps: T.
        objective: "loss" or "log_loss": the sum over the steps of the tasks' mean.
        generator: of the minibatches.
        room: that the steps are kept in meanwhile; best the same each time.

    Returns:
        The position afterwards, and the (T, B) losses after each step.
    """
    n_tasks, now = len(position.losses), position
    past, kept, pulls, history = [], [], [], []
    tracer = optimizer.tracer(n_steps=n_steps, room=room)
    for _ in range(n_steps):
        past.append(now)
        updates, state, notes = tracer.step(now.grads, now.state, params=now.params, losses=now.losses)
        now = _moved(tasks, now, updates, state, generator=generator)
        kept.append(notes)
        weights = (
            1.0 / now.losses.clamp(min=SMALLEST) if objective == "log_loss" else torch.ones_like(now.losses)
        )
        pulls.append(now.grads * (weights / n_tasks)[:, None])
        history.append(now.losses)
    optimizer.add_gradients(
        Trace(
            params=tuple(one.params for one in past),
            losses=tuple(one.losses for one in past),
            grads=tuple(one.grads for one in past),
            states=(*(one.state for one in past), now.state),
            pulls=tuple(pulls),
            kept=tuple(kept),
        )
    )
    return now, torch.stack(history)


def learning_curve(
    optimizer: LearnedOptimizer, tasks: TaskBatch, *, n_steps: int, generator: torch.Generator
) -> Tensor:
    """(T + 1, B) losses from the start to after the last step; nothing is learned.

    Args:
        optimizer: that takes the steps.
        tasks: B of them.
        n_steps: T.
        generator: of the minibatches.
    """
    now = begin(optimizer, tasks, generator=generator)
    history = [now.losses]
    for _ in range(n_steps):
        with torch.no_grad():
            updates, state = optimizer.update(now.grads, now.state, params=now.params, losses=now.losses)
        now = _moved(tasks, now, updates, state, generator=generator)
        history.append(now.losses)
    return torch.stack(history)


def _moved(
    tasks: TaskBatch, now: Position, updates: Tensor, state: State, *, generator: torch.Generator
) -> Position:
    params = now.params + updates
    losses, grads = losses_and_grads(tasks, params, generator=generator)
    return Position(params, state, losses, grads)
