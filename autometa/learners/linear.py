"""Linear models of scikit-learn: logistic regression with an elastic net, ridge, and elastic-net regression.

The elastic net's target is standardised, because its alpha is in the target's unit.
"""

from typing import Any

from autometa.dataset import TaskType
from autometa.learners.base import Encoding, Learner, Setting
from autometa.search_space import Choice, Configuration, FloatRange, SearchSpace

MAX_ITER = 1000  # the library's 100 often stops short of convergence; the optimum is the same

_SOURCE = "van Rijn & Hutter 2018 and auto-sklearn 0.15, narrowed to standardised inputs"


def _make_logistic(params: Configuration, setting: Setting) -> Any:
    from sklearn.linear_model import LogisticRegression

    ridge_only = params["l1_ratio"] == 0.0
    return LogisticRegression(
        **params,
        solver="lbfgs" if ridge_only else "saga",
        max_iter=MAX_ITER if ridge_only else MAX_ITER // 10,
        tol=1e-4 if ridge_only else 1e-3,
        random_state=setting.seed,
    )


def _make_ridge(params: Configuration, setting: Setting) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(**params, random_state=setting.seed)


def _make_elastic_net(params: Configuration, setting: Setting) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import ElasticNet
    from sklearn.preprocessing import StandardScaler

    net = ElasticNet(**params, random_state=setting.seed)
    return TransformedTargetRegressor(net, transformer=StandardScaler())


LOGISTIC_REGRESSION = Learner(
    name="logistic_regression",
    title="logistic regression",
    encoding=Encoding.ONE_HOT,
    search_spaces={
        TaskType.CLASSIFICATION: SearchSpace(
            "logistic_regression/classification",
            1,
            (
                FloatRange("C", 1e-4, 1e3, log=True),
                FloatRange("l1_ratio", 0.05, 1.0, alternatives=(0.0,)),
                Choice("class_weight", (None, "balanced")),
            ),
        )
    },
    defaults={TaskType.CLASSIFICATION: {"C": 1.0, "l1_ratio": 0.0, "class_weight": None}},
    make=_make_logistic,
    ranges_from=_SOURCE,
)
RIDGE = Learner(
    name="ridge",
    title="ridge regression",
    encoding=Encoding.ONE_HOT,
    search_spaces={
        TaskType.REGRESSION: SearchSpace("ridge/regression", 1, (FloatRange("alpha", 1e-3, 1e4, log=True),))
    },
    defaults={TaskType.REGRESSION: {"alpha": 1.0}},
    make=_make_ridge,
    ranges_from=_SOURCE,
)
ELASTIC_NET = Learner(
    name="elastic_net",
    title="elastic-net regression",
    encoding=Encoding.ONE_HOT,
    search_spaces={
        TaskType.REGRESSION: SearchSpace(
            "elastic_net/regression",
            1,
            (FloatRange("alpha", 1e-4, 1.0, log=True), FloatRange("l1_ratio", 0.05, 1.0)),
        )
    },
    defaults={TaskType.REGRESSION: {"alpha": 1.0, "l1_ratio": 0.5}},
    make=_make_elastic_net,
    ranges_from=_SOURCE,
)
