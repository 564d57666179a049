"""Metrics: names as scikit-learn has them, and directions that agree with its scorers."""

import pytest
from sklearn.metrics import get_scorer

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.metrics import DEFAULT_METRIC, METRICS, RANGES, RECORDED, direction_of

SCORERS = {
    "log_loss": "neg_log_loss",
    "rmse": "neg_root_mean_squared_error",
}  # scikit-learn turns losses round
NAMES = [(task, name) for task in TaskType for name in METRICS[task]]


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_direction_agrees_with_the_scorer(task: TaskType, name: str) -> None:
    is_loss = get_scorer(SCORERS.get(name, name))._sign == -1
    assert direction_of(name, task) == ("minimize" if is_loss else "maximize")


def test_every_task_has_metrics_and_a_default_among_them() -> None:
    assert METRICS.keys() == DEFAULT_METRIC.keys() == set(TaskType)
    assert dict(DEFAULT_METRIC) == {TaskType.CLASSIFICATION: "balanced_accuracy", TaskType.REGRESSION: "r2"}


def test_unknown_metric_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="no classification metric 'roc_auk'; did you mean 'roc_auc'"):
        direction_of("roc_auk", TaskType.CLASSIFICATION)


def test_metric_of_the_other_task_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no regression metric 'log_loss'; there are: r2, rmse"):
        direction_of("log_loss", TaskType.REGRESSION)


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        METRICS[TaskType.REGRESSION] = {}  # type: ignore[index]


def test_what_openml_recorded_has_names_of_its_own_and_a_direction() -> None:
    for task in TaskType:
        assert not METRICS[task].keys() & RECORDED[task].keys()
        assert all(name in RANGES for name in RECORDED[task])
    assert direction_of("predictive_accuracy", TaskType.CLASSIFICATION) == "maximize"
    assert direction_of("root_mean_squared_error", TaskType.REGRESSION) == "minimize"
