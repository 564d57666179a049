"""Every similarity model keeps the contract."""

import pytest

from autometa.similarity import DiagonalMetric, NoSimilarity, ScaledL1
from autometa.similarity.diagonal import train_diagonal
from autometa.similarity.examples import Examples
from autometa.similarity.forest import ForestSimilarity
from autometa.similarity.forest_training import train_forest
from autometa.similarity.siamese import SiameseNetwork
from tests.contracts.similarity import SimilarityContract


class TestNoSimilarity(SimilarityContract):
    @classmethod
    def make(cls, examples: Examples) -> NoSimilarity:
        return NoSimilarity()


class TestScaledL1(SimilarityContract):
    @classmethod
    def make(cls, examples: Examples) -> ScaledL1:
        return ScaledL1(examples.features)


class TestDiagonalMetric(SimilarityContract):
    @classmethod
    def make(cls, examples: Examples) -> DiagonalMetric:
        return train_diagonal(examples)


class TestSiameseNetwork(SimilarityContract):
    @classmethod
    def make(cls, examples: Examples) -> SiameseNetwork:
        training = pytest.importorskip("autometa.similarity.siamese_training", exc_type=ImportError)
        small = training.TrainingSetting(n_members=2, n_hidden=8, n_steps=30)
        return training.train_siamese(examples, setting=small)


class TestForestSimilarity(SimilarityContract):
    @classmethod
    def make(cls, examples: Examples) -> ForestSimilarity:
        return train_forest(examples)
