"""The moving parts of one training run: its steps, validations, checkpoints and metrics."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.fewshot.captured_step import CapturedStep
from autometa.fewshot.checkpoint import (
    BEST,
    CHECKPOINT,
    append_metrics,
    forget_metrics_after,
    load_state,
    save_state,
)
from autometa.fewshot.episodes import EpisodeSource
from autometa.fewshot.evaluation import (
    Accuracy,
    RegressionError,
    check_masks,
    evaluate,
    evaluate_regression,
)
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.outer_optimizer import lay_out_gradients, make_optimizer, set_rate
from autometa.fewshot.plan import TrainingPlan
from autometa.fewshot.processes import Processes
from autometa.fewshot.progress import StepReport
from autometa.fewshot.schedule import learning_rate

MAY_CHANGE = {"n_steps", "validate_every", "patience", "checkpoint_every", "log_every"}  # when a run goes on


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """How a training ended.

    Attributes:
        n_steps: done, all in all.
        best_step: after which the validation was best; None without validation.
        best: that validation's accuracy, or trimmed mean squared error in regression.
        stopped_early: the plan's patience ended it.
    """

    n_steps: int
    best_step: int | None
    best: float | None
    stopped_early: bool


@dataclass(slots=True)
class _Status:
    """What a run remembers beside weights and generators; plain values only."""

    step: int = 0
    best: float | None = None
    best_step: int | None = None
    n_worse: int = 0
    n_logged: int = 0
    sums: dict[str, Tensor] = field(default_factory=dict)


class Run:
    """One training; see `autometa.fewshot.training.train` for its arguments."""

    def __init__(
        self,
        learner: FewShotLearner,
        sampler: EpisodeSource,
        plan: TrainingPlan,
        validation_sampler: EpisodeSource | None,
        out: Path | None,
        generator: torch.Generator,
        processes: Processes,
    ):
        self._learner, self._sampler, self._plan, self._out = learner, sampler, plan, out
        self._validation, self._processes = validation_sampler, processes
        self._validation_state = validation_sampler.generator.get_state() if validation_sampler else None
        self._optimizer = make_optimizer(learner, plan)
        self._status = _Status()
        self._best_weights: dict[str, Tensor] | None = None
        learner.generator = generator
        if processes.rank:
            sampler.generator.manual_seed(sampler.generator.initial_seed() + processes.rank)
        learner.train()
        if plan.compile:
            learner.compile_training()
        generators = [sampler.generator, generator]
        self._take_step = CapturedStep(self._launch, generators) if plan.cuda_graph else self._launch

    @property
    def wants_more(self) -> bool:
        """True until the plan is carried out or its patience is at an end."""
        return self._status.step < self._plan.n_steps and not self._is_out_of_patience

    @property
    def _is_out_of_patience(self) -> bool:
        return self._plan.patience is not None and self._status.n_worse >= self._plan.patience

    def open(self, *, resume: bool) -> None:
        """Take up the folder's run, or see that the folder has none; all processes begin alike."""
        self._processes.meet()
        if self._out is not None:
            self._open(self._out, resume=resume)
        self._processes.share(self._learner)

    def _open(self, folder: Path, *, resume: bool) -> None:
        is_there = (folder / CHECKPOINT).exists()
        if is_there and not resume:
            raise TrainingError(f"{folder} has a run already; resume it, or choose another folder")
        if is_there:
            self._restore(load_state(folder / CHECKPOINT, device=self._sampler.generator.device))
        if self._processes.is_first:
            forget_metrics_after(folder, self._status.step)

    def step(self, callback: Callable[[StepReport], None] | None) -> None:
        """One update, and whatever is due after it."""
        rate = learning_rate(self._plan, self._status.step)
        metrics = self._update(rate)
        self._status.step += 1
        validation = self._validate() if self._is_due(self._plan.validate_every) else None
        self._log(metrics, rate, validation)
        if self._is_due(self._plan.checkpoint_every) and self._status.step < self._plan.n_steps:
            self.save()
        if callback is not None and self._processes.is_first:
            callback(StepReport(self._status.step, self._plan.n_steps, rate, metrics, validation))

    def save(self) -> None:
        """Write the checkpoint."""
        if self._out is None:
            return
        generators = {"sampler": self._sampler.generator, "learner": self._learner.generator}
        states = {
            name: self._processes.gathered(source.get_state())
            for name, source in generators.items()
            if source is not None
        }
        if not self._processes.is_first:
            return
        save_state(
            self._out / CHECKPOINT,
            {
                "learner": self._learner.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "generators": states,
                "status": {name: getattr(self._status, name) for name in _Status.__slots__},
                "plan": asdict(self._plan),
            },
        )

    def close(self) -> TrainingResult:
        """Give the learner its best weights, if there were validations."""
        if self._best_weights is None and self._out is not None and self._status.best_step is not None:
            self._best_weights = load_state(self._out / BEST)["learner"]
        if self._best_weights is not None:
            self._learner.load_state_dict(self._best_weights)
        status = self._status
        stopped = self._is_out_of_patience and status.step < self._plan.n_steps
        return TrainingResult(status.step, status.best_step, status.best, stopped)

    def _restore(self, state: dict[str, Any]) -> None:
        ours = asdict(self._plan)
        for name, value in state["plan"].items():
            if name not in MAY_CHANGE and ours.get(name) != value:
                raise TrainingError(
                    f"the run in {self._out} has {name} {value}, and {ours.get(name)} was asked for; "
                    "resume with the same plan, or choose another folder"
                )
        self._learner.load_state_dict(state["learner"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._sampler.generator.set_state(self._own(state["generators"]["sampler"]))
        if self._learner.generator is not None:
            self._learner.generator.set_state(self._own(state["generators"]["learner"]))
        self._status = _Status(**state["status"])

    def _own(self, states: Tensor) -> Tensor:
        """(n,) bytes of this process's generator; saved as (n,) by one process, as (size, n) by several."""
        rows = states.reshape(-1, states.shape[-1]).cpu()
        if len(rows) != self._processes.size:
            raise TrainingError(
                f"the run in {self._out} had {len(rows)} processes, and there are {self._processes.size}; "
                "resume with as many, or choose another folder"
            )
        return rows[self._processes.rank].clone()  # a generator reads a view from the wrong place

    def _update(self, rate: float) -> dict[str, Tensor]:
        self._learner.begin_step(self._status.step, self._plan.n_steps)
        set_rate(self._optimizer, rate)
        return self._take_step()

    def _launch(self) -> dict[str, Tensor]:
        """Episodes, gradient and update, at the rate that is set."""
        plan, learner = self._plan, self._learner
        self._optimizer.zero_grad(set_to_none=True)
        chunks = [self._differentiate() for _ in range(plan.n_chunks)]
        metrics = {name: torch.stack([chunk[name] for chunk in chunks]).mean() for name in chunks[0]}
        gradients = [value.grad for value in learner.parameters() if value.grad is not None]
        averages = [value for value in learner.buffers() if value.is_floating_point()]
        self._processes.average([*gradients, *averages, *metrics.values()])
        if plan.gradient_clip is not None:
            torch.nn.utils.clip_grad_norm_(learner.parameters(), plan.gradient_clip)
        lay_out_gradients(learner.parameters())
        self._optimizer.step()
        return metrics

    def _differentiate(self) -> dict[str, Tensor]:
        """Draw one chunk of the step's episodes and add its gradient."""
        plan = self._plan
        episodes = self._sampler.sample(plan.n_episodes // plan.n_chunks)
        check_masks(self._learner, episodes)
        device = self._sampler.generator.device.type
        with torch.autocast(device, torch.bfloat16, enabled=plan.precision == "bfloat16"):
            return self._learner.training_step(episodes, scale=1.0 / plan.n_chunks)

    def _validate(self) -> Accuracy | RegressionError | None:
        """The same episodes each time; the best weights are kept. Only the first process measures."""
        if self._validation is None:
            return None
        found = self._measured(self._validation) if self._processes.is_first else None
        is_regression = bool(self._validation.shape.n_targets)
        own = found.trimmed_mean if isinstance(found, RegressionError) else found.mean if found else None
        value, best = self._processes.first(own), self._status.best
        if best is None or (value < best if is_regression else value > best):
            self._status.best, self._status.best_step, self._status.n_worse = value, self._status.step, 0
            self._keep_best()
        else:
            self._status.n_worse += 1
        return found

    def _measured(self, sampler: EpisodeSource) -> Accuracy | RegressionError:
        if self._validation_state is not None:
            sampler.generator.set_state(self._validation_state)
        if sampler.shape.n_targets:
            return evaluate_regression(self._learner, sampler, self._plan.n_validation)
        return evaluate(self._learner, sampler, self._plan.n_validation)

    def _keep_best(self) -> None:
        weights = self._learner.state_dict()
        self._best_weights = {name: value.detach().clone() for name, value in weights.items()}
        if self._out is not None and self._processes.is_first:
            save_state(self._out / BEST, {"learner": self._best_weights, "step": self._status.step})

    def _log(
        self, metrics: dict[str, Tensor], rate: float, validation: Accuracy | RegressionError | None
    ) -> None:
        """Add the step to the running sums; every `log_every` steps their means become a line."""
        status = self._status
        for name, value in metrics.items():
            status.sums[name] = status.sums.get(name, torch.zeros_like(value)) + value
        status.n_logged += 1
        line: dict[str, Any] = {"step": status.step, "learning_rate": rate}
        if self._is_due(self._plan.log_every):
            line |= {name: float(value) / status.n_logged for name, value in status.sums.items()}
            status.sums, status.n_logged = {}, 0
            if not math.isfinite(line["loss"]):
                raise TrainingError(
                    f"the loss is {line['loss']} at step {status.step}; "
                    "lower the learning rate or clip gradients"
                )
        if validation is not None:
            line["validation"] = asdict(validation)
        if self._out is not None and self._processes.is_first and len(line) > 2:
            append_metrics(self._out, line)

    def _is_due(self, every: int) -> bool:
        return bool(every) and (self._status.step % every == 0 or self._status.step == self._plan.n_steps)
