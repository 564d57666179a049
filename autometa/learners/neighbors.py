"""k-nearest neighbours of scikit-learn."""

from typing import Any

from autometa.dataset import TaskType
from autometa.learners.base import Encoding, Learner, Setting
from autometa.search_space import Choice, Configuration, IntRange, SearchSpace

_PARAMETERS = (
    IntRange("n_neighbors", 1, 50, log=True),
    Choice("weights", ("uniform", "distance")),
    Choice("p", (1, 2)),
)
_DEFAULT: Configuration = {"n_neighbors": 5, "weights": "uniform", "p": 2}


def _make(params: Configuration, setting: Setting) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    classifies = setting.task_type is TaskType.CLASSIFICATION
    estimator = KNeighborsClassifier if classifies else KNeighborsRegressor
    return estimator(**params, n_jobs=setting.n_jobs)


LEARNER = Learner(
    name="k_nearest_neighbors",
    title="k-nearest neighbours",
    encoding=Encoding.ONE_HOT,
    search_spaces={task: SearchSpace(f"k_nearest_neighbors/{task}", 1, _PARAMETERS) for task in TaskType},
    defaults=dict.fromkeys(TaskType, _DEFAULT),
    make=_make,
    ranges_from="auto-sklearn 0.15 (k_nearest_neighbors), cut at 50 so that small tables can have them",
)
