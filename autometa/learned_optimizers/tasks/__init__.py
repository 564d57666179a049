"""Families of tasks that optimizers are trained on."""

from autometa.learned_optimizers.tasks.base import TaskBatch, TaskFamily, losses_and_grads
from autometa.learned_optimizers.tasks.conv import OmniglotConvFamily, read_drawings
from autometa.learned_optimizers.tasks.labelled_data import LabelledData, digits
from autometa.learned_optimizers.tasks.mlp import MLPFamily
from autometa.learned_optimizers.tasks.quadratics import Quadratics
from autometa.learned_optimizers.tasks.scaled import ScaledBatch

__all__ = [
    "LabelledData",
    "MLPFamily",
    "OmniglotConvFamily",
    "Quadratics",
    "ScaledBatch",
    "TaskBatch",
    "TaskFamily",
    "digits",
    "losses_and_grads",
    "read_drawings",
]
