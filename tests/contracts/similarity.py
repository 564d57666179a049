"""What every similarity model keeps, whether learned or not; a member only says how it is made."""

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np
import pytest

from autometa.errors import IncompatibleMetaFeaturesError
from autometa.metafeatures.base import MetaFeatures
from autometa.similarity import SimilarityModel
from autometa.similarity.examples import Examples, table_row, table_rows
from tests.similarity.cases import meta_table, planted

EXAMPLES = planted()


class SimilarityContract(ABC):
    """Inherit, and make the model once."""

    @classmethod
    @abstractmethod
    def make(cls, examples: Examples) -> SimilarityModel:
        """A model for the pack of the examples."""

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> SimilarityModel:
        return cls.make(EXAMPLES)

    def test_distances_are_finite_and_not_negative(self, model: SimilarityModel) -> None:
        distances = model.distances(table_row(EXAMPLES.table, 0), EXAMPLES.table)
        assert distances.shape == (len(EXAMPLES.families),)
        assert np.isfinite(distances).all()
        assert (distances >= 0).all()

    def test_a_data_set_is_at_no_distance_from_itself(self, model: SimilarityModel) -> None:
        assert model.distances(table_row(EXAMPLES.table, 5), EXAMPLES.table)[5] == pytest.approx(0, abs=1e-9)

    def test_order_of_the_table_does_not_matter(self, model: SimilarityModel) -> None:
        query, backwards = table_row(EXAMPLES.table, 1), np.arange(len(EXAMPLES.families))[::-1]
        turned = model.distances(query, table_rows(EXAMPLES.table, backwards))
        assert turned[::-1] == pytest.approx(model.distances(query, EXAMPLES.table))

    def test_what_is_not_compared_changes_nothing(self, model: SimilarityModel) -> None:
        query = table_row(EXAMPLES.table, 1)
        heavier = replace(query, values=np.append(query.values[:-1], 1e9))
        assert model.distances(heavier, EXAMPLES.table) == pytest.approx(
            model.distances(query, EXAMPLES.table)
        )

    def test_a_query_with_missing_and_huge_values_is_taken(self, model: SimilarityModel) -> None:
        query = table_row(EXAMPLES.table, 1)
        odd = replace(query, values=np.array([0.5, np.nan, 1e300, -1e300, np.nan, 0.0]))
        weights = model.weights(model.distances(odd, EXAMPLES.table))
        assert np.isfinite(weights).all()

    def test_no_weight_grows_with_distance(self, model: SimilarityModel) -> None:
        weights = model.weights(np.linspace(0, 3, 30))
        assert (np.diff(weights) <= 1e-12).all()
        assert (weights > 0).all()

    def test_what_cannot_be_compared_still_counts(self, model: SimilarityModel) -> None:
        assert (model.weights(np.array([0.1, np.nan, 0.4])) > 0).all()
        alone = model.weights(np.array([np.nan, np.nan]))
        assert alone[0] == alone[1] > 0

    def test_other_versions_cannot_be_compared(self, model: SimilarityModel) -> None:
        newer = MetaFeatures("core", 2, EXAMPLES.table.names, np.zeros(len(EXAMPLES.table.names)))
        with pytest.raises(IncompatibleMetaFeaturesError):
            model.distances(newer, EXAMPLES.table)

    def test_nearest_among_is_the_least_distance_to_another_family(self, model: SimilarityModel) -> None:
        labels = np.array(EXAMPLES.families)
        others = np.flatnonzero(labels != labels[0])
        by_hand = model.distances(table_row(EXAMPLES.table, 0), EXAMPLES.table)[others].min()
        assert model.nearest_among(EXAMPLES.table, EXAMPLES.families)[0] == pytest.approx(by_hand)

    def test_a_family_without_others_has_no_nearest(self, model: SimilarityModel) -> None:
        pair = table_rows(EXAMPLES.table, [0, 1])
        assert np.isnan(model.nearest_among(pair, ["same", "same"])).all()

    def test_an_empty_table_gives_nothing(self, model: SimilarityModel) -> None:
        empty = meta_table(np.zeros((0, len(EXAMPLES.table.names))))
        distances = model.distances(table_row(EXAMPLES.table, 0), empty)
        assert distances.shape == model.weights(distances).shape == (0,)
