"""The importer of OpenML's runs over a server in memory: complete, once, incremental, and useful."""

from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from autometa.dataset import TaskType
from autometa.errors import ImporterError, UnknownNameError
from autometa.history import PriorStudy
from autometa.learners import learner
from autometa.metafeatures import extract
from autometa.optuna_spaces import from_optuna_params, suggest_configuration
from autometa.readers.arff_files import read_arff
from autometa.readers.frames import table_from_frame
from autometa.samplers import WarmStartSampler
from autometa_store.importers.base import ImportedStudies, LeftOut
from autometa_store.importers.openml import OpenMLImporter, OpenMLPage, OpenMLRequest
from autometa_store.importers.openml_datasets import place_of
from autometa_store.importers.openml_pages import PageCounts
from autometa_store.importers.openml_survey import SurveyedListing, survey_listings
from autometa_store.importers.saving import SavedItem, save_all, stored_cursors
from autometa_store.trial_store import TrialStore
from tests.importers.openml_fake import FakeServer, forest_run, made_arff

SPACE = "random_forest/classification"
OWN = "sklearn.ensemble.RandomForestClassifier/classification"
TASK = OpenMLRequest(tasks=(7,), with_data=False)


def _importer(server: FakeServer, store: TrialStore, request: OpenMLRequest = TASK) -> OpenMLImporter:
    return OpenMLImporter(server, request, studies_of=store.studies)


def _populate(server: FakeServer, store: TrialStore, request: OpenMLRequest = TASK) -> tuple[PageCounts, int]:
    """The counts of all pages, and the trials that were new to the store."""
    counts, n_new = PageCounts(), 0
    for outcome in save_all(store, _importer(server, store, request)):
        if isinstance(outcome, SavedItem) and isinstance(outcome.item, OpenMLPage):
            counts, n_new = counts + outcome.item.counts, n_new + outcome.n_new
    return counts, n_new


def _seeds(store: TrialStore) -> Counter[int | None]:
    studies = store.studies(SPACE) + store.studies(OWN)
    return Counter(trial.seed for study in studies for trial in study.trials)


@pytest.fixture
def store(tmp_path: Path) -> TrialStore:
    return TrialStore.open(tmp_path / "store.db")


def _random_runs(n: int) -> list[Any]:
    rng = np.random.default_rng(0)
    space = learner("random_forest").search_spaces[TaskType.CLASSIFICATION]
    runs = []
    for number in range(1, n + 1):
        params = space.draw(rng)
        value = 0.9 - 0.02 * float(np.log(int(str(params["min_samples_leaf"]))))  # small leaves are better
        runs.append(forest_run(number, value, **params))
    return runs


def test_every_run_is_stored_once_where_it_belongs(store: TrialStore) -> None:
    runs = [forest_run(1, 0.8), forest_run(2, 0.7, n_estimators=10), forest_run(3, None)]
    runs += [forest_run(4, 0.6, max_depth=9), forest_run(5, 0.9, max_features="sqrt", max_samples=0.5)]
    counts, n_new = _populate(FakeServer(runs), store)
    assert (counts.n_seen, counts.n_new, counts.n_known, n_new) == (5, 4, 0, 4)
    assert counts.skipped == {"no score": 1}
    assert counts.n_catalogue == 2
    assert counts.outside == {
        "random_forest: n_estimators is not the learner's": 1,
        "random_forest: max_depth is not the learner's": 1,
    }
    mapped, own = store.studies(SPACE), store.studies(OWN)
    assert [dict(trial.params) for study in mapped for trial in study.trials][1]["max_samples"] == 0.5
    assert [trial.value for study in own for trial in study.trials] == [0.7, 0.6]
    assert {study.metric for study in mapped + own} == {"predictive_accuracy"}
    assert mapped[0].versions == {"openml_flow": "16"}


def test_counts_of_every_page_add_up(store: TrialStore) -> None:
    runs = [forest_run(number, None if number % 7 == 0 else 0.5) for number in range(1, 40)]
    request = replace(TASK, since_run=5, since="2026-01-10")
    counts, _ = _populate(FakeServer(runs), store, request)
    assert counts.n_seen == 39
    assert counts.n_seen == counts.n_new + counts.n_known + sum(counts.skipped.values())
    assert counts.skipped["before --since"] >= 5
    assert counts.n_new == counts.n_catalogue + sum(counts.outside.values())


def test_second_run_asks_for_the_new_runs_only(store: TrialStore) -> None:
    server = FakeServer([forest_run(number) for number in range(1, 26)])
    _populate(server, store)
    server.asked.clear()
    assert _populate(server, store) == (PageCounts(), 0)
    assert server.asked == ["evaluations 7 None"]
    server.runs += [forest_run(number) for number in range(30, 33)]
    counts, n_new = _populate(server, store)
    assert (counts.n_seen, counts.n_new, n_new) == (3, 3, 3)
    assert set(_seeds(store).values()) == {1}


