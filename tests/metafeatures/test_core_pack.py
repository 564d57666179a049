"""The core pack: its list, hand-computed values of every group, odd tables, and what importing it costs."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autometa.dataset import Column, ColumnKind, Dataset, TaskType
from autometa.errors import UnknownNameError
from autometa.metafeatures import extract, features, infinite_share
from autometa.metafeatures.landmark_table import LandmarkTable
from autometa.metafeatures.sample import Sample
from tests.metafeatures.odd_tables import ODD, table
from tests.metafeatures.random_tables import random_table, with_column

DOCS = Path(__file__).parents[2] / "docs" / "metafeatures.md"
COIN = np.tile([0, 1], 10)


def values(dataset: Dataset) -> dict[str, float | None]:
    return extract(dataset).as_dict()


def test_pack_has_107_features_in_ten_groups():
    assert len({f.name for f in features()}) == len(features()) == 107
    assert Counter(f.group for f in features()) == {
        "size": 14,
        "missing": 5,
        "target_classes": 8,
        "target_real": 7,
        "distribution": 29,
        "categorical": 9,
        "redundancy": 9,
        "information": 11,
        "landmarks": 10,
        "tree_shape": 4,
        "cost": 1,
    }


def test_only_the_size_in_bytes_is_kept_out_of_distances():
    assert [f.name for f in features() if not f.in_distance] == ["log10_bytes"]


def test_documentation_lists_every_feature_with_its_definition():
    text = DOCS.read_text()
    for feature in features():
        definition = feature.definition.replace("|", "\\|")
        assert f"| `{feature.name}` | {definition} | {feature.source} |" in text, feature.name


def test_an_unknown_pack_is_an_error_with_a_hint():
    with pytest.raises(UnknownNameError, match=r"no pack of meta-features 'cores'; did you mean 'core'\?"):
        extract(table([[1.0], [2.0]], None, [0, 1]), "cores")


def test_importing_the_package_costs_numpy_only():
    code = "import sys, autometa.metafeatures; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert not loaded & {"sklearn", "scipy", "pandas", "torch", "threadpoolctl"}


def test_sizes_and_shares_of_a_small_table():
    found = values(
        table(
            np.column_stack(
                (np.arange(20.0), np.full(20, 3.0), np.where(COIN, np.nan, 7.5), np.full(20, np.nan))
            ),
            np.column_stack((COIN, COIN, np.arange(20))),
            COIN,
            kinds=[ColumnKind.NUMERIC] * 3
            + [ColumnKind.DATETIME, ColumnKind.BOOLEAN, ColumnKind.BOOLEAN, ColumnKind.TEXT],
        )
    )
    wanted = {
        "n_rows": 20,
        "n_cols": 7,
        "log10_rows_per_col": np.log10(20 / 7),
        "frac_numeric": 3 / 7,
        "frac_bool": 2 / 7,
        "frac_text": 1 / 7,
        "frac_datetime": 1 / 7,
        "frac_constant": 2 / 7,
        "frac_all_missing": 1 / 7,
        "frac_duplicate_column": 1 / 7,
        "frac_id_like": 2 / 7,
        "missing_cells": 30 / 140,
        "missing_rows": 1.0,
        "missing_cols": 2 / 7,
        "missing_max_col": 1.0,
        "log10_bytes": np.log10(8 * 8 * 20),
    }
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)


def test_unlabelled_rows_are_a_share_of_all_rows():
    assert values(replace(table([[1.0], [2.0]], None, [0, 1]), n_unlabelled=6))["missing_target"] == 0.75


def test_numbers_stored_as_floats_are_no_ids():
    ids = table(np.arange(20.0)[:, None], None, COIN)
    assert values(ids)["frac_id_like"] == 1
    assert (
        values(replace(ids, columns=(Column("x", ColumnKind.NUMERIC, is_float=True),)))["frac_id_like"] == 0
    )


def test_classes_counted_by_hand():
    found = values(table(None, np.arange(8)[:, None], [0, 0, 0, 0, 1, 1, 2, 4]))
    wanted = {
        "n_classes": 4,
        "class_entropy": 1.75,
        "class_entropy_norm": 0.875,
        "class_share_max": 0.5,
        "class_share_min": 0.125,
        "class_share_sd": np.std([0.5, 0.25, 0.125, 0.125]),
        "class_imbalance_log10": np.log10(4),
        "class_rare": 0.5,
    }
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)


def test_a_real_target_measured_by_hand():
    y = [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 100.0]
    found = values(table(np.arange(9.0)[:, None], None, y, task_type=TaskType.REGRESSION))
    assert found["target_distinct_share"] == pytest.approx(8 / 9)
    assert found["target_zero_share"] == pytest.approx(2 / 9)
    assert found["target_is_integer"] == 1
    assert found["target_outlier_share"] == pytest.approx(1 / 9)
    assert found["target_tail_log10"] == pytest.approx(np.log10(1 + 100 / 4))
    assert found["n_classes"] is None


def test_shapes_of_columns_measured_by_hand():
    x = np.column_stack((np.tile([0.0, 1.0, 2.0, 3.0], 5), np.tile([0.0, 0.5], 10), np.full(20, 9.0)))
    found = values(table(x, None, COIN))
    wanted = {
        "skewness_max": 0.0,
        "kurtosis_min": -np.log1p(2.0),
        "outlier_share_max": 0.0,
        "tail_log10_max": np.log10(1 + 3 / 1.5),
        "mean_median_gap_max": 0.0,
        "frac_zero": (0.25 + 0.5) / 2,
        "frac_integer": 0.5,
        "frac_discrete": 1.0,
        "frac_binary": 0.5,
    }
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=1e-12)


def test_levels_counted_by_hand():
    codes = np.column_stack((np.repeat([0, 1], [30, 10]), np.repeat([0, 3, 5, -1], [20, 10, 5, 5])))
    found = values(table(None, codes, np.tile([0, 1], 20)))
    entropy = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25))
    assert found["levels_log10_min"] == pytest.approx(np.log10(2))
    assert found["levels_log10_max"] == pytest.approx(np.log10(3))
    assert found["level_entropy_min"] == pytest.approx(entropy)
    assert found["rare_level_share"] == pytest.approx((0 + 5 / 35) / 2)
    assert found["max_levels_share"] == pytest.approx(3 / 40)


def test_information_of_a_copy_of_the_target_is_all_of_it():
    noise = np.repeat([0, 1], 10)
    found = values(table(None, np.column_stack((COIN, noise)), COIN))
    assert found["mutual_information_max"] == pytest.approx(1.0)
    assert found["mutual_information_min"] == pytest.approx(1e-4)
    assert found["equivalent_columns_log10"] == pytest.approx(np.log10(1 / 0.50005))
    assert found["frac_informative"] == 0.5
    assert found["attribute_entropy_min"] == pytest.approx(1.0)


def test_landmarks_of_a_table_that_one_split_solves():
    x = np.random.default_rng(0).normal(size=(400, 1))
    found = values(table(x, None, (x[:, 0] > 0).astype(int)))
    for name in ("landmark_stump", "landmark_tree_3", "landmark_tree", "landmark_random_stump"):
        assert found[name] > 0.95, name
    assert found["tree_leaves"] == pytest.approx(2 / 200)
    assert found["tree_importance_max"] == 1
    assert found["landmark_ridge_minus_tree"] == pytest.approx(
        found["landmark_ridge"] - found["landmark_tree"]
    )


def test_landmarks_see_a_level_that_is_there_or_missing():
    found = values(table(None, np.where(COIN, 0, -1).repeat(5)[:, None], COIN.repeat(5)))
    assert found["landmark_stump"] == 1


def test_landmarks_of_noise_find_nothing():
    rng = np.random.default_rng(1)
    found = values(table(rng.normal(size=(2000, 3)), None, rng.integers(0, 2, 2000)))
    assert abs(found["landmark_ridge"]) < 0.15
    assert abs(found["landmark_10nn"]) < 0.15


@pytest.mark.parametrize("name", ODD)
def test_odd_tables_give_finite_numbers_or_reasons(name):
    found = extract(ODD[name])
    assert len(found.names) == 107
    missing = {n for n, value in found.as_dict().items() if value is None}
    assert missing == set(found.reasons)
    assert all(found.reasons.values())


def test_huge_and_tiny_units_give_the_same_numbers():
    x = np.random.default_rng(2).normal(size=(200, 3))
    y = (x[:, 0] > 0).astype(int)
    plain, huge, tiny = (extract(table(x * unit, None, y)).values for unit in (1.0, 1e300, 1e-300))
    keep = [f.name != "frac_integer" for f in features()]
    np.testing.assert_allclose(huge[keep], plain[keep], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tiny[keep], plain[keep], rtol=1e-9, atol=1e-12)


def test_infinite_numbers_are_missing_and_counted_apart():
    x = np.array([[1.0, np.inf], [2.0, -np.inf], [np.nan, 3.0], [4.0, 5.0]])
    assert infinite_share(x) == 0.25
    found = values(table(x, None, [0, 1, 0, 1]))
    assert found["missing_cells"] == pytest.approx(3 / 8)
    gaps = values(table(np.where(np.isinf(x), np.nan, x), None, [0, 1, 0, 1]))
    assert found == gaps


def test_wide_tables_are_capped():
    rng = np.random.default_rng(3)
    wide = table(rng.normal(size=(60, 700)), None, COIN.repeat(3))
    found = extract(wide)
    assert found.as_dict()["pca_components_95"] <= 60 / 200
    assert LandmarkTable.of(Sample.of(wide, seed=0)).x_train.shape == (30, 200)


def test_copies_of_rows_are_spread_over_the_sample():
    """A table of 60 000 rows with two kinds of row must not be sampled from one kind."""
    codes = np.repeat([0, 1], 30_000)
    sample = Sample.of(table(None, codes[:, None], codes), seed=0)
    assert len(sample.rows) == 20_000
    assert codes[sample.rows].mean() == pytest.approx(0.5, abs=0.02)
    assert codes[sample.rows[:2000]].mean() == pytest.approx(0.5, abs=0.05)


def test_a_missing_class_in_one_half_is_no_obstacle():
    y = np.zeros(40, dtype=int)
    y[7] = 1
    found = extract(table(np.random.default_rng(4).normal(size=(40, 2)), None, y))
    assert found.as_dict()["n_classes"] == 2


def test_an_uninformative_column_does_not_move_the_sample():
    dataset = random_table(1, n=200, n_columns=4, task_type=TaskType.CLASSIFICATION)
    more = with_column(dataset, np.full(200, 2.0))
    np.testing.assert_array_equal(Sample.of(dataset, seed=0).rows, Sample.of(more, seed=0).rows)
