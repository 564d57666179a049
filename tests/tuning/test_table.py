"""Searching on a table: where it begins, what it records, and how it ends."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score

from autometa.dataset import TaskType
from autometa.errors import TuningError, UnknownNameError
from autometa.evaluation.job import Attempt
from autometa.history import PriorTrial, TrialStatus
from autometa.learners import learner
from autometa.learners.pipeline import build_pipeline
from autometa.metafeatures import extract
from autometa.readers import Table, table_from_frame
from autometa.tuning import tried_configurations, tune_table
from autometa.tuning.folds import FitFailedError, FoldResult, FoldServers
from autometa.tuning.joint_space import join, split
from autometa.tuning.knowledge import consult
from autometa.tuning.setup import Setup, usual_learners
from autometa.warmstart import MergedSource, Recommender
from autometa.warmstart.in_memory import InMemoryTrialSource
from autometa_store.trial_store import TrialStore
from tests.tuning.conftest import flower_frame

QUICK = ("k_nearest_neighbors", "logistic_regression")


@pytest.mark.slow
def test_probes_come_before_the_first_trial_and_are_said(
    flowers: Table, experience: InMemoryTrialSource
) -> None:
    tuned = tune_table(flowers, experience=experience, learner_names=QUICK, probe_seconds=30, n_trials=1)
    assert any(note.startswith("probed on ") and "k_nearest_neighbors" in note for note in tuned.notes)
    [first] = tried_configurations(tuned.study)
    assert first.origin == "recommended"


@pytest.mark.slow
def test_a_search_begins_with_what_suggest_says_and_ends_with_what_is_best(
    flowers: Table, experience: InMemoryTrialSource, tmp_path: Path
) -> None:
    advice = Recommender(experience).recommend(flowers.dataset, n=3, learners=QUICK)
    with TrialStore.open(tmp_path / "store.db") as store:
        tuned = tune_table(flowers, experience=experience, archive=store, learner_names=QUICK, n_trials=9)
        tried = tried_configurations(tuned.study)
        assert [one.origin for one in tried[:3]] == ["recommended"] * 3
        assert [(one.learner, one.params) for one in tried[:3]] == [
            (one.learner, one.params) for one in advice.recommendations
        ]
        assert "transfer" in {one.origin for one in tried[3:]}
        assert "recommended" not in {one.origin for one in tried[3:]}
        best = max((one for one in tried if one.score is not None), key=lambda one: one.score or 0.0)
        assert (tuned.learner, tuned.params, tuned.score) == (best.learner, best.params, best.score)
        assert tuned.n_recorded == len(tried) == 9
        recorded = [
            (trial.params, trial.status, len(trial.fold_scores))
            for name in QUICK
            for study in store.studies(f"{name}/classification")
            for trial in study.trials
        ]
        assert len(recorded) == 9
        for one in tried:
            assert (one.params, TrialStatus(one.status), one.n_folds) in recorded


@pytest.mark.slow
def test_scores_are_those_of_plain_cross_validation(flowers: Table) -> None:
    tuned = tune_table(flowers, learner_names=["k_nearest_neighbors"], n_trials=2)
    expected = cross_val_score(
        build_pipeline(learner(tuned.learner), tuned.params, flowers.dataset),
        flowers.frame,
        flowers.labels,
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        scoring="balanced_accuracy",
    )
    assert tuned.fold_scores == pytest.approx(expected)
    assert tuned.score == pytest.approx(expected.mean())


@pytest.mark.slow
def test_the_same_search_again_adds_nothing_and_goes_on_where_it_ended(houses: Table, tmp_path: Path) -> None:
    with TrialStore.open(tmp_path / "store.db") as store:
        options = {"archive": store, "learner_names": ["ridge"], "storage": str(tmp_path / "study.db")}
        first = tune_table(houses, n_trials=2, **options)
        again = tune_table(houses, n_trials=4, **options)
        assert (first.n_recorded, again.n_recorded) == (2, 2)
        assert len(again.study.trials) == 4
        done = tune_table(houses, n_trials=4, **options)
        assert done.n_recorded == 0
        assert done.score == again.score
        assert store.counts()["trials"] == 4


@pytest.mark.slow
def test_a_recorded_search_makes_the_next_one_begin_at_its_best(flowers: Table, tmp_path: Path) -> None:
    with TrialStore.open(tmp_path / "store.db") as store:
        first = tune_table(flowers, archive=store, learner_names=["k_nearest_neighbors"], n_trials=6)
        second = tune_table(
            flowers,
            experience=MergedSource([store]),
            learner_names=["k_nearest_neighbors"],
            n_trials=1,
        )
    assert second.score == first.score
    assert dict(second.params) == dict(first.params)


def test_without_experience_of_the_learner_the_search_is_cold_and_says_so(
    flowers: Table, experience: InMemoryTrialSource
) -> None:
    tuned = tune_table(flowers, experience=experience, learner_names=["svm"], n_trials=1)
    assert tuned.notes[0].startswith("nothing to begin with, so the search is cold: no classification")
    assert [one.origin for one in tried_configurations(tuned.study)] == ["base"]


@pytest.mark.slow
def test_the_timeout_waits_for_one_score_and_no_longer(houses: Table) -> None:
    tuned = tune_table(houses, learner_names=["ridge"], n_trials=10**6, timeout=0.1)
    assert 1 <= len([one for one in tried_configurations(tuned.study) if one.score is not None]) < 100


def test_when_no_trial_succeeds_the_last_reason_is_told(
    flowers: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: FoldServers, _attempt: Attempt) -> Iterator[FoldResult]:
        raise FitFailedError(TrialStatus.FAILED, "the moon\n is full")
        yield

    monkeypatch.setattr(FoldServers, "folds", fail)
    with pytest.raises(TuningError, match=r"none of 2 trials has a score \(the last one: the moon is full\)"):
        tune_table(flowers, learner_names=["random_forest"], n_trials=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learner_names": ["ridge"]}, "ridge does not do classification; these do: .*random_forest"),
        ({"learner_names": ["random_forrest"]}, "did you mean 'random_forest'"),
        ({"metric": "auc"}, "roc_auc"),
    ],
)
def test_mistakes_are_told_before_anything_is_fitted(
    flowers: Table, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UnknownNameError, match=message):
        tune_table(flowers, **options)  # type: ignore[arg-type]


def test_a_study_in_a_storage_is_named_by_what_would_make_its_scores_differ(flowers: Table) -> None:
    def name(**options: object) -> str:
        usual = {"metric": None, "learner_names": QUICK, "experience": None, "seed": 0}
        return Setup.of(flowers, **{**usual, **options}).study_name  # type: ignore[arg-type]

    others = [{"metric": "log_loss"}, {"learner_names": QUICK[:1]}, {"seed": 1}]
    assert name() == name(metric="balanced_accuracy")
    assert len({name(), *(name(**other) for other in others)}) == 4


def test_the_usual_learners_are_the_base_and_what_was_tried(experience: InMemoryTrialSource) -> None:
    base = usual_learners(TaskType.CLASSIFICATION, "balanced_accuracy", None)
    assert "lightgbm" not in {one.name for one in base}
    assert usual_learners(TaskType.CLASSIFICATION, "balanced_accuracy", experience) == base


def test_the_best_of_an_earlier_search_on_a_near_table_comes_first(experience: InMemoryTrialSource) -> None:
    table = table_from_frame(flower_frame(seed=10), target="kind")
    near = experience.studies("k_nearest_neighbors/classification")[0]
    assert near.dataset_id == table.dataset.fingerprint()
    odd = {"n_neighbors": 17, "weights": "distance", "p": 1}
    worse = {**odd, "p": 2}
    searched = replace(near, source="tune", trials=(PriorTrial(worse, 0.5), PriorTrial(odd, 0.99)))
    task_type = TaskType.CLASSIFICATION
    told = InMemoryTrialSource(
        [*experience.studies(), searched],
        experience.meta_features(task_type),
        datasets=experience.datasets(task_type),
    )
    setup = Setup.of(table, metric=None, learner_names=QUICK, experience=told, seed=0)
    knowledge = consult(told, setup, meta_features=extract(table.dataset), similarity=None)
    assert split(knowledge.first[0]) == ("k_nearest_neighbors", odd)
    assert join("k_nearest_neighbors", worse) not in knowledge.first
