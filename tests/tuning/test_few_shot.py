"""tune_few_shot: trials by episodes, recorded as a task distribution's, each search warmer than the last."""

from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest

from autometa.dataset import TaskType
from autometa.errors import TuningError, UnknownNameError
from autometa.fewshot.configuration_trial import Budget
from autometa.fewshot.task_distribution import SinusoidParts, TaskDistribution
from autometa.fewshot.task_features import FEATURES
from autometa.tuning.few_shot import few_shot_task, score_on_test_classes, tune_few_shot
from autometa.tuning.few_shot_trials import tried_parameters
from autometa_store.trial_store import TrialStore
from tests.fewshot.test_task_distribution import assay_parts
from tests.fewshot.test_task_features import SPREAD, distribution

BUDGET = Budget(n_examples=300, n_validation=10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TrialStore]:
    with TrialStore.open(tmp_path / "history.db") as opened:
        yield opened


def test_a_search_is_recorded_with_the_meta_features_of_its_episodes(store: TrialStore) -> None:
    tasks = distribution()
    tuned = tune_few_shot(tasks, "prototypical", archive=store, budget=BUDGET, n_trials=3)
    (kept,) = store.studies("fewshot/prototypical")
    assert (kept.dataset_id, kept.metric) == (tasks.fingerprint(), "episode_accuracy")
    assert [dict(trial.params) for trial in kept.trials] == [trial.params for trial in tuned.study.trials]
    assert tuned.score == max(trial.value or 0.0 for trial in kept.trials)
    assert kept.search_space == tuned.search_space
    table = store.meta_features(TaskType.CLASSIFICATION, "fewshot")
    assert table.names == tuple(feature.name for feature in FEATURES)
    (info,) = store.datasets(TaskType.CLASSIFICATION)
    assert (info.name, info.n_rows, info.n_columns) == ("blobs 3-way 2-shot", 150, 6)


def test_the_same_search_again_adds_nothing(store: TrialStore) -> None:
    for _ in range(2):
        tune_few_shot(distribution(), "prototypical", archive=store, budget=BUDGET, n_trials=2)
    assert store.counts()["trials"] == 2


def test_the_second_search_begins_with_what_was_best_on_the_first_data(store: TrialStore) -> None:
    first = tune_few_shot(distribution(), "prototypical", archive=store, budget=BUDGET, n_trials=5)
    other = distribution(SPREAD)
    warm = tune_few_shot(other, "prototypical", source=store, archive=store, budget=BUDGET, n_trials=2)
    tried = tried_parameters(warm.study)
    assert dict(tried[0].params) == dict(first.params)
    assert tried[0].origin == "portfolio"
    assert tried[0].ci95 is not None
    cold = tune_few_shot(other, "prototypical", budget=BUDGET, n_trials=1)
    assert tried_parameters(cold.study)[0].origin == "default"
    assert tried_parameters(cold.study)[0].params["plan.learning_rate"] == 0.001


def test_knowledge_moves_from_vectors_to_molecules(store: TrialStore) -> None:
    first = tune_few_shot(distribution(), "prototypical", archive=store, budget=BUDGET, n_trials=4)
    assays = TaskDistribution(assay_parts(), shot=2, query=4)
    warm = tune_few_shot(assays, "prototypical", source=store, archive=store, budget=BUDGET, n_trials=1)
    (tried,) = tried_parameters(warm.study)
    assert tried.origin == "portfolio"
    assert {**tried.params, "train_way": first.params["train_way"]} == first.params  # assays have fixed ways
    assert {study.metric for study in store.studies("fewshot/prototypical")} == {
        "episode_accuracy",
        "episode_roc_auc",
    }


def test_regressions_are_minimised_and_scored_on_test_curves() -> None:
    tasks = TaskDistribution(SinusoidParts(), shot=3, query=3)
    tuned = tune_few_shot(tasks, "fomaml", budget=BUDGET, n_trials=2)
    assert (tuned.direction, few_shot_task(tasks).info.task_type) == ("minimize", TaskType.REGRESSION)
    assert tuned.score == min(trial.value for trial in tuned.study.trials)
    assert score_on_test_classes(tasks, "fomaml", tuned.params, budget=BUDGET, n_episodes=5).mean > 0


def test_ctrl_c_keeps_what_was_found() -> None:
    def stop(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if trial.number == 1:
            raise KeyboardInterrupt

    tuned = tune_few_shot(distribution(), "prototypical", budget=BUDGET, n_trials=9, callbacks=[stop])
    assert tuned.was_interrupted
    assert len(tuned.study.trials) == 2


def test_a_search_goes_on_in_a_storage(tmp_path: Path) -> None:
    for n_trials in (1, 2, 2):
        tuned = tune_few_shot(
            distribution(), "prototypical", budget=BUDGET, n_trials=n_trials, storage=str(tmp_path / "s.db")
        )
    assert len(tuned.study.trials) == 2


def test_a_search_without_a_score_says_why() -> None:
    curves = TaskDistribution(SinusoidParts(), shot=3, query=3)
    with pytest.raises(TuningError, match=r"none of 2 trials has a score \(the last one: .* regressions"):
        tune_few_shot(curves, "prototypical", budget=BUDGET, n_trials=2)


def test_a_learner_that_does_not_exist_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'maml'"):
        tune_few_shot(distribution(), "mmaml", n_trials=1)
