"""autometa: learning from every experiment recorded, so that the next one starts near its end."""

from autometa.dataset import Column, ColumnKind, Dataset, TaskType
from autometa.errors import AutometaError
from autometa.history import Neighbor, PriorStudy, PriorTrial, TrialStatus
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, extract
from autometa.search_space import SearchSpace
from autometa.similarity import ScaledL1
from autometa.warmstart import Advice, Recommendation, Recommender, TrialSource

__all__ = [
    "Advice",
    "AutometaError",
    "Column",
    "ColumnKind",
    "Dataset",
    "MetaFeatureTable",
    "MetaFeatures",
    "Neighbor",
    "PriorStudy",
    "PriorTrial",
    "Recommendation",
    "Recommender",
    "ScaledL1",
    "SearchSpace",
    "TaskType",
    "TrialSource",
    "TrialStatus",
    "extract",
]
