"""The moving parts of one meta-training: unrolls, updates, validations, checkpoints."""

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.meta_training.checkpoint import (
    CHECKPOINT,
    OPTIMIZER,
    load_checkpoint,
    save_checkpoint,
)
from autometa.learned_optimizers.meta_training.plan import MetaTrainingPlan
from autometa.learned_optimizers.meta_training.report import MetaStep, MetaTrainingResult
from autometa.learned_optimizers.meta_training.unroll import Position, advance, begin
from autometa.learned_optimizers.meta_training.validation import Validation
from autometa.learned_optimizers.tasks.base import TaskBatch, TaskFamily
from autometa.learned_optimizers.tasks.scaled import ScaledBatch
from autometa.learned_optimizers.trace import Room

MOST_SKIPPED = 20  # in a row


@dataclass(slots=True)
class _Status:
    """What a run remembers beside weights and tasks; plain values only."""

    step: int = 0
    n_done: int = 0
    length: int = 0
    best: float = math.inf
    best_step: int = 0
    n_skipped: int = 0
    n_skipped_now: int = 0
    curve: list[tuple[int, float]] = field(default_factory=list)


class MetaRun:
    """One meta-training; see `meta_train` for its arguments."""

    def __init__(
        self,
        optimizer: LearnedOptimizer,
        family: TaskFamily,
        plan: MetaTrainingPlan,
        validation: Validation,
        out: Path | None,
    ):
        weights = list(optimizer.parameters())
        if not weights:
            raise TrainingError(f"{optimizer.kind!r} has no weights to train; its rate is tuned by a search")
        self._optimizer, self._family, self._plan = optimizer, family, plan
        self._validation, self._out = validation, out
        self._outer = torch.optim.Adam(weights, lr=plan.outer_rate)
        self._generator = make_generator(plan.seed, weights[0].device)
        self._status = _Status()
        self._best = _copied(optimizer)
        self._origin: Tensor | None = None
        self._tasks: TaskBatch | None = None
        self._position: Position | None = None
        self._room = Room()

    @property
    def wants_more(self) -> bool:
        """True until the plan is carried out."""
        return self._status.step < self._plan.n_steps

    def open(self, *, resume: bool) -> MetaStep | None:
        """Take up the folder's run, or begin one with a validation."""
        if self._out is not None and (self._out / CHECKPOINT).exists():
            if not resume:
                raise TrainingError(f"{self._out} has a run already; resume it, or choose another folder")
            self._restore(load_checkpoint(self._out, device=self._generator.device))
            return None
        return MetaStep(0, self._plan.n_steps, None, self._validate())

    def step(self) -> MetaStep:
        """One update of the weights, and whatever is due after it."""
        loss = self._update()
        status, plan = self._status, self._plan
        status.step += 1
        is_last = status.step == plan.n_steps
        is_due = status.step % plan.validate_every == 0 or is_last
        report = MetaStep(status.step, plan.n_steps, loss, self._validate() if is_due else None)
        if status.step % plan.checkpoint_every == 0 and not is_last:
            self.save()
        return report

    def save(self) -> None:
        """Write the checkpoint, and the best optimizer so far."""
        if self._out is None:
            return
        save_checkpoint(
            self._out,
            {
                "optimizer": self._optimizer.state_dict(),
                "description": self._optimizer.describe(),
                "family": self._family.describe(),
                "outer": self._outer.state_dict(),
                "generator": self._generator.get_state(),
                "origin": self._origin,
                "position": _as_dict(self._position),
                "status": asdict(self._status),
                "best": self._best,
                "plan": asdict(self._plan),
            },
        )
        current = _copied(self._optimizer)
        self._optimizer.load_state_dict(self._best)
        self._optimizer.save(self._out / OPTIMIZER, notes=self._notes())
        self._optimizer.load_state_dict(current)

    def close(self) -> MetaTrainingResult:
        """Give the optimizer its best weights."""
        self._optimizer.load_state_dict(self._best)
        status = self._status
        return MetaTrainingResult(
            self._optimizer,
            status.step,
            not self.wants_more,
            status.best_step,
            status.best,
            tuple((step, value) for step, value in status.curve),
            status.n_skipped,
        )

    def _notes(self) -> dict[str, Any]:
        status = self._status
        trained = {"n_steps": status.step, "best_step": status.best_step, "best_validation": status.best}
        return {
            "plan": asdict(self._plan),
            "family": self._family.describe(),
            "curve": [list(point) for point in status.curve],
            **trained,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self._refuse_other_run(state)
        self._optimizer.load_state_dict(state["optimizer"])
        self._outer.load_state_dict(state["outer"])
        self._status = _Status(**state["status"])
        self._best = state["best"]
        self._origin = state["origin"]
        if state["position"] is not None and self._origin is not None:
            self._generator.set_state(self._origin.cpu())
            self._tasks = self._draw()
            self._position = Position(**state["position"])
        self._generator.set_state(state["generator"].cpu())

    def _refuse_other_run(self, state: dict[str, Any]) -> None:
        """See that plan, optimizer and family are those of the folder."""
        ours = asdict(self._plan)
        may_change = {"checkpoint_every"} | ({"n_steps"} if self._plan.may_grow else set())
        ours |= {"optimizer": self._optimizer.describe(), "family": self._family.describe()}
        theirs = state["plan"] | {"optimizer": state["description"], "family": state["family"]}
        for name, value in theirs.items():
            if name not in may_change and ours.get(name) != value:
                raise TrainingError(
                    f"the run in {self._out} has {name} {value}, and {ours.get(name)} was asked for; "
                    "resume with the same, or choose another folder"
                )

    def _update(self) -> float:
        """One piece of the unroll and one step of Adam; mean loss of the piece."""
        plan, status = self._plan, self._status
        if self._position is None or self._tasks is None or status.n_done >= status.length:
            self._begin()
        assert self._position is not None  # noqa: S101
        assert self._tasks is not None  # noqa: S101
        self._outer.zero_grad(set_to_none=True)
        self._position, losses = advance(
            self._optimizer,
            self._tasks,
            self._position,
            n_steps=plan.truncation,
            objective=plan.objective,
            generator=self._generator,
            room=self._room,
        )
        status.n_done += plan.truncation
        self._apply_gradient()
        return float(losses.mean())

    def _begin(self) -> None:
        """Fresh tasks."""
        self._origin = self._generator.get_state()
        self._tasks = self._draw()
        self._position = begin(self._optimizer, self._tasks, generator=self._generator)
        self._status.n_done, self._status.length = 0, self._plan.unroll_at(self._status.step)

    def _draw(self) -> TaskBatch:
        tasks = self._family.sample(self._plan.n_tasks, generator=self._generator)
        if not self._plan.random_scaling:
            return tasks
        return ScaledBatch.of(tasks, largest=self._plan.random_scaling, generator=self._generator)

    def _apply_gradient(self) -> None:
        """Adam's step; where a task has left the numbers, none, and fresh tasks next."""
        weights = [value for value in self._optimizer.parameters() if value.grad is not None]
        largest = self._plan.gradient_clip or math.inf
        norm = torch.nn.utils.clip_grad_norm_(weights, largest)
        status = self._status
        if norm.isfinite() and self._position is not None and self._position.is_finite:
            status.n_skipped_now = 0
            self._outer.param_groups[0]["lr"] = self._plan.rate_at(status.step)
            self._outer.step()
            return
        status.n_skipped, status.n_skipped_now = status.n_skipped + 1, status.n_skipped_now + 1
        status.n_done = status.length
        if status.n_skipped_now >= MOST_SKIPPED:
            raise TrainingError(
                f"the tasks diverged in {MOST_SKIPPED} updates in a row, the last at step {status.step}; "
                "lower outer_rate or output_scale"
            )

    def _validate(self) -> float:
        """Mean final loss of the validation tasks; the best weights are kept."""
        status, value = self._status, self._validation.of(self._optimizer)
        status.curve.append((status.step, value))
        if value < status.best:
            status.best, status.best_step = value, status.step
            self._best = _copied(self._optimizer)
        return value


def _copied(optimizer: LearnedOptimizer) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in optimizer.state_dict().items()}


def _as_dict(position: Position | None) -> dict[str, Any] | None:
    if position is None:
        return None
    return {name: getattr(position, name) for name in Position.__slots__}
