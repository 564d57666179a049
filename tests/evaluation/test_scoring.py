"""Scores against values computed by hand."""

from typing import Any

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.evaluation.scoring import score
from autometa.metrics import METRICS


class Fixed:
    """A fitted estimator that answers what it is told."""

    def __init__(self, answer: Any, probabilities: Any = None):
        self._answer = np.asarray(answer)
        if probabilities is not None:
            self.classes_ = np.arange(np.shape(probabilities)[1])
            self.predict_proba = lambda inputs: np.asarray(probabilities)

    def predict(self, inputs: Any) -> Any:
        return self._answer


INPUTS = np.zeros((4, 1))


def test_regression_by_hand() -> None:
    target = np.array([1.0, 2.0, 3.0, 4.0])  # squared deviations from 2.5 sum to 5
    scores = score(Fixed([1.0, 2.0, 3.0, 2.0]), INPUTS, target, TaskType.REGRESSION)
    assert scores == pytest.approx({"r2": 1 - 4 / 5, "rmse": 1.0})


def test_two_classes_by_hand() -> None:
    target = np.array([0, 0, 0, 1])
    positive = np.array([0.1, 0.4, 0.7, 0.6])
    scores = score(
        Fixed([], np.column_stack([1 - positive, positive])), INPUTS, target, TaskType.CLASSIFICATION
    )
    assert scores == pytest.approx(
        {
            "balanced_accuracy": (2 / 3 + 1) / 2,
            "roc_auc": 2 / 3,  # the positive row beats two of three negative rows
            "log_loss": -np.mean(np.log([0.9, 0.6, 0.3, 0.6])),
        }
    )


def test_three_classes_by_hand() -> None:
    target = np.array([0, 1, 2, 2])
    probabilities = np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.2, 0.2, 0.6], [0.3, 0.45, 0.25]])
    scores = score(Fixed([], probabilities), INPUTS, target, TaskType.CLASSIFICATION)
    assert scores == pytest.approx(
        {
            "balanced_accuracy": (1 + 0 + 1 / 2) / 3,
            "roc_auc": (1 + 2 / 3 + 1) / 3,  # against the rest: 3 of 3, 2 of 3, 4 of 4 pairs in order
            "log_loss": -np.mean(np.log([0.6, 0.4, 0.6, 0.25])),
        }
    )


def test_probabilities_are_made_to_sum_to_one() -> None:
    probabilities = np.array([[2.0, 2.0], [3.0, 1.0], [1.0, 3.0], [1.0, 1.0]])
    scores = score(Fixed([], probabilities), INPUTS, np.array([0, 0, 1, 1]), TaskType.CLASSIFICATION)
    assert scores["log_loss"] == pytest.approx(-np.mean(np.log([0.5, 0.75, 0.75, 0.5])))


def test_without_probabilities_only_the_classes_are_scored() -> None:
    scores = score(Fixed([0, 1, 1, 1]), INPUTS, np.array([0, 0, 1, 1]), TaskType.CLASSIFICATION)
    assert scores == pytest.approx({"balanced_accuracy": 0.75})


def test_every_metric_of_a_task_is_scored() -> None:
    numbers = score(Fixed([1.0, 2.0]), INPUTS[:2], np.array([1.0, 2.5]), TaskType.REGRESSION)
    classes = score(
        Fixed([], [[0.6, 0.4], [0.4, 0.6]]), INPUTS[:2], np.array([0, 1]), TaskType.CLASSIFICATION
    )
    assert numbers.keys() == METRICS[TaskType.REGRESSION].keys()
    assert classes.keys() == METRICS[TaskType.CLASSIFICATION].keys()
