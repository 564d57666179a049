"""The plan of a training run: how many steps, of what size, with which optimizer, checked how often."""

from dataclasses import dataclass
from typing import Literal

from autometa.errors import TrainingError


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How a learner is trained; every field travels with the checkpoint.

    Attributes:
        n_steps: updates of the parameters.
        n_episodes: episodes a step.
        n_chunks: the step's episodes are drawn and differentiated in so many equal parts, to save memory.
        optimizer: of the outer loop.
        learning_rate: at the start.
        weight_decay: decoupled in "adamw", an L2 penalty in the others.
        momentum: of "sgd".
        schedule: "constant"; "linear" and "cosine" fall to `final_rate` at the last step; "step" multiplies
            by `decay` every `decay_every` steps.
        decay: factor of the schedule "step".
        decay_every: steps between the decays.
        final_rate: learning rate at the end of the schedules "linear" and "cosine".
        gradient_clip: largest norm of the whole gradient; None does not clip.
        precision: "bfloat16" computes forward passes in mixed precision; only for learners that allow it.
        compile: run the steps through `torch.compile`: faster after a first step of seconds to minutes; only
            for learners that allow it.
        cuda_graph: record a step on the GPU after a few, and replay it: for small episodes, whose kernels
            take longer to launch than to run. With Adam or AdamW, one process, and without `compile`.
        validate_every: steps between validations, and after the last step; 0 never validates.
        n_validation: episodes of a validation, the same ones each time.
        patience: validations without improvement before the run stops early; None never stops.
        checkpoint_every: steps between checkpoints; there is one after the last step, too.
        log_every: steps whose mean makes one line of the metrics.
    """

    n_steps: int = 2000
    n_episodes: int = 1
    n_chunks: int = 1
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    momentum: float = 0.0
    schedule: Literal["constant", "linear", "cosine", "step"] = "constant"
    decay: float = 0.5
    decay_every: int = 2000
    final_rate: float = 0.0
    gradient_clip: float | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    compile: bool = False
    cuda_graph: bool = False
    validate_every: int = 500
    n_validation: int = 200
    patience: int | None = None
    checkpoint_every: int = 500
    log_every: int = 10

    def __post_init__(self) -> None:
        """Refuse a plan that cannot be carried out."""
        for name in ("n_steps", "n_episodes", "n_chunks", "decay_every", "checkpoint_every", "log_every"):
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} is {getattr(self, name)}; it must be 1 or more")
        if self.n_episodes % self.n_chunks:
            raise TrainingError(
                f"{self.n_episodes} episodes a step cannot be cut into {self.n_chunks} equal chunks; "
                "choose n_chunks so that it divides n_episodes"
            )
        if self.learning_rate <= 0:
            raise TrainingError(f"learning_rate is {self.learning_rate}; it must be positive")