@pytest.mark.parametrize("what", ["openml:107", "openml:task/7"])
def test_what_was_forgotten_comes_back_when_it_is_asked_for_again(store: TrialStore, what: str) -> None:
    server = FakeServer([forest_run(number) for number in range(1, 26)])
    _populate(server, store)
    store.forget(what)
    assert _seeds(store) == Counter()
    counts, n_new = _populate(server, store)
    assert (counts.n_seen, counts.n_new, n_new) == (25, 25, 25)
    assert set(_seeds(store).values()) == {1}


@pytest.mark.parametrize("n_pages", range(5))
def test_a_run_that_fails_between_pages_goes_on_there(store: TrialStore, n_pages: int) -> None:
    runs = [forest_run(number, 0.5, max_depth=number % 3 or None) for number in range(1, 48)]
    broken = FakeServer(runs, fail_at=(n_pages, ImporterError("the server went away")))
    with pytest.raises(ImporterError, match="went away"):
        _populate(broken, store)
    assert len(_seeds(store)) == n_pages * 10
    counts, _ = _populate(FakeServer(runs), store)
    assert counts.n_new == 47 - n_pages * 10
    assert _seeds(store) == Counter(range(1, 48))


def test_a_server_that_lists_in_another_order_doubles_nothing(store: TrialStore) -> None:
    runs = [forest_run(number, 0.5, max_depth=number % 4) for number in range(1, 30)]
    _populate(FakeServer(runs), store)
    wider = [forest_run(40, 0.4, max_depth=900)]
    counts, n_new = _populate(FakeServer(wider + runs[::-1]), store)
    assert (counts.n_seen, counts.n_known, counts.n_new, n_new) == (30, 29, 1, 1)
    assert _seeds(store) == Counter([*range(1, 30), 40])


def test_runs_beyond_the_known_range_make_the_next_version_of_the_space(store: TrialStore) -> None:
    near = [forest_run(number, 0.5, max_depth=number % 4 + 1) for number in range(1, 11)]
    server = FakeServer([*near, forest_run(11, 0.4, max_depth=900)])
    _populate(server, store)
    assert {study.search_space.version for study in store.studies(OWN)} == {1, 2}
    seen = store.progress(f"openml:space/{OWN}")
    assert seen is not None
    assert dict(seen.cursor)["parameters"]["max_depth"] == [11, [1, 2, 3, 4, 900], []]  # type: ignore[index]


def test_limit_counts_over_runs_and_a_larger_one_goes_on(store: TrialStore) -> None:
    server = FakeServer([forest_run(number) for number in range(1, 40)])
    few = replace(TASK, flows=(16,), limit=15)
    assert _populate(server, store, few)[1] == 15
    assert _populate(server, store, few)[1] == 0
    counts, n_new = _populate(server, store, replace(few, limit=20))
    assert (counts.n_known, n_new) == (15, 5)
    assert _populate(server, store)[1] == 19
    assert set(_seeds(store).values()) == {1}


def test_limit_holds_for_each_flow_of_a_task(store: TrialStore) -> None:
    runs = [forest_run(number) for number in range(1, 30)]
    other = [replace(forest_run(number), flow_id=17) for number in range(30, 60)]
    counts, n_new = _populate(FakeServer(runs + other), store, replace(TASK, limit=4))
    assert n_new == 8
    assert counts.skipped == {"beyond --limit": 51}


def test_metrics_stay_apart_by_name(store: TrialStore) -> None:
    _populate(FakeServer([forest_run(1, 0.8), forest_run(2, 0.7, max_features=0.9)]), store)
    assert store.performance(TaskType.CLASSIFICATION, "balanced_accuracy").dataset_ids == ()
    assert store.performance(TaskType.CLASSIFICATION, "predictive_accuracy").scores.shape == (1, 2)


def test_an_unknown_metric_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'predictive_accuracy'"):
        OpenMLRequest(tasks=(1,), metric="predictive_acuracy")


def test_with_data_a_table_is_known_by_its_content(store: TrialStore) -> None:
    frame = read_arff(BytesIO(made_arff(107)), source="made").drop(columns="id")
    table = table_from_frame(frame, target="class", task_type=TaskType.CLASSIFICATION)
    _populate(FakeServer([forest_run(1)]), store, replace(TASK, with_data=True))
    [info] = store.datasets(TaskType.CLASSIFICATION)
    assert info.dataset_id == table.dataset.fingerprint()
    assert (info.n_rows, info.n_columns, info.n_classes, info.source) == (40, 3, 2, "openml")
    core = store.meta_features(TaskType.CLASSIFICATION)
    np.testing.assert_array_equal(core.values[0], extract(table.dataset).values)


def test_recorded_qualities_are_the_openml_pack_and_data_fills_their_gaps(store: TrialStore) -> None:
    server = FakeServer([forest_run(1)])
    _populate(server, store)
    bare = store.meta_features(TaskType.CLASSIFICATION, "openml")
    assert server.asked.count("download 107") == 0
    assert dict(zip(bare.names, bare.values[0], strict=True))["NumberOfFeatures"] == 5
    assert np.isfinite(bare.values).sum() == 3
    _populate(server, store, replace(TASK, with_data=True))
    full = store.meta_features(TaskType.CLASSIFICATION, "openml")
    assert full.dataset_ids == bare.dataset_ids == ("openml:107",)
    assert np.isfinite(full.values).sum() > 40
    assert store.meta_features(TaskType.CLASSIFICATION).dataset_ids == ("openml:107",)


