"""scikit-learn's searches as studies: scores, signs, folds, and the search saved as JSON or CSV."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from autometa.dataset import TaskType
from autometa.readers import table_from_frame
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.base import ImportedStudies, Importer, nothing_stored
from autometa_store.importers.cv_results import cv_results_importer, studies_from_cv_results
from autometa_store.importers.dataset_names import DatasetNames
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.result_columns import understand_columns
from autometa_store.importers.result_table import TableImporter, read_results
from tests.contracts.importers import ImporterContract

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.normal(size=(60, 3)), columns=["a", "b", "c"])
LABELS = np.where(FRAME["a"] + 0.5 * RNG.normal(size=60) > 0, "yes", "no")
DATASET = table_from_frame(FRAME.assign(label=LABELS), name="answers").dataset
GRID = {"svc__C": [0.1, 1.0, 10.0], "svc__gamma": ["scale", 0.5]}


@pytest.fixture(scope="module")
def search() -> Any:
    pipeline = make_pipeline(StandardScaler(), SVC())
    return GridSearchCV(pipeline, GRID, scoring="balanced_accuracy", cv=3).fit(FRAME, LABELS)


class TestSearch(ImporterContract):
    @pytest.fixture
    def importer(self, search: Any) -> Importer:
        return cv_results_importer(search, DATASET, learner="svm")


def test_trials_are_what_the_search_says(search: Any) -> None:
    (study,) = studies_from_cv_results(search, DATASET)
    results = search.cv_results_
    assert study.dataset_id == DATASET.fingerprint()
    assert (study.search_space.name, study.metric) == ("SVC/classification", "balanced_accuracy")
    assert [dict(trial.params) for trial in study.trials] == results["params"]
    assert [trial.value for trial in study.trials] == results["mean_test_score"].tolist()
    assert [trial.fit_seconds for trial in study.trials] == results["mean_fit_time"].tolist()
    for trial in study.trials:
        assert np.mean(trial.fold_scores) == pytest.approx(trial.value)
        assert len(trial.fold_scores) == 3


def test_named_learner_has_the_catalogues_space(search: Any) -> None:
    (study,) = studies_from_cv_results(search, DATASET, learner="svm")
    assert study.search_space.name == "svm/classification"
    assert study.trials[1].params == {"C": 0.1, "gamma": 0.5, "class_weight": None}


def test_several_scores_keep_their_names_and_lose_their_minus() -> None:
    search = GridSearchCV(
        Ridge(), {"alpha": [0.1, 1.0, 100.0]}, scoring=["r2", "neg_root_mean_squared_error"], refit="r2", cv=3
    ).fit(FRAME, FRAME["a"] + FRAME["b"])
    about = DescribedDataset(DatasetInfo("sum", "sum", "sum", TaskType.REGRESSION, 60, 3), ())
    (study,) = studies_from_cv_results(search, about, learner="ridge")
    assert (study.metric, study.direction) == ("r2", "maximize")
    expected = -search.cv_results_["mean_test_neg_root_mean_squared_error"]
    assert [trial.other_values["rmse"] for trial in study.trials] == expected.tolist()


def test_score_without_a_name_is_what_the_estimator_scores() -> None:
    search = GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2).fit(FRAME, LABELS)
    assert studies_from_cv_results(search, DATASET)[0].metric == "accuracy"


def test_configuration_that_could_not_be_fitted_failed() -> None:
    search = GridSearchCV(SVC(), {"C": [-1.0, 1.0]}, scoring="roc_auc", cv=2, refit=False)
    with pytest.warns(match="fits failed|non-finite"):
        search.fit(FRAME, LABELS)
    (study,) = studies_from_cv_results(search, DATASET)
    assert [trial.value is None for trial in study.trials] == [True, False]


def test_two_searches_on_one_data_set_are_two_sources(search: Any) -> None:
    other = GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2).fit(FRAME, LABELS)
    sources = {studies_from_cv_results(one, DATASET)[0].source for one in (search, other, search)}
    assert len(sources) == 2


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_saved_search_says_the_same(search: Any, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"search.{ending}"
    frame = pd.DataFrame(search.cv_results_)
    if ending == "csv":
        frame.to_csv(path)
    else:
        path.write_text(json.dumps({name: frame[name].tolist() for name in frame}), encoding="utf-8")
    saved, _ = read_results(path)
    columns = understand_columns(saved, has_one_dataset=True)
    assert (columns.bundle, [score.column for score in columns.scores]) == ("params", ["mean_test_score"])
    about = DescribedDataset(DatasetInfo("x", "x", "x", TaskType.CLASSIFICATION, 60, 3, 2), ())
    names = DatasetNames(about, (), (), TaskType.CLASSIFICATION)
    importer = TableImporter(str(path), saved, columns, "SVC", names)
    (item,) = (one for one in importer.items(nothing_stored) if isinstance(one, ImportedStudies))
    (expected,) = studies_from_cv_results(search, DATASET)
    (found,) = item.studies
    assert found.search_space == expected.search_space
    assert [trial.params for trial in found.trials] == [trial.params for trial in expected.trials]
    for one, other in zip(found.trials, expected.trials, strict=True):
        assert one.fold_scores == pytest.approx(other.fold_scores)
