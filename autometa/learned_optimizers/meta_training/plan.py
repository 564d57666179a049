"""The plan of a meta-training: every hyper-parameter of it, plain values that a search can propose."""

from dataclasses import dataclass
from math import cos, pi
from typing import Literal

from autometa.errors import TrainingError
from autometa.learned_optimizers.lstm import LSTMSettings


@dataclass(frozen=True, slots=True)
class MetaTrainingPlan:
    """How an optimizer is trained; every field travels with the checkpoint.

    Attributes:
        n_steps: updates of the optimizer's weights, one each `truncation` steps of the tasks.
        outer_rate: learning rate of Adam, which trains the weights.
        schedule: of that rate: "constant", or "cosine", which falls to 0 at the last step.
        unroll: steps that a batch of tasks is optimised before fresh ones are drawn.
        truncation: steps through which an update is propagated back; it divides every unroll.
        n_tasks: tasks side by side.
        objective: "loss" is the sum over the steps, as in the paper; "log_loss" that of logarithms, which
            weighs late steps and tasks with small losses as much as others, for losses above 0.
        n_hidden: of the LSTM that is made where no optimizer is given.
        n_layers: of that LSTM.
        output_scale: of that LSTM.
        curriculum: lengths that take the place of `unroll`, one after the other, each for an equal share of
            the steps (Chen et al. 2020, Training stronger baselines for learning to optimize); () is none.
        random_scaling: largest logarithm of the random scales of coordinates in training (Lv et al. 2017);
            0 leaves them alone.
        gradient_clip: largest norm of the meta-gradient; None does not clip.
        validate_every: steps between validations; there is one before the first and after the last step.
        n_validation: tasks of a validation, optimised for `unroll` steps; the same each time.
        checkpoint_every: steps between checkpoints; there is one after the last step, too.
        seed: of the first weights, the tasks and their minibatches.
    """

    n_steps: int = 1000
    outer_rate: float = 3e-3
    schedule: Literal["constant", "cosine"] = "cosine"
    unroll: int = 100
    truncation: int = 20
    n_tasks: int = 8
    objective: Literal["loss", "log_loss"] = "log_loss"
    n_hidden: int = 20
    n_layers: int = 2
    output_scale: float = 0.1
    curriculum: tuple[int, ...] = ()
    random_scaling: float = 0.0
    gradient_clip: float | None = 1.0
    validate_every: int = 50
    n_validation: int = 16
    checkpoint_every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a plan that cannot be carried out."""
        names = ("n_steps", "truncation", "n_tasks", "validate_every", "n_validation", "checkpoint_every")
        for name in names:
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} is {getattr(self, name)}; it must be 1 or more")
        for length in (self.unroll, *self.curriculum):
            if length < 1 or length % self.truncation:
                raise TrainingError(
                    f"unroll {length} cannot be cut into pieces of {self.truncation} steps; "
                    "choose truncation so that it divides every unroll"
                )
        if self.outer_rate <= 0 or self.random_scaling < 0:
            raise TrainingError("outer_rate must be positive, and random_scaling 0 or more")
        if self.objective not in ("loss", "log_loss"):
            raise TrainingError(f"objective is {self.objective!r}; it is 'loss' or 'log_loss'")
        if self.schedule not in ("constant", "cosine"):
            raise TrainingError(f"schedule is {self.schedule!r}; it is 'constant' or 'cosine'")

    @property
    def network(self) -> LSTMSettings:
        """Of the LSTM that is made where no optimizer is given."""
        return LSTMSettings(self.n_hidden, self.n_layers, output_scale=self.output_scale)

    @property
    def may_grow(self) -> bool:
        """More steps leave the first ones as they are: a run can go on with a larger `n_steps`."""
        return self.schedule == "constant" and not self.curriculum

    def rate_at(self, step: int) -> float:
        """The outer rate of this step (from 0)."""
        if self.schedule == "constant":
            return self.outer_rate
        return self.outer_rate * (1.0 + cos(pi * step / self.n_steps)) / 2.0

    def unroll_at(self, step: int) -> int:
        """The length of an unroll that begins at this step (from 0)."""
        if not self.curriculum:
            return self.unroll
        return self.curriculum[min(step * len(self.curriculum) // self.n_steps, len(self.curriculum) - 1)]
