"""Histogram gradient boosting of scikit-learn."""

from typing import Any

from autometa.dataset import TaskType
from autometa.learners.base import Encoding, Learner, Setting
from autometa.search_space import Configuration, FloatRange, IntRange, SearchSpace

_PARAMETERS = (
    FloatRange("learning_rate", 0.01, 0.5, log=True),
    IntRange("max_iter", 20, 400, log=True),
    IntRange("max_leaf_nodes", 4, 128, log=True),
    IntRange("min_samples_leaf", 2, 100, log=True),
    FloatRange("l2_regularization", 1e-10, 100.0, log=True, alternatives=(0.0,)),
    FloatRange("max_features", 0.3, 1.0),
)
_DEFAULT: Configuration = {
    "learning_rate": 0.1,
    "max_iter": 100,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "l2_regularization": 0.0,
    "max_features": 1.0,
}


def _make(params: Configuration, setting: Setting) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    classifies = setting.task_type is TaskType.CLASSIFICATION
    estimator = HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor
    rest: dict[str, Any] = {"categorical_features": list(range(setting.n_categorical)) or None}
    if setting.smallest_class == 1:
        rest["early_stopping"] = False  # above 10,000 rows its stratified split needs two rows of every class
    return estimator(**params, **rest, random_state=setting.seed)


LEARNER = Learner(
    name="hist_gradient_boosting",
    title="histogram gradient boosting",
    encoding=Encoding.ORDINAL,
    search_spaces={task: SearchSpace(f"hist_gradient_boosting/{task}", 1, _PARAMETERS) for task in TaskType},
    defaults=dict.fromkeys(TaskType, _DEFAULT),
    make=_make,
    ranges_from="Grinsztajn et al. 2022 (appendix A.3) for GBTs; iterations cut at 400 for cost",
)
