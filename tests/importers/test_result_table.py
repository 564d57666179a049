"""Tables of results as imported items: columns, cells, spaces, data sets, and what cannot be used."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.history import TrialStatus
from autometa.search_space import Choice, Condition, FloatRange, IntRange
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.base import ImportedStudies, Importer, nothing_stored
from autometa_store.importers.dataset_names import DatasetNames
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.result_columns import understand_columns
from autometa_store.importers.result_table import TableImporter, observed_trials, read_results, typed
from autometa_store.importers.score_names import parse_score
from tests.contracts.importers import ImporterContract

IRIS = DescribedDataset(DatasetInfo("iris", "iris", "iris", TaskType.CLASSIFICATION, 150, 4, 3), ())
CSV = """dataset,model,C,kernel,degree,gamma,accuracy,log_loss,runtime_s,seed,note
iris,svm,0.1,rbf,,scale,0.9,0.3,1.5,1,first
iris,svm,10.0,poly,3,0.1,0.95,0.2,2.5,1,
wine,svm,100.0,rbf,,0.1,,,,2,crashed
wine,forest,,,,,0.8,0.5,3.5,2,
"""


def _importer(
    path: Path,
    *,
    learner: str = "mine",
    describe: Callable[[str], DescribedDataset] | None = None,
    **options: Any,
) -> TableImporter:
    frame, notes = read_results(path)
    names = DatasetNames(IRIS, (), (), TaskType.CLASSIFICATION)
    columns = understand_columns(frame, **options)
    return TableImporter(str(path), frame, columns, learner, describe or names, notes)


def _items(importer: Importer) -> dict[str, ImportedStudies]:
    return {item.title: item for item in importer.items(nothing_stored) if isinstance(item, ImportedStudies)}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "results.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


class TestTable(ImporterContract):
    @pytest.fixture
    def importer(self, table: Path) -> Importer:
        return _importer(table)


def test_columns_are_what_their_names_say(table: Path) -> None:
    frame, _ = read_results(table)
    columns = understand_columns(frame)
    assert (columns.dataset, columns.learner, columns.seconds, columns.seed) == (
        "dataset",
        "model",
        "runtime_s",
        "seed",
    )
    assert [score.metric for score in columns.scores] == ["accuracy", "log_loss"]
    assert columns.parameters == ("C", "kernel", "degree", "gamma", "note")
    assert columns.notes() == [
        "data sets are named in dataset",
        "learners in model",
        "scores are accuracy, to maximize, log_loss, to minimize",
        "parameters are C, kernel, degree, gamma, note",
        "seconds of a fit are runtime_s",
        "seeds are seed",
    ]


def test_told_columns_win_and_the_rest_is_left_out(table: Path) -> None:
    frame, _ = read_results(table)
    columns = understand_columns(
        frame, parameters=["C", "kernel"], scores=[parse_score("log_loss")], has_one_dataset=True
    )
    assert (columns.dataset, columns.parameters) == (None, ("C", "kernel"))
    assert columns.left_out == ("dataset", "degree", "gamma", "accuracy", "note")


def test_each_data_set_is_an_item_and_each_learner_a_study(table: Path) -> None:
    options = {"parameters": ["C", "kernel", "degree", "gamma"]}
    items = _items(_importer(table, **options))
    assert list(items) == ["iris", "wine"]
    assert [study.search_space.name for study in items["wine"].studies] == [
        "svm:own/classification",  # the catalogue's has no kernel
        "forest/classification",
    ]
    (study,) = items["iris"].studies
    assert (study.metric, study.direction) == ("log_loss", "minimize")  # the one that autometa knows
    assert study.search_space.parameters == (
        FloatRange("C", 0.1, 100.0, log=True),
        Choice("gamma", (0.1, "scale")),
        Choice("kernel", ("poly", "rbf")),
        Choice("degree", (3,), condition=Condition("kernel", ("poly",))),
    )
    first, second = study.trials
    assert first.params == {"C": 0.1, "kernel": "rbf", "gamma": "scale"}
    assert (second.value, dict(second.other_values)) == (0.2, {"accuracy": 0.95})
    assert (second.seed, second.fit_seconds) == (1, 2.5)


def test_row_without_a_score_failed(table: Path) -> None:
    (trial,) = _items(_importer(table))["wine"].studies[0].trials
    assert (trial.value, trial.status, trial.params["C"]) == (None, TrialStatus.FAILED, 100.0)


def test_space_is_shared_by_all_data_sets(table: Path) -> None:
    items = _items(_importer(table))
    first, second = items["iris"].studies[0], items["wine"].studies[0]
    assert first.search_space == second.search_space


def test_data_set_of_which_nothing_is_known_has_a_name_and_is_said(table: Path) -> None:
    items = _items(_importer(table))
    assert items["iris"].datasets[0].dataset_id == "name:iris"
    assert "2 data sets have no meta-features (iris, wine)" in " ".join(items["iris"].notes)
    assert items["wine"].notes[:1] != items["iris"].notes[:1]  # what is true of all is said once


def test_tables_of_the_data_sets_are_profiled(table: Path, tmp_path: Path) -> None:
    from autometa_store.importers.table_files import find_tables

    folder = tmp_path / "tables"
    folder.mkdir()
    frame = pd.DataFrame({"a": range(20), "label": ["x", "y"] * 10})
    frame.to_csv(folder / "iris.csv", index=False)
    names = DatasetNames(None, find_tables(folder), (), TaskType.CLASSIFICATION)
    items = _items(_importer(table, describe=names))
    assert items["iris"].datasets[0].n_rows == 20
    assert [numbers.pack for _, numbers in items["iris"].meta_features] == ["core", "openml"]
    assert items["wine"].meta_features == ()


def test_rows_without_a_data_set_are_about_the_one_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "grid.tsv"
    path.write_text("C\tscore\n1\t0.5\n100\t0.75\n", encoding="utf-8")
    (item,) = _items(_importer(path)).values()
    assert item.datasets == (IRIS.info,)
    assert item.studies[0].search_space.parameters == (IntRange("C", 1, 100, log=True),)
    with pytest.raises(InvalidDatasetError, match="the rows do not say what data set they are about"):
        _items(_importer(path, describe=DatasetNames(None, (), (), TaskType.CLASSIFICATION)))


def test_whole_configurations_stand_in_one_column(tmp_path: Path) -> None:
    path = tmp_path / "results.parquet"
    configs = ['{"C": 1.5, "depth": null}', "{'C': 2.5, 'depth': 3}", None]
    pd.DataFrame({"config": configs, "accuracy": [0.5, 0.75, 0.25]}).to_parquet(path)
    (item,) = _items(_importer(path)).values()
    params = [dict(trial.params) for trial in item.studies[0].trials]
    assert params == [{"C": 1.5, "depth": None}, {"C": 2.5, "depth": 3}, {}]


@pytest.mark.parametrize("cell", ["{'C': open('x')}", "{broken", "{1, 2}"])
def test_configuration_that_cannot_be_read_is_shown_and_never_run(tmp_path: Path, cell: str) -> None:
    frame = pd.DataFrame({"config": [cell], "accuracy": [0.5]})
    with pytest.raises(InvalidDatasetError, match=r"a configuration (cannot be read|is no object)"):
        observed_trials(frame, understand_columns(frame), "mine")


def test_json_of_columns_or_of_rows(tmp_path: Path) -> None:
    rows = [{"C": 1, "accuracy": 0.5}, {"C": 2, "accuracy": 0.75}]
    for name, content in (("rows.json", rows), ("columns.json", {"C": [1, 2], "accuracy": [0.5, 0.75]})):
        path = tmp_path / name
        path.write_text(json.dumps(content), encoding="utf-8")
        (item,) = _items(_importer(path)).values()
        assert [trial.value for trial in item.studies[0].trials] == [0.5, 0.75]
    path.write_text("3", encoding="utf-8")
    with pytest.raises(InvalidDatasetError, match="no table in this JSON"):
        read_results(path)


def test_whole_numbers_stay_whole_beside_empty_cells(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("depth,rate,accuracy\n3,0.5,0.5\n,0.25,0.75\n7,1,0.25\n", encoding="utf-8")
    (item,) = _items(_importer(path)).values()
    trials = item.studies[0].trials
    assert [trial.params.get("depth") for trial in trials] == [3, None, 7]
    assert isinstance(trials[0].params["depth"], int)
    assert "depth" not in trials[1].params


def test_corrected_score_is_another_cursor(table: Path) -> None:
    importer = _importer(table)
    corrected = replace(importer, frame=importer.frame.assign(log_loss=[0.1, 0.2, 0.3, 0.4]))
    first, second = _items(importer)["iris"], _items(corrected)["iris"]
    assert (first.source, first.cursor["trials"]) == (second.source, second.cursor["trials"])
    assert first.cursor != second.cursor


def test_direction_that_a_metric_cannot_have_is_refused(table: Path) -> None:
    with pytest.raises(InvalidDatasetError, match="log_loss is a score to minimize, not to maximize"):
        _items(_importer(table, scores=[parse_score("log_loss:maximize")]))


def test_table_without_a_score_asks_for_it(tmp_path: Path) -> None:
    frame = pd.DataFrame({"C": [1, 2], "speed": [3.0, 4.0]})
    with pytest.raises(InvalidDatasetError, match="nothing is called like a score; name one with --score"):
        understand_columns(frame)
    with pytest.raises(UnknownNameError, match="no column 'sped'; did you mean 'speed'"):
        understand_columns(frame, scores=[parse_score("sped:maximize")])


@pytest.mark.parametrize(
    ("text", "value"),
    [(" 7", 7), ("1_0", "1_0"), ("TRUE", True), ("null", None), ("1e5", 1e5), ("rbf", "rbf")],
)
def test_texts_become_what_they_spell(text: str, value: object) -> None:
    found = typed(text)
    assert found == value
    assert type(found) is type(value)


def test_seed_that_is_no_whole_number_of_a_seeds_size_is_left_out() -> None:
    frame = pd.DataFrame({"seed": [1.0, 0.5, 1e300, math.inf, math.nan], "accuracy": [0.5] * 5})
    trials = observed_trials(frame, understand_columns(frame), "mine")
    assert [trial.seed for trial in trials] == [1, None, None, None, None]
