"""One door for searches: any objective, or a whole table, beginning where past studies ended."""

from autometa.tuning.model_card import ModelCard
from autometa.tuning.model_file import Predictions, TableModel, fit_model, load_model, save_model
from autometa.tuning.search import tune
from autometa.tuning.table import TunedTable, tune_table
from autometa.tuning.task import TuningTask
from autometa.tuning.tried import TriedConfiguration, tried_configurations

__all__ = [
    "ModelCard",
    "Predictions",
    "TableModel",
    "TriedConfiguration",
    "TunedTable",
    "TuningTask",
    "fit_model",
    "load_model",
    "save_model",
    "tried_configurations",
    "tune",
    "tune_table",
]
