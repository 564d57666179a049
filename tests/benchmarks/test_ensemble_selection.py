"""Ensemble selection: small cases by hand, the best weights that a solver finds, scikit-learn's scores."""

import numpy as np
import pytest
from scipy.optimize import minimize

from autometa.dataset import FloatArray, TaskType
from autometa.evaluation.scoring import score
from autometa.metrics import METRICS
from benchmarks.ensemble_selection import (
    HeldOutFold,
    bagged,
    ensemble_score,
    greedy,
    left_out_gains,
    scores_of,
)


class Fixed:
    """A fitted estimator that answers what it is told."""

    def __init__(self, answer: FloatArray):
        self.predict = lambda inputs: answer
        if answer.ndim == 2:
            self.classes_ = np.arange(answer.shape[1])
            self.predict_proba = lambda inputs: answer


def numbers(*predictions: list[float], target: list[float]) -> HeldOutFold:
    return HeldOutFold(np.array(predictions), np.array(target))


def test_errors_that_cancel_each_other_make_an_ensemble() -> None:
    fold = numbers([1.0, 3.0], [3.0, 1.0], [9.0, 9.0], target=[2.0, 2.0])
    counts = greedy([fold], "rmse")
    assert counts.tolist() == [1, 1, 0]
    assert ensemble_score([fold], "rmse", counts) == 0.0


def test_a_candidate_may_be_taken_more_than_once() -> None:
    fold = numbers([1.0, 1.0], [-2.0, -2.0], target=[0.0, 0.0])
    assert greedy([fold], "rmse").tolist() == [2, 1]


def test_of_equal_ensembles_the_first_and_smallest_is_taken() -> None:
    sure, as_sure = [[0.9, 0.1], [0.2, 0.8]], [[0.8, 0.2], [0.1, 0.9]]
    fold = HeldOutFold(np.array([sure, as_sure]), np.array([0, 1]))
    assert greedy([fold], "balanced_accuracy").tolist() == [1, 0]


def test_many_rounds_come_near_the_best_weights_that_a_solver_finds() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=200)
    predictions = target + rng.normal(scale=rng.uniform(0.5, 1.5, (6, 1)), size=(6, 200))
    fold = HeldOutFold(predictions, target)

    def loss(weights: FloatArray) -> float:
        return float(np.sqrt(np.mean((weights @ predictions - target) ** 2)))

    simplex = {"type": "eq", "fun": lambda weights: weights.sum() - 1.0}
    solved = minimize(loss, np.full(6, 1 / 6), bounds=[(0, 1)] * 6, constraints=simplex)
    counts = greedy([fold], "rmse", n_rounds=100)
    assert solved.fun - 1e-9 <= ensemble_score([fold], "rmse", counts) <= 1.001 * solved.fun
    assert counts / counts.sum() == pytest.approx(solved.x, abs=0.02)


def test_in_random_halves_one_lucky_candidate_is_not_everything() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=50)
    good = target + rng.normal(scale=0.5, size=(5, 50))
    fold = HeldOutFold(np.vstack([target[None], good]), target)  # the first is right by luck
    assert greedy([fold], "r2").tolist() == [1, 0, 0, 0, 0, 0]
    weights = bagged([fold], "r2", seed=1)
    assert weights.sum() == pytest.approx(1.0)
    assert 0.2 < weights[0] < 0.8


def test_no_fold_is_scored_with_what_was_chosen_on_it() -> None:
    honest, lucky = np.random.default_rng(1).normal(size=(2, 4, 20))
    lucky = 50.0 * lucky
    lucky[0] = 0.0  # right on the first fold alone
    folds = [HeldOutFold(np.stack(errors), np.zeros(20)) for errors in zip(honest, lucky, strict=True)]
    assert left_out_gains(folds, "rmse", greedy).tolist() == [0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("n_classes", [2, 4])
def test_classes_are_scored_as_scikit_learn_scores_them(n_classes: int) -> None:
    rng = np.random.default_rng(0)
    target = rng.permutation(np.arange(60) % n_classes)
    probabilities = rng.multinomial(8, np.ones(n_classes) / n_classes, (3, 60)) / 8  # with ties and zeros
    expected = [score(Fixed(one), target[:, None], target, TaskType.CLASSIFICATION) for one in probabilities]
    for metric in METRICS[TaskType.CLASSIFICATION]:
        assert scores_of(probabilities, target, metric) == pytest.approx([one[metric] for one in expected])


def test_numbers_are_scored_as_scikit_learn_scores_them() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=40)
    predictions = target + rng.normal(size=(3, 40))
    expected = [score(Fixed(one), target[:, None], target, TaskType.REGRESSION) for one in predictions]
    for metric in METRICS[TaskType.REGRESSION]:
        assert scores_of(predictions, target, metric) == pytest.approx([one[metric] for one in expected])
