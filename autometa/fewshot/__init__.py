"""Few-shot learning by episodes: samplers, learners, training, evaluation. Costs torch."""

from autometa.fewshot.catalogue import LEARNERS, build, entry
from autometa.fewshot.data.class_data import ClassData, split_classes
from autometa.fewshot.entry import CatalogueEntry
from autometa.fewshot.episodes import Episodes, EpisodeShape, EpisodeSource, RegressionEpisodes
from autometa.fewshot.evaluation import Accuracy, RegressionError, evaluate, evaluate_regression
from autometa.fewshot.learner import FewShotLearner, Measured
from autometa.fewshot.plan import TrainingPlan
from autometa.fewshot.progress import ProgressLine, StepReport
from autometa.fewshot.run import TrainingResult
from autometa.fewshot.sampler import EpisodeSampler
from autometa.fewshot.training import train

__all__ = [
    "LEARNERS",
    "Accuracy",
    "CatalogueEntry",
    "ClassData",
    "EpisodeSampler",
    "EpisodeShape",
    "EpisodeSource",
    "Episodes",
    "FewShotLearner",
    "Measured",
    "ProgressLine",
    "RegressionEpisodes",
    "RegressionError",
    "StepReport",
    "TrainingPlan",
    "TrainingResult",
    "build",
    "entry",
    "evaluate",
    "evaluate_regression",
    "split_classes",
    "train",
]
