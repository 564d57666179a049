"""The pruner: what it ends could hardly have become the best, by exact enumeration and by simulation."""

import itertools

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState, create_trial

from autometa.tuning.pruning import FoldPruner, fold_scores

N_FOLDS = 5
EASY = np.array([0.05, -0.02, 0.01, -0.03, -0.01])  # how hard each fold is, for every configuration


def trial_of(scores: np.ndarray, state: TrialState = TrialState.COMPLETE) -> optuna.trial.FrozenTrial:
    means = np.cumsum(scores) / np.arange(1, len(scores) + 1)
    return create_trial(
        state=state,
        value=float(means[-1]) if state is TrialState.COMPLETE else None,
        intermediate_values=dict(enumerate(means.tolist(), start=1)),
    )


def study_of(rows: np.ndarray, direction: str = "maximize") -> optuna.Study:
    study = optuna.create_study(direction=direction)
    study.add_trials([trial_of(row) for row in rows])
    return study


def finished(rng: np.random.Generator, quality: np.ndarray, noise: float = 0.01) -> np.ndarray:
    return quality[:, None] + EASY + rng.normal(0, noise, (len(quality), N_FOLDS))


def running(scores: np.ndarray) -> optuna.trial.FrozenTrial:
    return trial_of(scores, TrialState.RUNNING)


def test_fold_scores_are_those_behind_the_running_means() -> None:
    scores = np.array([0.9, 0.7, 0.8])
    assert fold_scores(running(scores)) == pytest.approx(scores)


def test_a_far_worse_trial_ends_at_its_first_fold_and_a_better_one_never() -> None:
    study = study_of(finished(np.random.default_rng(0), np.linspace(0.8, 0.85, 8)))
    pruner = FoldPruner(N_FOLDS)
    assert pruner.prune(study, running(0.5 + EASY[:1]))
    for k in range(1, N_FOLDS):
        assert not pruner.prune(study, running(0.9 + EASY[:k]))


def test_a_hard_first_fold_is_not_held_against_a_trial() -> None:
    hard = np.array([-0.3, 0.1, 0.1, 0.05, 0.05])
    rows = np.linspace(0.8, 0.85, 8)[:, None] + hard + np.random.default_rng(0).normal(0, 0.01, (8, N_FOLDS))
    study = study_of(rows)
    first = running(0.85 + hard[:1])
    assert not FoldPruner(N_FOLDS).prune(study, first)
    assert first.intermediate_values[1] < rows.mean(axis=1).min()  # its score alone would look hopeless


@pytest.mark.parametrize(
    ("n_finished", "n_reported"), [(4, 1), (8, 0), (8, 5)], ids=["too few others", "no fold yet", "all folds"]
)
def test_nothing_ends_without_evidence(n_finished: int, n_reported: int) -> None:
    study = study_of(finished(np.random.default_rng(0), np.linspace(0.8, 0.85, n_finished)))
    assert not FoldPruner(N_FOLDS).prune(study, running(np.zeros(n_reported)))


def test_a_minimised_objective_is_the_mirror_image() -> None:
    rng = np.random.default_rng(1)
    rows = finished(rng, rng.normal(0.8, 0.02, 10))
    up, down = study_of(rows), study_of(-rows, "minimize")
    pruner = FoldPruner(N_FOLDS)
    for scores, k in itertools.product(finished(rng, np.linspace(0.7, 0.85, 10)), range(1, N_FOLDS)):
        assert pruner.prune(up, running(scores[:k])) == pruner.prune(down, running(-scores[:k]))


def test_under_its_own_model_hardly_a_winner_is_ended() -> None:
    """A trial as good as the best one wins half of the time; its risk is stated, for each look at it."""
    rng = np.random.default_rng(2)
    n_winners = n_ended = 0
    rows = finished(rng, np.linspace(0.75, 0.8, 20))
    study, pruner = study_of(rows), FoldPruner(N_FOLDS)
    best = rows[rows.mean(axis=1).argmax()]
    for _ in range(400):
        scores = best + rng.normal(0, 0.01 * np.sqrt(2), N_FOLDS)
        if scores.mean() > best.mean():
            n_winners += 1
            n_ended += any(pruner.prune(study, running(scores[:k])) for k in range(1, N_FOLDS))
    assert n_winners > 150
    assert n_ended / n_winners <= 0.03  # four looks at 1 % each would be 4 % at most
