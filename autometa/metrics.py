"""The metrics that trials are scored in: names as scikit-learn has them, directions, and tasks."""

import math
from collections.abc import Mapping
from types import MappingProxyType

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.history import Direction

METRICS: Mapping[TaskType, Mapping[str, Direction]] = MappingProxyType(
    {
        TaskType.CLASSIFICATION: {
            "balanced_accuracy": "maximize",
            "roc_auc": "maximize",
            "log_loss": "minimize",
        },
        TaskType.REGRESSION: {"r2": "maximize", "rmse": "minimize"},
    }
)
RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "balanced_accuracy": (0.0, 1.0),
        "roc_auc": (0.0, 1.0),
        "log_loss": (0.0, math.inf),
        "r2": (-math.inf, 1.0),
        "rmse": (0.0, math.inf),
    }
)
DEFAULT_METRIC: Mapping[TaskType, str] = MappingProxyType(
    {task: next(iter(names)) for task, names in METRICS.items()}
)


def direction_of(metric: str, task_type: TaskType) -> Direction:
    """Whether larger or smaller values of the metric are better.

    Raises:
        UnknownNameError: the task has no such metric.
    """
    if metric not in METRICS[task_type]:
        raise UnknownNameError.of(f"{task_type} metric", metric, list(METRICS[task_type]))
    return METRICS[task_type][metric]
