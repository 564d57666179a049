"""What every TrialStore does, whatever database is behind it; a member gives the fixture `url`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.errors import (
    DuplicateStudyError,
    IncompatibleMetaFeaturesError,
    SearchSpaceMismatchError,
    StoreError,
    UnknownNameError,
)
from autometa.history import PriorTrial, TrialStatus
from autometa.metafeatures.base import MetaFeatures
from autometa.search_space import FloatRange, SearchSpace
from autometa_store import codecs
from autometa_store.chunks import CHUNK_SIZE
from autometa_store.contents import read_contents
from autometa_store.import_progress import ImportProgress
from autometa_store.trial_store import TrialStore
from tests.store.samples import BEST, FAILED, SECOND, SPACE, dataset, study, svm_trials

CLASSIFICATION = TaskType.CLASSIFICATION


class TrialStoreContract:
    @pytest.fixture
    def store(self, url: str) -> Iterator[TrialStore]:
        with TrialStore.open(url) as opened:
            for name in ("iris", "wine"):
                opened.add_dataset(dataset(name))
            yield opened

    def test_a_study_comes_back_as_it_was(self, store):
        store.add_study(study())
        assert store.studies(SPACE.name) == [study()]

    def test_adding_a_study_again_adds_nothing(self, store):
        n_new = [store.add_study(study()) for _ in range(3)]
        assert n_new == [3, 0, 0]
        assert store.counts()["trials"] == 3

    def test_adding_a_longer_study_adds_what_is_new_in_order(self, store):
        store.add_study(study(trials=(BEST,)))
        assert store.add_study(study(trials=(BEST, SECOND, FAILED))) == 2
        assert store.studies(SPACE.name) == [study()]

    def test_repeats_with_one_seed_are_different_trials(self, store):
        repeated = study(trials=(BEST, replace(BEST, value=0.25), replace(BEST, seed=None)))
        assert [store.add_study(repeated), store.add_study(repeated)] == [3, 0]
        assert store.studies(SPACE.name) == [repeated]

    def test_what_is_stored_of_a_trial_stays(self, store):
        store.add_study(study(trials=(BEST,)))
        assert store.add_study(study(trials=(replace(BEST, value=0.1),))) == 0
        assert store.studies(SPACE.name)[0].trials == (BEST,)

    def test_a_configuration_is_stored_once(self, store):
        for name in ("iris", "wine"):
            store.add_study(study(name))
        assert (store.counts()["configurations"], store.counts()["trials"]) == (3, 6)

    def test_configurations_under_one_digest_are_told_apart(self, store, monkeypatch):
        monkeypatch.setattr(codecs, "CONFIG_DIGEST_SIZE", 1)
        many = study(trials=svm_trials(200))
        assert [store.add_study(many), store.add_study(many)] == [200, 0]
        assert store.studies(SPACE.name) == [many]

    def test_a_study_of_more_trials_than_a_statement_takes_keeps_their_order(self, store):
        many = study(trials=svm_trials(CHUNK_SIZE + 2)[::-1])
        assert store.add_study(many) == CHUNK_SIZE + 2
        assert store.studies(SPACE.name) == [many]

    def test_studies_of_other_data_sets_are_left_out(self, store):
        for name in ("iris", "wine"):
            store.add_study(study(name))
        assert [found.dataset_id for found in store.studies(SPACE.name, ["wine", "unknown"])] == ["wine"]

    def test_add_study_wants_the_data_set_first(self, store):
        with pytest.raises(StoreError, match="data set 'moons' is not stored; call add_dataset first"):
            store.add_study(study("moons"))

    def test_add_study_refuses_the_other_direction(self, store):
        store.add_study(study())
        with pytest.raises(
            DuplicateStudyError, match="stored as one to maximize, this study wants to minimize"
        ):
            store.add_study(replace(study("wine"), direction="minimize"))

    def test_a_study_that_fails_leaves_nothing(self, store):
        wrong = PriorTrial({"size": 1}, 0.5)
        with pytest.raises(SearchSpaceMismatchError, match="no parameter 'size'"):
            store.add_study(study(trials=(BEST, wrong)))
        assert store.counts()["studies"] == 0

    def test_a_transaction_is_all_or_nothing(self, store):
        def write_and_stop():
            with store.transaction():
                store.add_study(study())
                store.add_progress(ImportProgress("openml", {"offset": 3}))
                raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            write_and_stop()
        assert store.counts()["trials"] == 0
        assert store.progress("openml") is None

    def test_an_error_caught_inside_a_transaction_undoes_only_its_own_add(self, store):
        with store.transaction():
            store.add_study(study())
            with pytest.raises(SearchSpaceMismatchError):
                store.add_study(study("wine", (BEST, PriorTrial({"size": 1}, 0.5))))
        assert [found.dataset_id for found in store.studies(SPACE.name)] == ["iris"]

    def test_a_transaction_sees_what_it_added(self, store):
        with store.transaction():
            store.add_study(study())
            assert store.counts()["trials"] == 3

    def test_threads_may_share_a_store(self, store):
        def add(number):
            return store.add_study(study("iris", svm_trials(5, first=5 * number)))

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(add, range(8))) == [5] * 8
        assert store.counts()["trials"] == 40

    def test_progress_comes_back(self, store):
        for state in ("running", "done"):
            store.add_progress(ImportProgress("openml", {"offset": 3}, state))
        assert store.progress("openml") == ImportProgress("openml", {"offset": 3}, "done")

    def test_datasets_are_those_with_a_study_of_the_task(self, store):
        store.add_dataset(dataset("wind", TaskType.REGRESSION))
        store.add_study(study())
        assert store.datasets(CLASSIFICATION) == [dataset("iris")]
        assert store.datasets(TaskType.REGRESSION) == []

    def test_add_dataset_fills_in_what_was_unknown(self, store):
        store.add_dataset(replace(dataset("moons"), n_rows=0, family=""))
        store.add_dataset(replace(dataset("moons"), name="another name"))
        store.add_study(study("moons"))
        assert store.datasets(CLASSIFICATION) == [dataset("moons")]

    def test_add_dataset_refuses_another_task(self, store):
        with pytest.raises(StoreError, match="stored as classification, not regression"):
            store.add_dataset(dataset("iris", TaskType.REGRESSION))

    def test_meta_features_come_back_in_their_newest_version(self, store):
        store.add_study(study("wine"))
        store.add_study(study("iris"))
        for version, name in [(1, "iris"), (2, "wine"), (2, "iris")]:
            values = np.array([version, np.nan])
            store.add_meta_features(name, MetaFeatures("core", version, ("a", "b"), values))
        table = store.meta_features(CLASSIFICATION)
        assert (table.version, table.dataset_ids, table.names) == (2, ("iris", "wine"), ("a", "b"))
        np.testing.assert_array_equal(table.values, [[2, np.nan], [2, np.nan]])

    def test_meta_features_of_a_data_set_are_replaced(self, store):
        store.add_study(study())
        for value in (1.0, 2.0):
            store.add_meta_features("iris", MetaFeatures("core", 1, ("a",), np.array([value])))
        np.testing.assert_array_equal(store.meta_features(CLASSIFICATION).values, [[2.0]])

    def test_meta_features_of_one_version_have_one_list_of_names(self, store):
        store.add_meta_features("iris", MetaFeatures("core", 1, ("a",), np.array([1.0])))
        with pytest.raises(IncompatibleMetaFeaturesError, match="core v1 is stored with other names"):
            store.add_meta_features("wine", MetaFeatures("core", 1, ("b",), np.array([1.0])))

    def test_meta_features_without_any_is_a_table_without_rows(self, store):
        assert store.meta_features(CLASSIFICATION, "askl").dataset_ids == ()

    def test_performance_in_a_studys_own_metric(self, store):
        store.add_study(study())
        store.add_study(study("wine", (BEST,)))
        table = store.performance(CLASSIFICATION, "balanced_accuracy")
        assert (table.dataset_ids, table.direction) == (("iris", "wine"), "maximize")
        assert [(c.learner, c.params) for c in table.candidates] == [
            ("svm", trial.params) for trial in (BEST, SECOND, FAILED)
        ]
        np.testing.assert_array_equal(table.scores, [[0.75, 0.5, np.nan], [0.75, np.nan, np.nan]])
        np.testing.assert_array_equal(table.failed, [[False, False, True], [False, False, False]])
        np.testing.assert_array_equal(table.fit_seconds[:, 0], [0.25, 0.25])
        np.testing.assert_array_equal(table.fit_rows, [120, 120])

    def test_performance_in_a_metric_beside_it(self, store):
        store.add_study(study())
        table = store.performance(CLASSIFICATION, "log_loss")
        assert table.direction == "minimize"
        np.testing.assert_array_equal(table.scores, [[0.4, 0.2, np.nan]])
        np.testing.assert_array_equal(table.failed, [[False, False, True]])

    def test_performance_joins_own_and_further_metrics(self, store):
        store.add_study(study())
        store.add_study(study("wine", (replace(BEST, value=0.6, other_values={}),), metric="roc_auc"))
        np.testing.assert_array_equal(
            store.performance(CLASSIFICATION, "roc_auc").scores,
            [[0.9, np.nan, np.nan], [0.6, np.nan, np.nan]],
        )

    def test_performance_of_metrics_that_came_later(self, store):
        store.add_study(study(trials=(SECOND,)))
        later = replace(BEST, other_values={"roc_auc": 0.9, "log_loss": 0.4})
        store.add_study(study(trials=(SECOND, later)))
        np.testing.assert_array_equal(store.performance(CLASSIFICATION, "roc_auc").scores, [[np.nan, 0.9]])
        np.testing.assert_array_equal(store.performance(CLASSIFICATION, "log_loss").scores, [[0.2, 0.4]])

    def test_performance_averages_repeats_and_forgives_one_failure(self, store):
        failed_once = replace(FAILED, params=BEST.params, seed=3)
        store.add_study(study(trials=(BEST, replace(BEST, seed=8, value=0.25), failed_once)))
        table = store.performance(CLASSIFICATION, "balanced_accuracy")
        np.testing.assert_array_equal(table.scores, [[0.5]])
        assert not table.failed.any()

    def test_performance_knows_nothing_of_trials_that_were_ended_early(self, store):
        store.add_study(study(trials=(BEST, replace(FAILED, status=TrialStatus.PRUNED))))
        table = store.performance(CLASSIFICATION, "balanced_accuracy")
        np.testing.assert_array_equal(table.scores, [[0.75]])
        assert not table.failed.any()

    def test_performance_of_an_empty_store_has_no_rows(self, store):
        assert store.performance(CLASSIFICATION, "roc_auc").scores.shape == (0, 0)

    def test_performance_names_an_unknown_metric(self, store):
        with pytest.raises(UnknownNameError, match="'acuracy'"):
            store.performance(CLASSIFICATION, "acuracy")

    def test_best_gives_the_best_of_each_data_set(self, store):
        store.add_study(study("iris", svm_trials(50)))
        store.add_study(study("wine", (BEST, SECOND, FAILED)))
        best = store.best(SPACE.name, "balanced_accuracy", ["wine", "iris", "unknown"], n=2)
        assert {name: [found.value for found in list_] for name, list_ in best.items()} == {
            "wine": [0.75, 0.5],
            "iris": [0.049, 0.048],
            "unknown": [],
        }
        assert best["wine"][0].params == BEST.params

    def test_best_looks_behind_repeats_of_a_configuration(self, store):
        repeats = tuple(replace(BEST, seed=seed) for seed in range(30))
        store.add_study(study(trials=(*repeats, SECOND)))
        best = store.best(SPACE.name, "balanced_accuracy", ["iris"], n=2)
        assert [found.value for found in best["iris"]] == [0.75, 0.5]

    def test_best_in_a_metric_beside_it_goes_the_metrics_own_way(self, store):
        store.add_study(study())
        best = store.best(SPACE.name, "log_loss", ["iris"], n=1)
        assert best["iris"][0].params == SECOND.params

    def test_best_joins_versions_of_a_space_and_sources(self, store):
        newer = SearchSpace(SPACE.name, 2, (FloatRange("C", 0.0, 1.0),))
        store.add_study(study())
        store.add_study(study(trials=(PriorTrial({"C": 0.5}, 0.9),), search_space=newer, source="other"))
        best = store.best(SPACE.name, "balanced_accuracy", ["iris"], n=2)
        assert [found.value for found in best["iris"]] == [0.9, 0.75]

    def test_arrays_come_back_from_an_artifact(self, store):
        arrays = {"weights": np.eye(3), "names": np.array(["a", "bc"])}
        digests = {store.add_artifact("model", arrays) for _ in range(2)}
        assert len(digests) == 1
        for name, array in store.artifact("model").items():
            np.testing.assert_array_equal(array, arrays[name])
        assert store.artifact_names() == ["model"]

    def test_an_artifact_without_its_name_is_an_error(self, store):
        with pytest.raises(StoreError, match="no artifact 'model'"):
            store.artifact("model")

    def test_a_reader_sees_and_cannot_write(self, store, url):
        store.add_study(study())
        with TrialStore.open(url, mode="read") as reader:
            assert reader.studies(SPACE.name) == [study()]
            with pytest.raises(StoreError, match="open for reading only"):
                reader.add_study(study())

    def test_an_export_makes_an_equal_store(self, store, tmp_path):
        store.add_study(study())
        store.add_meta_features("iris", MetaFeatures("core", 1, ("a", "b"), np.array([1 / 3, np.nan])))
        store.add_progress(ImportProgress("openml", {"offset": 3}))
        store.add_artifact("model", {"weights": np.eye(2)})
        store.export(tmp_path / "first.jsonl")
        with TrialStore.open(tmp_path / "copy.db") as copy:
            assert [copy.take_over(tmp_path / "first.jsonl") for _ in range(2)] == [3, 0]
            copy.export(tmp_path / "second.jsonl")
            assert copy.counts() == store.counts()
            assert copy.studies(SPACE.name) == [study()]
        assert (tmp_path / "second.jsonl").read_bytes() == (tmp_path / "first.jsonl").read_bytes()

    def test_a_sound_store_has_no_damage(self, store):
        store.add_study(study())
        assert store.find_damage() == []

    def test_an_export_is_of_one_moment(self, store, url):
        with store._reading() as connection:
            contents = read_contents(connection)
            assert next(contents) == dataset("iris")
            with TrialStore.open(url) as writer:
                writer.add_study(study())
                writer.add_progress(ImportProgress("openml", {"offset": 3}))
            assert list(contents) == [dataset("wine")]
        assert store.counts()["trials"] == 3

    def test_what_is_stored_stays_when_an_export_comes(self, store, tmp_path):
        store.add_progress(ImportProgress("openml", {"offset": 3}))
        store.add_artifact("model", {"weights": np.eye(2)})
        store.export(tmp_path / "old.jsonl")
        store.add_progress(ImportProgress("openml", {"offset": 9}, "done"))
        store.add_artifact("model", {"weights": np.eye(3)})
        store.take_over(tmp_path / "old.jsonl")
        assert store.progress("openml") == ImportProgress("openml", {"offset": 9}, "done")
        assert store.artifact("model")["weights"].shape == (3, 3)

    def test_merging_recognises_what_is_the_same(self, store, tmp_path):
        store.add_study(study(trials=(BEST, SECOND)))
        with TrialStore.open(tmp_path / "other.db") as other:
            other.add_dataset(dataset("iris"))
            other.add_dataset(dataset("moons"))
            other.add_study(study("iris", (SECOND, FAILED)))
            other.add_study(study("moons", (BEST,)))
            other.add_meta_features("iris", MetaFeatures("core", 1, ("a",), np.array([1.0])))
            other.add_progress(ImportProgress("openml", {"offset": 3}))
            first, again = store.merge(other), store.merge(other)
        assert {name: (count.n_seen, count.n_new, count.n_known) for name, count in first.items()} == {
            "datasets": (2, 1, 1),
            "meta_features": (1, 1, 0),
            "search_spaces": (1, 0, 1),
            "studies": (2, 1, 1),
            "configurations": (3, 1, 2),
            "trials": (3, 2, 1),
            "sources": (2, 1, 1),
            "artifacts": (0, 0, 0),
        }
        assert [count.n_new for count in again.values()] == [0] * 8
        assert [found.trials for found in store.studies(SPACE.name)] == [(BEST, SECOND, FAILED), (BEST,)]
        assert store.progress("openml") == ImportProgress("openml", {"offset": 3})

    def test_merging_both_ways_gives_equal_stores(self, store, tmp_path):
        store.add_study(study("iris", svm_trials(4)))
        with TrialStore.open(tmp_path / "other.db") as other:
            other.add_dataset(dataset("wine"))
            other.add_study(study("wine", svm_trials(4, first=2)))
            store.merge(other), other.merge(store)
            assert store.counts() == other.counts()
            by_name = [
                sorted(s.studies(SPACE.name), key=lambda study: study.dataset_id) for s in (store, other)
            ]
        assert by_name[0] == by_name[1]

    def test_stores_that_contradict_each_other_are_not_merged(self, store, tmp_path):
        with TrialStore.open(tmp_path / "other.db") as other:
            other.add_dataset(dataset("moons"))
            other.add_dataset(dataset("iris", TaskType.REGRESSION))
            with pytest.raises(StoreError, match="'iris' is stored as classification, not regression"):
                store.merge(other)
        assert store.counts()["datasets"] == 2

    def test_a_forgotten_data_set_leaves_nothing(self, store, tmp_path):
        store.add_study(study("iris", svm_trials(3)))
        store.add_meta_features("iris", MetaFeatures("core", 1, ("a",), np.array([1.0])))
        store.export(tmp_path / "before.jsonl")
        newer = SearchSpace(SPACE.name, 2, (FloatRange("C", 0.0, 1.0),))
        store.add_study(study("wine", svm_trials(4)))
        store.add_study(study("wine", (PriorTrial({"C": 0.5}, 0.9),), search_space=newer, source="only wine"))
        store.add_meta_features("wine", MetaFeatures("askl", 1, ("b",), np.array([2.0])))
        store.add_artifact("surface/1/ab", {"support": np.eye(2)})
        before = store.counts()
        forgotten = store.forget("wine")
        after = store.counts()
        assert (forgotten.kind, forgotten.name, forgotten.artifacts) == ("dataset", "wine", ("surface/1/ab",))
        assert forgotten.counts == {name: before[name] - after[name] for name in forgotten.counts}
        assert forgotten.counts["trials"] == 5
        store.add_dataset(dataset("wine"))  # it was there, without anything, before the export
        store.export(tmp_path / "after.jsonl")
        assert (tmp_path / "after.jsonl").read_text() == (tmp_path / "before.jsonl").read_text()
        assert store.find_damage() == []

    def test_a_forgotten_source_takes_the_data_sets_that_only_it_had(self, store):
        store.add_study(study("iris", svm_trials(3), source="openml"))
        store.add_study(study("wine", svm_trials(3), source="openml"))
        store.add_study(study("wine", svm_trials(1), source="local"))
        store.add_progress(ImportProgress("openml", {"offset": 3}))
        forgotten = store.forget("openml")
        assert forgotten.counts == {
            "datasets": 1,
            "meta_features": 0,
            "search_spaces": 0,
            "studies": 2,
            "configurations": 2,
            "trials": 6,
            "sources": 1,
            "artifacts": 0,
        }
        assert store.progress("openml") is None
        assert [found.source for found in store.studies(SPACE.name)] == ["local"]

    def test_a_forgotten_data_set_is_read_again_by_the_next_import(self, store):
        store.add_study(study("iris", svm_trials(3), source="task/1"))
        store.add_study(study("wine", svm_trials(3), source="task/2"))
        for source in ("task/1", "task/2"):
            store.add_progress(ImportProgress(source, {"offset": 3}, "done"))
        store.forget("wine")
        assert store.progress("task/2") is None
        assert store.progress("task/1") == ImportProgress("task/1", {"offset": 3}, "done")

    def test_forgetting_can_be_tried(self, store):
        store.add_study(study("wine", svm_trials(4)))
        store.add_artifact("model", {"weights": np.eye(2)})
        before = store.counts()
        tried = store.forget("wine", dry_run=True)
        assert (store.counts(), store.artifact_names()) == (before, ["model"])
        assert store.forget("wine") == tried

    def test_forgetting_goes_by_name_when_there_is_one(self, store):
        assert store.forget("Iris").name == "iris"

    def test_forgetting_wants_a_known_and_single_name(self, store):
        store.add_dataset(replace(dataset("moons"), name="Iris"))
        store.add_progress(ImportProgress("wine"))
        with pytest.raises(UnknownNameError, match="no data set or source 'whine'; did you mean 'wine'"):
            store.forget("whine")
        with pytest.raises(UnknownNameError, match="may be dataset 'iris', dataset 'moons'; give the id"):
            store.forget("Iris")
        with pytest.raises(UnknownNameError, match="'wine' may be dataset 'wine', source 'wine'"):
            store.forget("wine")
        assert store.forget("wine", kind="source").counts["sources"] == 1
