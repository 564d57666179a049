"""One door for searches: any objective, or a whole table, beginning where past studies ended."""

from autometa.tuning.model_card import ModelCard
from autometa.tuning.model_file import TableModel, fit_model, load_model, save_model
from autometa.tuning.search import tune
from autometa.tuning.table import TunedTable, tune_table

__all__ = [
    "ModelCard",
    "TableModel",
    "TunedTable",
    "fit_model",
    "load_model",
    "save_model",
    "tune",
    "tune_table",
]