def test_tasks_that_cannot_be_used_are_left_out_with_the_reason(store: TrialStore) -> None:
    server = FakeServer([forest_run(1)], task_types={5: 5, 7: 1})
    request = replace(TASK, tasks=(5, 6, 7))
    outcomes = list(save_all(store, _importer(server, store, request)))
    left_out = [one.reason for one in outcomes if isinstance(one, LeftOut)]
    assert left_out[0] == "task 5 is Clustering; give supervised classification or regression"
    assert "Unknown task" in left_out[1]
    assert store.counts()["trials"] == 1


@pytest.mark.parametrize("suite", [99, "OpenML-CC18"])
def test_a_suite_is_its_tasks_by_number_or_alias(store: TrialStore, suite: int | str) -> None:
    server = FakeServer([forest_run(1), forest_run(2, task_id=8)], task_types={7: 1, 8: 1})
    assert _populate(server, store, OpenMLRequest(suites=(suite,), with_data=False))[1] == 2


@pytest.mark.parametrize("suite", [353, "OpenML-CTR23"])
def test_a_suite_of_regressions_is_scored_by_their_error(store: TrialStore, suite: int | str) -> None:
    error = replace(forest_run(1, 2.5), metric="root_mean_squared_error")
    server = FakeServer([error], task_types={7: 2})
    assert _populate(server, store, OpenMLRequest(suites=(suite,), with_data=False))[1] == 1
    table = store.performance(TaskType.REGRESSION, "root_mean_squared_error")
    assert (table.direction, table.scores.tolist()) == ("minimize", [[2.5]])


def test_data_sets_stand_for_their_tasks_and_flows_have_names(store: TrialStore) -> None:
    server = FakeServer([forest_run(1), replace(forest_run(2), flow_id=99)])
    request = OpenMLRequest(datasets=(107,), flows=("RandomForestClassifier",), with_data=False)
    assert _populate(server, store, request)[1] == 1
    with pytest.raises(UnknownNameError, match="OpenML has no flow 'Forests'"):
        _populate(server, store, replace(request, flows=("Forests",)))


def test_numbers_of_two_servers_never_mean_the_same() -> None:
    assert place_of("https://www.openml.org/api/v1/xml").task(3) == "openml:task/3"
    assert place_of("http://127.0.0.1:8081").task(3) == "openml@127.0.0.1:8081:task/3"


def test_a_survey_counts_and_stores_nothing(store: TrialStore) -> None:
    server = FakeServer([forest_run(number) for number in range(1, 13)])
    survey = list(survey_listings(_importer(server, store), stored_cursors(store)))
    assert survey == [SurveyedListing(7, None, "predictive_accuracy", 12, True, 0)]
    assert store.counts()["datasets"] == 0
    _populate(server, store)
    [again] = survey_listings(_importer(server, store), stored_cursors(store))
    assert isinstance(again, SurveyedListing)
    assert again.n_taken == 12


def test_a_page_is_plain_data_whose_studies_are_all_of_its_source() -> None:
    items = list(OpenMLImporter(FakeServer([forest_run(1)]), TASK).items(lambda source: None))
    assert [type(item).__name__ for item in items] == ["ImportedStudies", "ImportedStudies", "OpenMLPage"]
    page = items[-1]
    assert isinstance(page, ImportedStudies)
    assert [study.source for study in page.studies] == ["openml:task/7"]


def _first_proposals(source: TrialStore, n: int) -> list[Any]:
    space = learner("random_forest").search_spaces[TaskType.CLASSIFICATION]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = WarmStartSampler(source, search_space=SPACE, metric="predictive_accuracy", seed=0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    found = []
    for _ in range(n):
        trial = study.ask()
        suggest_configuration(trial, space)
        found.append(from_optuna_params(trial.params, space))
        study.tell(trial, 0.5)
    return found


def test_openmls_runs_change_what_the_sampler_proposes_for_our_forest(store: TrialStore) -> None:
    runs = _random_runs(40)
    cold = _first_proposals(store, 1)[0]
    counts, _ = _populate(FakeServer(runs), store)
    warm = _first_proposals(store, 1)[0]
    best = max((trial for study in store.studies(SPACE) for trial in study.trials), key=_value)
    assert counts.n_catalogue == 40
    assert cold != warm
    assert warm == best.params


def _value(trial: Any) -> float:
    return float(trial.value)


def test_a_study_of_openml_is_read_back_as_it_came(store: TrialStore) -> None:
    server = FakeServer(_random_runs(25))
    items = list(OpenMLImporter(server, TASK).items(lambda source: None))
    _populate(server, store)
    came = [
        trial for item in items if isinstance(item, OpenMLPage) for s in item.studies for trial in s.trials
    ]
    stored: list[PriorStudy] = store.studies(SPACE)
    assert [trial for study in stored for trial in study.trials] == came
