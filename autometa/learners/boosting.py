"""Gradient boosting of LightGBM, XGBoost and CatBoost (extra `autometa[boosting]`).

Category codes come to them as ordered numbers. CatBoost chooses its learning rate from the number of rows and
iterations, but only if neither that rate nor l2_leaf_reg is given: None stands for "not given", and is the
default of both. (Alone, an absent rate is 0.03 and an absent l2_leaf_reg 3.)
"""

from typing import Any

from autometa.dataset import TaskType
from autometa.learners.base import Encoding, Learner, Setting
from autometa.search_space import Configuration, FloatRange, IntRange, SearchSpace

_LIGHTGBM = (
    FloatRange("learning_rate", 0.01, 0.5, log=True),
    IntRange("n_estimators", 20, 1000, log=True),
    IntRange("num_leaves", 4, 256, log=True),
    IntRange("min_child_samples", 2, 100, log=True),
    FloatRange("colsample_bytree", 0.3, 1.0),
    FloatRange("reg_lambda", 1e-8, 100.0, log=True, alternatives=(0.0,)),
)
_XGBOOST = (
    FloatRange("learning_rate", 0.01, 0.5, log=True),
    IntRange("n_estimators", 20, 1000, log=True),
    IntRange("max_depth", 1, 12),
    FloatRange("min_child_weight", 1.0, 100.0, log=True),
    FloatRange("subsample", 0.5, 1.0),
    FloatRange("colsample_bytree", 0.3, 1.0),
    FloatRange("reg_lambda", 1e-8, 100.0, log=True),
)
_CATBOOST = (
    FloatRange("learning_rate", 0.01, 0.3, log=True, alternatives=(None,)),
    IntRange("iterations", 50, 1000, log=True),
    IntRange("depth", 2, 10),
    FloatRange("l2_leaf_reg", 1.0, 30.0, log=True, alternatives=(None,)),
)


_LIGHTGBM_DEFAULT: Configuration = {
    "learning_rate": 0.1,
    "n_estimators": 100,
    "num_leaves": 31,
    "min_child_samples": 20,
    "colsample_bytree": 1.0,
    "reg_lambda": 0.0,
}
_XGBOOST_DEFAULT: Configuration = {
    "learning_rate": 0.3,
    "n_estimators": 100,
    "max_depth": 6,
    "min_child_weight": 1.0,
    "subsample": 1.0,
    "colsample_bytree": 1.0,
    "reg_lambda": 1.0,
}
_CATBOOST_DEFAULT: Configuration = {
    "learning_rate": None,
    "iterations": 1000,
    "depth": 6,
    "l2_leaf_reg": None,
}


def _make_lightgbm(params: Configuration, setting: Setting) -> Any:
    import lightgbm

    classifies = setting.task_type is TaskType.CLASSIFICATION
    estimator: Any = lightgbm.LGBMClassifier if classifies else lightgbm.LGBMRegressor
    return estimator(**params, random_state=setting.seed, n_jobs=setting.n_jobs, verbosity=-1)


def _make_xgboost(params: Configuration, setting: Setting) -> Any:
    import xgboost

    rest: dict[str, Any] = {"random_state": setting.seed, "n_jobs": setting.n_jobs, "verbosity": 0}
    if setting.task_type is TaskType.REGRESSION:
        return xgboost.XGBRegressor(**params, **rest)
    return _coded(xgboost.XGBClassifier(**params, **rest))


def _make_catboost(params: Configuration, setting: Setting) -> Any:
    import catboost

    given = {name: value for name, value in params.items() if value is not None}
    rest = {
        "random_seed": setting.seed,
        "thread_count": setting.n_jobs,
        "verbose": False,
        "allow_writing_files": False,
    }
    if setting.task_type is TaskType.REGRESSION:
        return catboost.CatBoostRegressor(**given, **rest)
    return _coded(catboost.CatBoostClassifier(**given, **rest))


def _coded(estimator: Any) -> Any:
    from autometa.learners.class_codes import CodedClassifier

    return CodedClassifier(estimator)


LIGHTGBM = Learner(
    name="lightgbm",
    title="LightGBM",
    encoding=Encoding.ORDINAL,
    search_spaces={task: SearchSpace(f"lightgbm/{task}", 1, _LIGHTGBM) for task in TaskType},
    defaults=dict.fromkeys(TaskType, _LIGHTGBM_DEFAULT),
    make=_make_lightgbm,
    ranges_from="FLAML 2 and Grinsztajn et al. 2022 (appendix A.3), iterations cut at 1000 for cost",
    package="lightgbm",
)
XGBOOST = Learner(
    name="xgboost",
    title="XGBoost",
    encoding=Encoding.ORDINAL,
    search_spaces={task: SearchSpace(f"xgboost/{task}", 1, _XGBOOST) for task in TaskType},
    defaults=dict.fromkeys(TaskType, _XGBOOST_DEFAULT),
    make=_make_xgboost,
    ranges_from="Grinsztajn et al. 2022 (appendix A.3), iterations cut at 1000 for cost",
    package="xgboost",
)
CATBOOST = Learner(
    name="catboost",
    title="CatBoost",
    encoding=Encoding.ORDINAL,
    search_spaces={task: SearchSpace(f"catboost/{task}", 1, _CATBOOST) for task in TaskType},
    defaults=dict.fromkeys(TaskType, _CATBOOST_DEFAULT),
    make=_make_catboost,
    ranges_from="Gorishniy et al. 2021 (appendix, CatBoost), iterations cut at 1000 for cost",
    package="catboost",
)
