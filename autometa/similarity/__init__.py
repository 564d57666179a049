"""How far data sets are from each other, and how much each then counts. Costs NumPy."""

from autometa.similarity.base import SimilarityModel, effective_sources, nearest, similarity_weights
from autometa.similarity.diagonal import DiagonalMetric
from autometa.similarity.forest import ForestSimilarity
from autometa.similarity.no_similarity import NoSimilarity
from autometa.similarity.scaled_l1 import ScaledL1
from autometa.similarity.siamese import SiameseNetwork
from autometa.similarity.trained import DEFAULT_MODEL, TrainedSimilarity

__all__ = [
    "DEFAULT_MODEL",
    "DiagonalMetric",
    "ForestSimilarity",
    "NoSimilarity",
    "ScaledL1",
    "SiameseNetwork",
    "SimilarityModel",
    "TrainedSimilarity",
    "effective_sources",
    "nearest",
    "similarity_weights",
]
