"""The metrics that trials are scored in: names as scikit-learn has them, directions, and tasks.

Scores that others recorded keep their recorder's names, so that they never mix with ours: OpenML's
`area_under_roc_curve` is not our `roc_auc`, for it weighs classes by their sizes.
"""

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
        "kappa": (-1.0, 1.0),
        **dict.fromkeys(("predictive_accuracy", "area_under_roc_curve", "f_measure"), (0.0, 1.0)),
        **dict.fromkeys(("precision", "recall", "unweighted_recall"), (0.0, 1.0)),
        **dict.fromkeys(("root_mean_squared_error", "mean_absolute_error"), (0.0, math.inf)),
        **dict.fromkeys(("relative_absolute_error", "root_relative_squared_error"), (0.0, math.inf)),
    }
)
RECORDED: Mapping[TaskType, Mapping[str, Direction]] = MappingProxyType(
    {
        TaskType.CLASSIFICATION: dict.fromkeys(
            (
                "predictive_accuracy",
                "area_under_roc_curve",
                "f_measure",
                "kappa",
                "precision",
                "recall",
                "unweighted_recall",
            ),
            "maximize",
        ),
        TaskType.REGRESSION: dict.fromkeys(
            (
                "root_mean_squared_error",
                "mean_absolute_error",
                "relative_absolute_error",
                "root_relative_squared_error",
            ),
            "minimize",
        ),
    }
)  # OpenML's metrics, which are recorded elsewhere and never measured here
DEFAULT_METRIC: Mapping[TaskType, str] = MappingProxyType(
    {task: next(iter(names)) for task, names in METRICS.items()}
)


def direction_of(metric: str, task_type: TaskType) -> Direction:
    """Whether larger or smaller values of the metric are better.

    Raises:
        UnknownNameError: the task has no such metric.
    """
    known = {**METRICS[task_type], **RECORDED[task_type]}
    if metric not in known:
        raise UnknownNameError.of(f"{task_type} metric", metric, list(known))
    return known[metric]
