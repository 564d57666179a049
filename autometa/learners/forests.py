"""Random forest and extremely randomised trees of scikit-learn.

The number of trees is not tuned: more are never worse, only slower (Probst & Boulesteix, "To tune or not to
tune the number of trees in random forest", JMLR 2018). It stays at the library's 100.
"""

from collections.abc import Mapping
from typing import Any

from autometa.dataset import TaskType
from autometa.learners.base import Encoding, Learner, Setting
from autometa.search_space import Choice, Condition, Configuration, FloatRange, IntRange, SearchSpace, Value

_SOURCE = "Probst, Wright & Boulesteix 2019 (table 1) and Probst, Boulesteix & Bischl 2019 (tunability)"
_MAX_FEATURES: Mapping[TaskType, Value] = {TaskType.CLASSIFICATION: "sqrt", TaskType.REGRESSION: 1.0}


def _search_space(name: str, task: TaskType) -> SearchSpace:
    shared = (
        FloatRange("max_features", 0.1, 1.0, alternatives=("sqrt",)),
        IntRange("min_samples_leaf", 1, 20, log=True),
        IntRange("min_samples_split", 2, 20, log=True),
        Choice("bootstrap", (True, False)),
        FloatRange("max_samples", 0.3, 1.0, condition=Condition("bootstrap", (True,))),
    )
    criterion = (Choice("criterion", ("gini", "entropy")),) if task is TaskType.CLASSIFICATION else ()
    return SearchSpace(f"{name}/{task}", 1, shared + criterion)


def _default(task: TaskType, *, bootstrap: bool) -> Configuration:
    params: dict[str, Value] = {
        "max_features": _MAX_FEATURES[task],
        "min_samples_leaf": 1,
        "min_samples_split": 2,
        "bootstrap": bootstrap,
    }
    if bootstrap:
        params["max_samples"] = 1.0
    if task is TaskType.CLASSIFICATION:
        params["criterion"] = "gini"
    return params


def _make_forest(params: Configuration, setting: Setting) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    classifies = setting.task_type is TaskType.CLASSIFICATION
    estimator = RandomForestClassifier if classifies else RandomForestRegressor
    return estimator(**params, random_state=setting.seed, n_jobs=setting.n_jobs)


def _make_extra(params: Configuration, setting: Setting) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    classifies = setting.task_type is TaskType.CLASSIFICATION
    estimator = ExtraTreesClassifier if classifies else ExtraTreesRegressor
    return estimator(**params, random_state=setting.seed, n_jobs=setting.n_jobs)


RANDOM_FOREST = Learner(
    name="random_forest",
    title="random forest",
    encoding=Encoding.ORDINAL,
    search_spaces={task: _search_space("random_forest", task) for task in TaskType},
    defaults={task: _default(task, bootstrap=True) for task in TaskType},
    make=_make_forest,
    ranges_from=_SOURCE,
)
EXTRA_TREES = Learner(
    name="extra_trees",
    title="extremely randomised trees",
    encoding=Encoding.ORDINAL,
    search_spaces={task: _search_space("extra_trees", task) for task in TaskType},
    defaults={task: _default(task, bootstrap=False) for task in TaskType},
    make=_make_extra,
    ranges_from=_SOURCE,
)
