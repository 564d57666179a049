"""The contract of every StudySource: three studies of two spaces on two data sets go in, and come out."""

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.history import PriorStudy
from autometa.metafeatures import features
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.search_space import FloatRange, SearchSpace
from autometa.warmstart.sources import DatasetInfo, StudySource
from tests.store.samples import SPACE, dataset, study

OTHER_SPACE = SearchSpace("ridge/classification", 1, (FloatRange("alpha", 0.1, 10.0),))
NAMES = tuple(feature.name for feature in features("core"))
INFOS: tuple[DatasetInfo, ...] = (dataset("iris"), dataset("wine"))
STUDIES: tuple[PriorStudy, ...] = (
    study("iris"),
    study("wine"),
    study("wine", (), search_space=OTHER_SPACE),
)
TABLE = MetaFeatureTable("core", 1, ("iris", "wine"), NAMES, np.arange(2.0 * len(NAMES)).reshape(2, -1))


def measured(row: int) -> MetaFeatures:
    """One data set's numbers."""
    return MetaFeatures("core", 1, NAMES, TABLE.values[row])


class StudySourceContract:
    """Subclasses give the source, filled with STUDIES and TABLE."""

    @pytest.fixture
    def source(self) -> StudySource:
        raise NotImplementedError

    def test_studies_of_a_space_come_back(self, source: StudySource) -> None:
        assert list(source.studies(SPACE.name)) == list(STUDIES[:2])

    def test_studies_of_some_data_sets(self, source: StudySource) -> None:
        found = source.studies(SPACE.name, ["wine", "unknown"])
        assert [one.dataset_id for one in found] == ["wine"]
        assert list(source.studies(SPACE.name, [])) == []

    def test_unknown_space_has_no_studies(self, source: StudySource) -> None:
        assert list(source.studies("svm/regression")) == []

    def test_meta_features_come_back(self, source: StudySource) -> None:
        table = source.meta_features(TaskType.CLASSIFICATION)
        assert table.dataset_ids == TABLE.dataset_ids
        np.testing.assert_array_equal(table.values, TABLE.values)

    def test_other_task_has_no_meta_features(self, source: StudySource) -> None:
        assert source.meta_features(TaskType.REGRESSION).dataset_ids == ()
