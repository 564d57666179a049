"""ScaledL1 and the weights that follow from distances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autometa.errors import EmptyHistoryError, IncompatibleMetaFeaturesError
from autometa.metafeatures.base import Feature, MetaFeatures, MetaFeatureTable
from autometa.similarity import ScaledL1, nearest, similarity_weights

NAMES = ("size_a", "size_b", "shape_a", "bytes")
FEATURES = (
    Feature("size_a", "size", "", ""),
    Feature("size_b", "size", "", ""),
    Feature("shape_a", "shape", "", ""),
    Feature("bytes", "cost", "", "", in_distance=False),
)
NAN = float("nan")


def table(values: list[list[float]]) -> MetaFeatureTable:
    ids = tuple(f"d{i}" for i in range(len(values)))
    return MetaFeatureTable("core", 1, ids, NAMES, np.array(values, dtype=float).reshape(len(values), 4))


def query(values: list[float]) -> MetaFeatures:
    return MetaFeatures("core", 1, NAMES, np.array(values, dtype=float))


def test_distance_is_the_mean_over_groups_of_mean_rank_gaps() -> None:
    known = table([[1, 10, 5, 0], [2, 20, 6, 9], [3, 30, 7, 9], [4, 40, 8, 9]])
    # mid-ranks of the known: 1/8, 3/8, 5/8, 7/8 in every column; the query sits on the first row
    distances = ScaledL1(FEATURES).distances(query([1, 10, 5, 77]), known)
    assert distances == pytest.approx([0, 1 / 4, 1 / 2, 3 / 4])


def test_groups_count_the_same_however_many_features_they_have() -> None:
    known = table([[1, 1, 1, 0], [2, 2, 1, 0]])
    # size differs by half the ranks in both its features, shape not at all
    distances = ScaledL1(FEATURES).distances(query([1, 1, 1, 0]), known)
    assert distances[1] == pytest.approx((0.5 + 0.0) / 2)


def test_features_missing_on_one_side_are_renormalised_away() -> None:
    known = table([[1, NAN, NAN, 0], [2, 5, 3, 0], [3, 6, 4, 0]])
    distances = ScaledL1(FEATURES).distances(query([1, 5, NAN, 0]), known)
    assert distances[0] == pytest.approx(0.0)  # only size_a is present on both sides
    assert distances[1] == pytest.approx(np.mean([1 / 3, 0.0]))


def test_nothing_in_common_gives_nan() -> None:
    known = table([[NAN, NAN, NAN, 1], [1, 1, 1, 1]])
    assert np.isnan(ScaledL1(FEATURES).distances(query([1, 1, 1, 1]), known)[0])


@given(
    st.lists(st.lists(st.floats(-50, 50), min_size=4, max_size=4), min_size=2, max_size=8, unique_by=tuple)
)
def test_any_increasing_transformation_of_a_feature_changes_nothing(rows: list[list[float]]) -> None:
    values = np.round(np.array(rows), 3)
    bent = np.cbrt(values) * 7 + 1
    plain = ScaledL1(FEATURES).distances(query(values[0].tolist()), table(values.tolist()))
    other = ScaledL1(FEATURES).distances(query(bent[0].tolist()), table(bent.tolist()))
    assert other == pytest.approx(plain)
    assert plain[0] == 0.0
    assert (plain >= 0).all()
    assert (plain <= 1).all()


def test_other_versions_cannot_be_compared() -> None:
    newer = MetaFeatures("core", 2, NAMES, np.zeros(4))
    with pytest.raises(IncompatibleMetaFeaturesError, match="core v2 against core v1"):
        ScaledL1(FEATURES).distances(newer, table([[1, 1, 1, 1]]))


def test_nearest_among_skips_the_own_family() -> None:
    known = table([[1, 1, 1, 0], [1, 1, 1, 0], [9, 9, 9, 0]])
    usual = ScaledL1(FEATURES).nearest_among(known, ["twins", "twins", "other"])
    assert usual[0] == usual[1] > 0
    assert ScaledL1(FEATURES).nearest_among(known, ["twins", "b", "other"])[0] == 0


def test_nearest_orders_and_leaves_out_the_incomparable() -> None:
    known = table([[1, 1, 1, 0], [2, 2, 2, 0], [3, 3, 3, 0]])
    found = nearest(np.array([0.3, NAN, 0.1]), known, 3)
    assert [(one.dataset_id, one.distance) for one in found] == [("d2", 0.1), ("d0", 0.3)]


def test_nearest_of_nothing_is_an_error() -> None:
    with pytest.raises(EmptyHistoryError, match="autometa populate"):
        nearest(np.array([]), table([]), 3)


def test_weights_follow_the_published_kernel() -> None:
    distances = np.arange(1, 21) / 10  # the tenth nearest is at 1.0
    assert similarity_weights(distances) == pytest.approx(np.exp(-(distances**2)) + 0.02)


def test_a_data_set_that_cannot_be_compared_keeps_the_floor() -> None:
    assert similarity_weights(np.array([NAN, 0.5]))[0] == pytest.approx(0.02)
    assert similarity_weights(np.array([NAN, NAN])) == pytest.approx([0.02, 0.02])
