"""What is tuned of the training of an LSTM optimizer, and how a configuration becomes a plan."""

from dataclasses import dataclass

from autometa.errors import TrainingError
from autometa.learned_optimizers.meta_training.plan import MetaTrainingPlan
from autometa.search_space import Choice, Configuration, FloatRange, SearchSpace

USUAL_TRUNCATION = 20
SEARCH_SPACE = SearchSpace(
    "optimizer/lstm",
    1,
    (
        FloatRange("outer_rate", 3e-4, 3e-2, log=True),
        Choice("unroll", (20, 40, 100, 200)),
        Choice("truncation", (5, 10, 20)),
        Choice("objective", ("loss", "log_loss")),
        Choice("n_hidden", (10, 20, 40)),  # few values: weights move only between equal sizes
    ),
)
USUAL: Configuration = {
    "outer_rate": 3e-3,
    "unroll": 100,
    "truncation": 20,
    "objective": "loss",
    "n_hidden": 20,
}
METRIC = "meta_validation_loss"


@dataclass(frozen=True, slots=True)
class OptimizerBudget:
    """What every training of a search gets, so that they can be compared.

    Attributes:
        n_steps: updates of the weights, where an update reaches 20 steps back; others in proportion, so that
            each training takes the same number of steps of the tasks.
        n_tasks: side by side.
        horizon: steps of a validation, a multiple of 20.
        n_validation: tasks of a validation.
        validate_every: updates between validations.
        checkpoint_every: updates that are lost at most when a run is interrupted.
        seed: of weights, tasks and minibatches.
    """

    n_steps: int = 400
    n_tasks: int = 8
    horizon: int = 100
    n_validation: int = 16
    validate_every: int = 20
    checkpoint_every: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        if self.horizon < USUAL_TRUNCATION or self.horizon % USUAL_TRUNCATION:
            raise TrainingError(f"a horizon of {self.horizon} steps; give a multiple of {USUAL_TRUNCATION}")

    def plan(self, params: Configuration) -> MetaTrainingPlan:
        """The plan of this configuration; all of them are validated over the same horizon.

        Args:
            params: of `SEARCH_SPACE`.

        Raises:
            SearchSpaceMismatchError: it is not of the space.
        """
        SEARCH_SPACE.check(params)
        truncation = int(params["truncation"] or 0)
        share = USUAL_TRUNCATION / truncation
        return MetaTrainingPlan(
            n_steps=round(self.n_steps * share),
            outer_rate=float(params["outer_rate"] or 0.0),
            unroll=self.horizon,
            curriculum=(int(params["unroll"] or 0),),
            truncation=truncation,
            n_tasks=self.n_tasks,
            objective="log_loss" if params["objective"] == "log_loss" else "loss",
            n_hidden=int(params["n_hidden"] or 0),
            validate_every=round(self.validate_every * share),
            n_validation=self.n_validation,
            checkpoint_every=self.checkpoint_every,
            seed=self.seed,
        )
