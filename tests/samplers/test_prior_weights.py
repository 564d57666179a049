"""What past studies weigh before anything is observed: by the similarity model's own weights."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from autometa.dataset import TaskType
from autometa.errors import StoreError
from autometa.history import PriorStudy
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, features
from autometa.samplers.prior_weights import prior_weights
from autometa.similarity import NoSimilarity, ScaledL1, SimilarityModel
from autometa.warmstart.in_memory import InMemoryTrialSource
from autometa.warmstart.sources import DatasetInfo
from autometa_store.knowledge import load_starter
from autometa_store.similarity import load_similarity
from tests.samplers.past import past_bowl

LEARNED = load_similarity()


class Shelf(InMemoryTrialSource):
    """A source that keeps a similarity, as a store does."""

    kept: Mapping[str, NDArray[Any]] = LEARNED.to_arrays()

    def artifact_names(self) -> list[str]:
        """One name."""
        return ["similarity"]

    def artifact(self, name: str) -> Mapping[str, NDArray[Any]]:
        """What is kept."""
        return self.kept

    def add_artifact(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> str:
        """Nothing."""
        return ""


@pytest.fixture(scope="module")
def known() -> MetaFeatureTable:
    table = load_starter().meta_features(TaskType.CLASSIFICATION)
    return replace(table, dataset_ids=table.dataset_ids[:30], values=table.values[:30])


@pytest.fixture(scope="module")
def asked(known: MetaFeatureTable) -> MetaFeatures:
    return MetaFeatures(known.pack, known.version, known.names, known.values[0])


@pytest.fixture(scope="module")
def studies(known: MetaFeatureTable) -> list[PriorStudy]:
    return [replace(past_bowl(0, 3), dataset_id=dataset_id) for dataset_id in known.dataset_ids]


@pytest.fixture(scope="module")
def infos(known: MetaFeatureTable) -> list[DatasetInfo]:
    return [DatasetInfo(one, one, one, TaskType.CLASSIFICATION, 10, 2) for one in known.dataset_ids]


def learned_model() -> SimilarityModel:
    model = LEARNED.model(TaskType.CLASSIFICATION)
    assert model is not None
    return model


@pytest.mark.parametrize(
    "model", [learned_model(), ScaledL1(features("core")), NoSimilarity()], ids=["learned", "scaled", "none"]
)
def test_weights_are_the_models_own(
    model: SimilarityModel, known: MetaFeatureTable, asked: MetaFeatures, studies: list[PriorStudy]
) -> None:
    source = InMemoryTrialSource(studies, known)
    weights = prior_weights(studies, source, meta_features=asked, similarity=model)
    np.testing.assert_array_equal(weights, model.weights(model.distances(asked, known)))


def test_what_a_store_learned_is_the_default(
    known: MetaFeatureTable, asked: MetaFeatures, studies: list[PriorStudy], infos: list[DatasetInfo]
) -> None:
    for kind, model in ((Shelf, learned_model()), (InMemoryTrialSource, ScaledL1(features("core")))):
        source = kind(studies, known, datasets=infos)
        weights = prior_weights(studies, source, meta_features=asked, similarity=None)
        expected = model.weights(model.distances(asked, known))
        np.testing.assert_array_equal(weights, expected)


def test_data_that_nobody_described_counts_as_little_as_the_least_similar(
    known: MetaFeatureTable, asked: MetaFeatures, studies: list[PriorStudy]
) -> None:
    source = InMemoryTrialSource([*studies, past_bowl(1, 3)], known)
    weights = prior_weights(source.studies(), source, meta_features=asked, similarity=None)
    assert weights[-1] == weights[:-1].min() < weights.max()


def test_something_else_in_its_place_is_told(
    known: MetaFeatureTable, asked: MetaFeatures, studies: list[PriorStudy]
) -> None:
    source = Shelf(studies, known)
    source.kept = {"numbers": np.zeros(2)}
    with pytest.raises(StoreError, match="train again with `autometa similarity train`"):
        prior_weights(studies, source, meta_features=asked, similarity=None)
