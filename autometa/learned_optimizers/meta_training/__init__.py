"""Training of optimizers on families of tasks."""

from autometa.learned_optimizers.meta_training.plan import MetaTrainingPlan
from autometa.learned_optimizers.meta_training.report import MetaStep, MetaTrainingResult
from autometa.learned_optimizers.meta_training.training import meta_train
from autometa.learned_optimizers.meta_training.unroll import learning_curve

__all__ = ["MetaStep", "MetaTrainingPlan", "MetaTrainingResult", "learning_curve", "meta_train"]
