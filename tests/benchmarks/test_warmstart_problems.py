from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa.warmstart.surrogate import gaussian_ranks
from benchmarks.warmstart.openml_tasks import DATASET_OF_TASK, family_of, rows_fit_accuracies
from benchmarks.warmstart.parameters import decode, encode, to_points
from benchmarks.warmstart.problems import source_rows
from benchmarks.warmstart.surfaces import as_regrets, derangement, with_surfaces
from benchmarks.warmstart.tables import TABLES, TRIALS
from tests.benchmarks.pools import toy_table

needs_trials = pytest.mark.skipif(not TRIALS.exists(), reason="the shared tables of past trials are not here")


def test_a_planted_copy_of_the_target_is_never_among_its_sources(tmp_path):
    table = toy_table(copies=[(2, 5)])
    problem = with_surfaces(table, scratch=tmp_path).problem(5)
    assert problem.known.source_ids == ("0", "1", "3", "4")
    assert len(problem.known.surfaces) == len(problem.known.meta.values) == 4
    assert not any(np.array_equal(gains, problem.gains) for gains in problem.known.source_gains)


def test_a_family_is_left_out_as_a_whole():
    table = toy_table(families=["a", "a", "b", "a", "c", "b"])
    assert source_rows(table, 0) == [2, 4, 5]


def test_surfaces_are_asked_at_the_targets_own_pool(tmp_path):
    with_all = with_surfaces(toy_table(), scratch=tmp_path)
    problem = with_all.problem(3)
    truth = np.array([np.corrcoef(surface, problem.gains)[0, 1] for surface in problem.known.surfaces])
    assert problem.known.surfaces.shape == (5, 40)
    assert truth.max() > 0.8


def test_surfaces_are_read_from_disk_the_second_time(tmp_path):
    first = with_surfaces(toy_table(), scratch=tmp_path)
    again = with_surfaces(toy_table(), scratch=tmp_path)
    assert len(list(tmp_path.rglob("*.npy"))) == 1
    assert np.array_equal(first.surfaces, again.surfaces)


def test_a_shared_pool_needs_no_surface(tmp_path):
    table = toy_table(shares_pool=True)
    problem = with_surfaces(table, scratch=tmp_path).problem(0)
    assert np.array_equal(problem.known.regrets[0], table.tasks[1].regrets)
    assert not list(tmp_path.rglob("*.npy"))


def test_a_surface_goes_back_to_the_regrets_that_it_was_made_of():
    gains = np.random.default_rng(0).normal(size=30)
    regrets = gains.max() - gains
    assert as_regrets(gaussian_ranks(gains), gains, regrets) == pytest.approx(regrets)


def test_shuffling_gives_nobody_his_own_meta_features(tmp_path):
    problem = with_surfaces(toy_table(), scratch=tmp_path).problem(1)
    assert not any(
        np.array_equal(mine, dealt)
        for mine, dealt in zip(problem.known.meta.values, problem.shuffled.meta.values, strict=True)
    )
    assert sorted(derangement(7, 3)) == list(range(7))


def test_points_and_parameters_are_inverse_to_each_other():
    configurations = [{"c": 1.0, "kind": "x"}, {"c": 1000.0, "kind": None}, {"c": "auto", "kind": "x"}, {}]
    points, parameters = to_points(configurations, ["svm", "svm", "svm", "bayes"])
    for point in points:
        assert encode(decode(point, parameters), parameters, points.shape[1]) == pytest.approx(point)


def test_parameters_of_other_learners_are_inactive():
    points, parameters = to_points([{"c": 1.0}, {"c": 2.0}, {"k": 1}, {"k": 5}], ["svm", "svm", "knn", "knn"])
    assert decode(points[3], parameters) == {"learner": 1, "knn.k": 1.0}


def test_initial_configurations_depend_on_seed_and_data_set_alone(tmp_path):
    with_all = with_surfaces(toy_table(n_initial=5), scratch=tmp_path)
    first, second = with_all.problem(0), with_all.problem(1)
    assert first.initial(0) == with_all.problem(0).initial(0)
    assert first.initial(0) != first.initial(1)
    assert first.initial(0) != second.initial(0)


@pytest.mark.parametrize(
    ("one", "other"), [("mfeat-zernike (1)", "mfeat-pixel (2)"), ("fri_c0_100_5 (2)", "fri_c3_250_10 (2)")]
)
def test_members_of_a_collection_are_one_family(one, other):
    assert family_of(one) == family_of(other)


@needs_trials
@pytest.mark.slow
@pytest.mark.parametrize("learner", ["rf", "adaboost"])
def test_every_accuracy_is_a_whole_number_of_the_rows_of_the_data_set(learner):
    rows = pd.read_csv(TRIALS / "openml_qualities_2019.csv.gz").set_index("Id")["NumberOfInstances"]
    frame = pd.read_parquet(TRIALS / f"openml_{learner}.parquet")
    checked = 0
    for task, accuracies in frame.groupby("task_id")["predictive_accuracy"]:
        if task in DATASET_OF_TASK:
            assert rows_fit_accuracies(accuracies.to_numpy(), int(rows[DATASET_OF_TASK[task]])), task
            checked += 1
    assert checked >= 91


@needs_trials
@pytest.mark.slow
@pytest.mark.parametrize("name", ["hpob_5906", "openml_adaboost", "oboe", "starter_regression"])
def test_tables_have_points_in_the_unit_cube_and_regrets_from_zero(name):
    table = TABLES[name]()
    for task in table.tasks:
        assert 0.0 <= task.points.min() <= task.points.max() <= 1.0
        assert task.regrets.min() == 0.0 < task.regrets.max() <= 1.0
    assert Path(name).name == table.name
