"""Past studies of single learners as studies of the joint space."""

from dataclasses import replace

import pytest

from autometa.dataset import TaskType
from autometa.history import PriorTrial, TrialStatus
from autometa.learners import learner
from autometa.tuning.joint_source import JointSource
from autometa.warmstart.fitted_source import fit_source
from autometa.warmstart.in_memory import InMemoryTrialSource

MEMBERS = [learner("k_nearest_neighbors"), learner("logistic_regression")]
TASK = TaskType.CLASSIFICATION


def joint(source: InMemoryTrialSource, metric: str = "balanced_accuracy", n_datasets: int = 6) -> JointSource:
    ids = source.meta_features(TASK).dataset_ids[:n_datasets]
    return JointSource(source, MEMBERS, TASK, metric=metric, dataset_ids=ids)


def test_all_learners_trials_on_a_table_become_one_study(experience: InMemoryTrialSource) -> None:
    found = joint(experience, n_datasets=2).studies("tune/classification")
    assert [len(study.trials) for study in found] == [13, 13]
    for study in found:
        for trial in study.trials:
            study.search_space.check(trial.params)


def test_another_space_has_no_studies(experience: InMemoryTrialSource) -> None:
    assert joint(experience).studies("svm/classification") == []


def test_scores_beside_the_studies_own_are_found(experience: InMemoryTrialSource) -> None:
    study = joint(experience, metric="log_loss").studies("tune/classification")[0]
    assert (study.metric, study.direction) == ("log_loss", "minimize")
    assert min(trial.value or 1.0 for trial in study.trials) == pytest.approx(0.046)


def test_failures_stay_and_unknown_scores_go(experience: InMemoryTrialSource) -> None:
    known = experience.studies("logistic_regression/classification")[0]
    failed = PriorTrial(known.trials[0].params, None, TrialStatus.TIMEOUT)
    odd = replace(known, trials=(failed, replace(known.trials[1], other_values={})))
    source = JointSource(
        InMemoryTrialSource([odd]), MEMBERS, TASK, metric="roc_auc", dataset_ids=[odd.dataset_id]
    )
    (study,) = source.studies("tune/classification")
    assert [trial.status for trial in study.trials] == [TrialStatus.TIMEOUT]


def test_measured_in_another_way_is_another_study(experience: InMemoryTrialSource) -> None:
    known = experience.studies("logistic_regression/classification")[0]
    both = InMemoryTrialSource([known, replace(known, n_fit_rows=50)])
    source = JointSource(both, MEMBERS, TASK, metric="balanced_accuracy", dataset_ids=[known.dataset_id])
    assert [study.n_fit_rows for study in source.studies("tune/classification")] == [None, 50]


def test_prepared_surfaces_are_those_that_a_sampler_would_fit(experience: InMemoryTrialSource) -> None:
    source = joint(experience, n_datasets=1)
    source.prepare()
    (name,) = source.artifact_names()
    (study,) = source.studies("tune/classification")
    fitted = fit_source(study)
    assert fitted is not None
    assert (source.artifact(name)["coefficients"] == fitted.surface.coefficients).all()
