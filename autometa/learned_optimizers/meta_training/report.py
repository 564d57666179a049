"""What a meta-training tells while it runs and when it ends."""

from dataclasses import dataclass

from autometa.learned_optimizers.base import LearnedOptimizer


@dataclass(frozen=True, slots=True)
class MetaStep:
    """One update of the optimizer's weights.

    Attributes:
        step: how many are done; 0 for the validation before the first one.
        n_steps: of the plan.
        loss: mean over tasks and steps of this piece of the unroll; None before the first step.
        validation: mean final loss of the validation tasks, if there was a validation.
    """

    step: int
    n_steps: int
    loss: float | None
    validation: float | None


@dataclass(frozen=True, slots=True, eq=False)
class MetaTrainingResult:
    """How a meta-training ended.

    Attributes:
        optimizer: with the weights of the best validation.
        n_steps: done, all in all.
        is_complete: the plan was carried out.
        best_step: after which the validation was best.
        best_validation: that mean final loss.
        curve: (step, validation) of all validations, beginning at step 0.
        n_skipped: updates left out because a task had diverged beyond numbers.
    """

    optimizer: LearnedOptimizer
    n_steps: int
    is_complete: bool
    best_step: int
    best_validation: float
    curve: tuple[tuple[int, float], ...]
    n_skipped: int
