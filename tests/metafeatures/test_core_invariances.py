"""What must not change the core meta-features: where rows and columns stand, names of classes, units."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autometa.dataset import Dataset, TaskType
from autometa.metafeatures import extract, features
from autometa.metafeatures.landmarks import FEATURES as LANDMARKS
from tests.metafeatures.random_tables import random_table, with_column, with_columns, with_rows

pytest.importorskip("sklearn.tree")  # loaded here, so that its import is not charged to the first test

UNIT_DEPENDENT = {"frac_zero", "frac_integer", "frac_duplicate_column"}  # equal cells, equal units
MODELS = {f.name for f in features() if f.group in ("landmarks", "tree_shape")}
COUNTING = {f.name for f in features() if f.group in ("size", "missing", "cost")}


@st.composite
def tables(draw, min_rows=2, max_rows=80):
    return random_table(
        draw(st.integers(0, 10**6)),
        n=draw(st.integers(min_rows, max_rows)),
        n_columns=draw(st.integers(1, 7)),
        task_type=draw(st.sampled_from(list(TaskType))),
        missing=draw(st.sampled_from((0.0, 0.1))),
    )


few = settings(max_examples=15, deadline=None, derandomize=True)
seeds = st.integers(0, 10**6)


def assert_same(one: Dataset, other: Dataset, *, but=(), rtol=1e-9, atol=1e-9):
    first, second = extract(one), extract(other)
    for name, a, b in zip(first.names, first.values, second.values, strict=True):
        if name not in but:
            np.testing.assert_allclose(b, a, rtol=rtol, atol=atol, err_msg=name)


@few
@given(tables(), seeds)
def test_order_of_rows_does_not_matter(table, seed):
    assert_same(table, with_rows(table, np.random.default_rng(seed).permutation(table.n_rows)))


@few
@given(tables(), seeds)
def test_order_of_columns_does_not_matter(table, seed):
    assert_same(table, with_columns(table, np.random.default_rng(seed).permutation(table.n_columns)))


@few
@given(tables(), st.permutations(range(3)))
def test_names_of_classes_do_not_matter(table, codes):
    if table.task_type is TaskType.CLASSIFICATION:
        assert_same(table, replace(table, target=np.array(codes)[table.target]))


@few
@given(tables(), seeds)
def test_units_of_columns_do_not_matter(table, seed):
    rng = np.random.default_rng(seed)
    p = table.numeric.shape[1]
    moved = table.numeric * rng.uniform(0.01, 100, p) + rng.normal(size=p) * 100
    assert_same(table, replace(table, numeric=moved), but=UNIT_DEPENDENT, rtol=1e-6, atol=1e-6)


@few
@given(tables(), st.sampled_from((0.1, np.nan)))
def test_a_constant_or_empty_column_changes_only_what_counts_it(table, value):
    assert_same(table, with_column(table, np.full(table.n_rows, value)), but=COUNTING)


@few
@given(tables(min_rows=60))
def test_float32_changes_no_more_than_rounding(table):
    rounded = replace(table, numeric=table.numeric.astype(np.float32).astype(np.float64))
    assert_same(table, rounded, but=MODELS, rtol=1e-3, atol=1e-3)


def test_float32_leaves_landmarks_of_a_larger_table_alone():
    table = random_table(3, n=3000, n_columns=6, task_type=TaskType.CLASSIFICATION)
    rounded = replace(table, numeric=table.numeric.astype(np.float32).astype(np.float64))
    before, after = extract(table).as_dict(), extract(rounded).as_dict()
    for feature in LANDMARKS:
        assert after[feature.name] == pytest.approx(before[feature.name], abs=0.03), feature.name


@pytest.mark.parametrize("task_type", list(TaskType))
def test_rows_and_columns_of_a_sampled_table_do_not_matter(task_type):
    table = random_table(5, n=25_000, n_columns=5, task_type=task_type)
    rng = np.random.default_rng(0)
    shuffled = with_rows(with_columns(table, rng.permutation(5)), rng.permutation(table.n_rows))
    assert_same(table, shuffled)


def test_same_seed_gives_the_same_bits_and_another_another_sample():
    table = random_table(7, n=3000, n_columns=5, task_type=TaskType.CLASSIFICATION)
    first, again, other = extract(table), extract(table, seed=0), extract(table, seed=1)
    np.testing.assert_array_equal(first.values, again.values)
    assert first.as_dict()["landmark_tree"] != other.as_dict()["landmark_tree"]


def test_memory_layout_does_not_matter():
    table = random_table(9, n=2000, n_columns=6, task_type=TaskType.REGRESSION)
    assert_same(table, replace(table, numeric=np.ascontiguousarray(table.numeric)), rtol=1e-12, atol=1e-12)


def test_the_data_set_is_left_as_it_was():
    table = random_table(11, n=100, n_columns=6, task_type=TaskType.CLASSIFICATION)
    before = table.fingerprint()
    extract(table)
    assert table.fingerprint() == before
