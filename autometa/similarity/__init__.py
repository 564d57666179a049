"""How far data sets are from each other."""

from autometa.similarity.base import SimilarityModel, nearest, similarity_weights
from autometa.similarity.scaled_l1 import ScaledL1

__all__ = ["ScaledL1", "SimilarityModel", "nearest", "similarity_weights"]
