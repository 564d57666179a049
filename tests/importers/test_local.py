"""Populating from files: what comes out, what is skipped, what is left out, and where the work runs."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from autometa.dataset import TaskType
from autometa.evaluation import EvaluationPlan
from autometa.history import TrialStatus
from autometa.search_space import SearchSpace
from autometa_store.importers.local import (
    MeasuredTable,
    SkippedTable,
    SurveyedTable,
    measure_tables,
    survey_tables,
)
from autometa_store.importers.table_files import find_tables

PLAN = EvaluationPlan(n_configurations=2, learner_names=("ridge", "k_nearest_neighbors"))


@pytest.fixture
def one_process() -> Iterator[None]:
    with parallel_config(n_jobs=1):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good tables, a tiny one, and a broken file."""
    place = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    for name in ("first", "second"):
        frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["a", "b", "y"])
        frame.to_csv(place / f"{name}.csv", index=False)
    pd.DataFrame({"a": np.arange(7), "y": np.arange(7) + 0.5}).to_csv(place / "tiny.csv", index=False)
    (place / "broken.parquet").write_bytes(b"PAR1 but not really")
    return place


def all_known(dataset_id: str, search_space: SearchSpace, n_fit_rows: int) -> int:
    return 2


def one_known(dataset_id: str, search_space: SearchSpace, n_fit_rows: int) -> int:
    return 1


@pytest.mark.usefixtures("one_process")
def test_survey_counts_wanted_trials_and_says_what_cannot_be_used(folder: Path) -> None:
    tables = list(survey_tables(find_tables(folder), PLAN))
    wanted = {table.file.name: table.n_wanted for table in tables if isinstance(table, SurveyedTable)}
    assert wanted == {"first": 4, "second": 4}
    reasons = {table.file.name: table.reason for table in tables if isinstance(table, SkippedTable)}
    assert reasons.keys() == {"broken", "tiny"}
    assert "7 rows of 7 target values are left" in reasons["tiny"]


@pytest.mark.usefixtures("one_process")
def test_survey_leaves_out_what_is_known(folder: Path) -> None:
    tables = survey_tables(find_tables(folder), PLAN, count_known=one_known)
    assert [table.n_wanted for table in tables if isinstance(table, SurveyedTable)] == [2, 2]


@pytest.mark.usefixtures("one_process")
def test_measuring_known_tables_evaluates_nothing(folder: Path) -> None:
    tables = measure_tables(find_tables(folder), PLAN, count_known=all_known)
    measured = [table for table in tables if isinstance(table, MeasuredTable)]
    assert [(table.studies, table.meta_features) for table in measured] == [((), ())] * 2


@pytest.mark.slow
@pytest.mark.usefixtures("one_process")
def test_measured_table_has_its_description_features_and_studies(folder: Path) -> None:
    (table,) = measure_tables(find_tables(folder)[1:2], PLAN)
    assert isinstance(table, MeasuredTable)
    assert (table.info.name, table.info.family, table.info.source) == ("first", "first", "local")
    assert (table.info.task_type, table.info.n_rows, table.info.n_columns) == (TaskType.REGRESSION, 40, 2)
    assert [measured.pack for measured in table.meta_features] == ["core", "openml"]
    assert all(np.isfinite(measured.values).any() for measured in table.meta_features)
    assert {study.search_space.name for study in table.studies} == {
        "ridge/regression",
        "k_nearest_neighbors/regression",
    }
    assert all(study.dataset_id == table.info.dataset_id for study in table.studies)
    assert all(study.n_fit_rows == 32 for study in table.studies)
    assert all(trial.status is TrialStatus.COMPLETE for study in table.studies for trial in study.trials)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_dask_cluster_does_the_same_work(folder: Path) -> None:
    distributed = pytest.importorskip("distributed")
    files = find_tables(folder)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        parallel_config(backend="dask"),
    ):
        there = _scores(measure_tables(files, PLAN))
    with parallel_config(backend="threading", n_jobs=2):
        here = _scores(measure_tables(files, PLAN))
    assert there == here
    assert sorted(there) == ["broken", "first", "second", "tiny"]


def _scores(tables: Iterator[MeasuredTable | SkippedTable]) -> dict[str, object]:
    """All that must not depend on where the work ran."""
    return {
        table.file.name: table.reason
        if isinstance(table, SkippedTable)
        else [
            (study.search_space.name, [trial.fold_scores for trial in study.trials])
            for study in table.studies
        ]
        for table in tables
    }
