"""Few-shot learning by episodes: samplers, learners, training, evaluation. Costs torch."""

from autometa.fewshot.catalogue import LEARNERS, build, entry
from autometa.fewshot.data.class_data import ClassData, split_classes
from autometa.fewshot.entry import CatalogueEntry
from autometa.fewshot.episodes import Episodes, EpisodeShape, EpisodeSource, RegressionEpisodes
from autometa.fewshot.learner import FewShotLearner, Measured
from autometa.fewshot.plan import TrainingPlan
from autometa.fewshot.sampler import EpisodeSampler

__all__ = [
    "LEARNERS",
    "CatalogueEntry",
    "ClassData",
    "EpisodeSampler",
    "EpisodeShape",
    "EpisodeSource",
    "Episodes",
    "FewShotLearner",
    "Measured",
    "RegressionEpisodes",
    "TrainingPlan",
    "build",
    "entry",
    "split_classes",
]
