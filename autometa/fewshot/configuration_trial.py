"""One configuration of a few-shot learner, trained for a fixed number of examples and measured."""

from dataclasses import dataclass, replace
from typing import Literal

from autometa.errors import TrainingError
from autometa.fewshot.catalogue import build, changed, entry
from autometa.fewshot.data.parts import Part
from autometa.fewshot.episodes import EpisodeShape
from autometa.fewshot.evaluation import Accuracy, RegressionError, evaluate, evaluate_regression
from autometa.fewshot.learner import FewShotLearner, episode_accuracy
from autometa.fewshot.plan import TrainingPlan
from autometa.fewshot.scores import delta_auprc, roc_auc
from autometa.fewshot.search_spaces import Assigned, assign
from autometa.fewshot.task_distribution import TaskDistribution
from autometa.fewshot.training import train
from autometa.search_space import Configuration

SCORES = {"fsmol": delta_auprc, "tox21": roc_auc}  # usual for these data; else accuracy


@dataclass(frozen=True, slots=True)
class Budget:
    """What every trial of a search gets, so that trials can be compared.

    Attributes:
        n_examples: that training sees, support and queries together: larger episodes have fewer steps.
        n_validation: episodes that the trained learner is measured on, the same ones in every trial.
        seed: of weights and of the learner's own randomness.
    """

    n_examples: int = 50_000
    n_validation: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        if self.n_examples < 1 or self.n_validation < 2:
            raise TrainingError(
                f"{self.n_examples} examples and {self.n_validation} validation episodes; "
                "a trial needs at least 1 and 2"
            )


def train_configuration(
    tasks: TaskDistribution, learner: str, params: Configuration, *, budget: Budget
) -> FewShotLearner:
    """The learner, trained with these parameters; its learning rate falls to 0 along a cosine.

    Args:
        tasks: whose training part it sees.
        learner: name in the catalogue.
        params: of its search space.
        budget: of the training.

    Raises:
        TrainingError: the loss is not finite, or the learner cannot do these episodes.
        InvalidDatasetError: too few classes or examples for the ways and shots.
    """
    assigned = assign(params)
    sampler = tasks.sampler("train", way=assigned.train_way)
    built = build(learner, sampler.shape, seed=budget.seed, settings=assigned.settings).to(tasks.device)
    plan = planned(learner, sampler.shape, assigned, n_examples=budget.n_examples)
    train(built, sampler, plan=plan, seed=budget.seed)
    return built


def planned(learner: str, shape: EpisodeShape, assigned: Assigned, *, n_examples: int) -> TrainingPlan:
    """The learner's usual plan with a trial's changes, as long as the examples last, at least one step.

    Args:
        learner: name in the catalogue.
        shape: of the training episodes.
        assigned: the trial's configuration.
        n_examples: that training sees.
    """
    plan: TrainingPlan = changed(entry(learner).learner_type().default_plan(shape), assigned.plan)
    n_a_step = plan.n_episodes * shape.n_way * (shape.n_shot + shape.n_query)
    n_steps = max(1, n_examples // n_a_step)
    return replace(plan, n_steps=n_steps, schedule="cosine", validate_every=0, patience=None)


def measure_learner(
    learner: FewShotLearner, tasks: TaskDistribution, part: Part, *, n_episodes: int
) -> Accuracy | RegressionError:
    """The score that is usual for the data on the first episodes of a part.

    Args:
        learner: trained.
        tasks: on the learner's device.
        part: "validation" to choose by, "test" to report.
        n_episodes: at least 2.
    """
    sampler = tasks.sampler(part)
    if sampler.shape.n_targets:
        return evaluate_regression(learner, sampler, n_episodes)
    return evaluate(learner, sampler, n_episodes, score=SCORES.get(tasks.parts.name, episode_accuracy))


def score_name(tasks: TaskDistribution) -> tuple[str, Literal["maximize", "minimize"]]:
    """The name of what `measure_learner` gives for these tasks, and which values are better.

    Scores of episodes have names of their own, so that they never mix with scores of tables.

    Args:
        tasks: to be measured.
    """
    if tasks.sampler("validation").shape.n_targets:
        return "episode_mean_squared_error", "minimize"
    usual = SCORES.get(tasks.parts.name)
    return f"episode_{'accuracy' if usual is None else usual.__name__}", "maximize"
