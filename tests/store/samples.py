"""Small data sets, spaces and studies that the store's tests share."""

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.search_space import Choice, Condition, FloatRange, IntRange, SearchSpace
from autometa.warmstart.sources import DatasetInfo

SPACE = SearchSpace(
    "svm/classification",
    1,
    (
        FloatRange("C", 1e-3, 1e3, log=True),
        Choice("kernel", ("rbf", "poly", None)),
        IntRange("degree", 2, 5, condition=Condition("kernel", ("poly",))),
        FloatRange("gamma", 1e-4, 1.0, log=True, alternatives=("scale",)),
    ),
)
BEST = PriorTrial(
    {"C": 1.5, "kernel": "poly", "degree": 3, "gamma": "scale"},
    0.75,
    seed=7,
    fold_scores=(0.7, 0.8),
    fit_seconds=0.25,
    other_values={"log_loss": 0.4, "roc_auc": 0.9},
)
SECOND = PriorTrial({"C": 0.1, "kernel": None, "gamma": 0.5}, 0.5, seed=7, other_values={"log_loss": 0.2})
FAILED = PriorTrial({"C": 9.0, "kernel": "rbf", "gamma": 0.1}, None, TrialStatus.TIMEOUT, seed=7)


def dataset(name: str, task_type: TaskType = TaskType.CLASSIFICATION) -> DatasetInfo:
    """A data set that is known by its name."""
    n_classes = 3 if task_type is TaskType.CLASSIFICATION else 0
    return DatasetInfo(name, name.title(), name, task_type, 150, 4, n_classes, "test")


def study(
    dataset_id: str = "iris",
    trials: tuple[PriorTrial, ...] = (BEST, SECOND, FAILED),
    *,
    search_space: SearchSpace = SPACE,
    metric: str = "balanced_accuracy",
    source: str = "test",
) -> PriorStudy:
    """A study of three trials, one of which failed."""
    return PriorStudy(
        dataset_id,
        search_space,
        metric,
        "maximize",
        trials,
        source,
        {"numpy": "2.0", "scikit-learn": "1.8"},
        120,
    )


def svm_trials(n_trials: int, *, first: int = 0) -> tuple[PriorTrial, ...]:
    """Different configurations, the later the better."""
    return tuple(
        PriorTrial({"C": 1.0 + i, "kernel": "rbf", "gamma": 0.1}, i / 1000.0, seed=1)
        for i in range(first, first + n_trials)
    )
