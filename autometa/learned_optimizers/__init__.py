"""Learned optimizers: an LSTM that reads gradients and gives updates, and its training. Costs torch."""

from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.catalogue import OPTIMIZERS, build_optimizer
from autometa.learned_optimizers.files import read_notes
from autometa.learned_optimizers.hand_made import RULES, HandMade, HandMadeSettings
from autometa.learned_optimizers.learned_rates import LearnedRates, LearnedRatesSettings
from autometa.learned_optimizers.lstm import LSTMOptimizer, LSTMSettings
from autometa.learned_optimizers.meta_lstm import MetaLSTMOptimizer, MetaLSTMSettings
from autometa.learned_optimizers.meta_training import (
    MetaStep,
    MetaTrainingPlan,
    MetaTrainingResult,
    learning_curve,
    meta_train,
)
from autometa.learned_optimizers.module_optimizer import FallbackWarning, ModuleOptimizer
from autometa.learned_optimizers.rate_search import TunedRate, tune_rate
from autometa.learned_optimizers.trace import State

__all__ = [
    "OPTIMIZERS",
    "RULES",
    "FallbackWarning",
    "HandMade",
    "HandMadeSettings",
    "LSTMOptimizer",
    "LSTMSettings",
    "LearnedOptimizer",
    "LearnedRates",
    "LearnedRatesSettings",
    "MetaLSTMOptimizer",
    "MetaLSTMSettings",
    "MetaStep",
    "MetaTrainingPlan",
    "MetaTrainingResult",
    "ModuleOptimizer",
    "State",
    "TunedRate",
    "build_optimizer",
    "learning_curve",
    "meta_train",
    "read_notes",
    "tune_rate",
]
