"""CONVERSIONS: how the parameters of well-known estimators read in the catalogue's search spaces.

A conversion gives the catalogue's parameters (other names, other units), says what else an estimator must be
set to so that it is the catalogue's learner, and what does not matter: how a fit runs, not what it finds.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autometa.search_space import Configuration, Value

Fixed = Mapping[str, tuple[Value, ...] | Callable[[Value], bool]]
Given = Configuration  # an estimator's own parameters; one that its version did not have is absent
MIN_TREES = 50  # a forest of fewer scores visibly worse than the catalogue's 100
MIN_EPOCHS = 200  # of a network, the library's default
ENOUGH_STEPS = 100_000  # of libsvm
_UNSET: tuple[Value, ...] = (None, "deprecated", "warn")


class NoCounterpartError(Exception):
    """A setting that the catalogue's learner does not have; the message is the reason, without values."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """From an estimator to a learner of the catalogue.

    Attributes:
        learner: its name in the catalogue.
        convert: the estimator's parameters and the number of input columns (or None) give the learner's.
        fixed: what a parameter must be, if it is there: one of these values, or one that a function accepts.
        ignored: parameters that may have any value.
        renamed: parameters that `convert` reads and the learner does not have under this name.
        is_scaled: True if the parameters are in the unit of standardised inputs.
    """

    learner: str
    convert: Callable[[Given, int | None], dict[str, Value]]
    fixed: Fixed
    ignored: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()
    is_scaled: bool = False


def at_least(bound: float) -> Callable[[Value], bool]:
    """Accepts numbers from the bound on."""
    return lambda value: isinstance(value, int | float) and value >= bound


def _given(given: Given, *names: str, **defaults: Value) -> dict[str, Value]:
    """Parameters under their own names; those with a default may be absent or unset."""
    values = {name: given[name] for name in names if name in given}
    return values | {
        name: default if given.get(name) in _UNSET else given[name] for name, default in defaults.items()
    }


def _class_weight(given: Given) -> dict[str, Value]:
    weight = given.get("class_weight")
    if weight not in (None, "balanced"):
        raise NoCounterpartError("class_weight gives every class its own")
    return {"class_weight": weight}


def _forest(given: Given, n_columns: int | None) -> dict[str, Value]:
    bootstrap = given.get("bootstrap")
    params = _given(given, "min_samples_leaf", "min_samples_split", "bootstrap")
    if any(isinstance(params.get(name), float) for name in ("min_samples_leaf", "min_samples_split")):
        raise NoCounterpartError("min_samples_leaf or min_samples_split is a share of the rows")
    params["max_features"] = _column_share(given.get("max_features"), n_columns)
    if bootstrap:
        params["max_samples"] = given.get("max_samples") if given.get("max_samples") is not None else 1.0
        if not isinstance(params["max_samples"], float):
            raise NoCounterpartError("max_samples counts rows")
    return params


def _column_share(asked: Value, n_columns: int | None) -> Value:
    """max_features as a share of the columns; "auto" was the square root, for classification."""
    if asked == "auto":
        return "sqrt"
    if asked is None:
        return 1.0
    if isinstance(asked, int) and not isinstance(asked, bool):
        if not n_columns:
            raise NoCounterpartError("max_features counts columns, and their number is unknown")
        return min(asked / n_columns, 1.0)
    return asked


def _classifying_forest(given: Given, n_columns: int | None) -> dict[str, Value]:
    criterion = given.get("criterion", "gini")
    return _forest(given, n_columns) | {"criterion": "entropy" if criterion == "log_loss" else criterion}


def _regressing_forest(given: Given, n_columns: int | None) -> dict[str, Value]:
    whole = {"max_features": 1.0} if given.get("max_features") == "auto" else {}  # another "auto"
    return _forest(given, n_columns) | whole


def _hist_gradient_boosting(given: Given, n_columns: int | None) -> dict[str, Value]:
    names = ("learning_rate", "max_iter", "max_leaf_nodes", "min_samples_leaf", "l2_regularization")
    return _given(given, *names, max_features=1.0)


def _logistic_regression(given: Given, n_columns: int | None) -> dict[str, Value]:
    penalty, ratio = given.get("penalty", "l2"), given.get("l1_ratio")
    if penalty in (None, "none"):
        raise NoCounterpartError("penalty is none")
    ratios: dict[Value, Value] = {"l2": 0.0, "l1": 1.0}
    return {"C": given.get("C"), "l1_ratio": ratios.get(penalty, ratio or 0.0)} | _class_weight(given)


def _svm(given: Given, n_columns: int | None) -> dict[str, Value]:
    gamma = given.get("gamma")  # "auto" is 1 / columns: the same as "scale" on standardised inputs
    scaled = gamma in ("auto", "auto_deprecated") or (gamma == 0.0 and isinstance(gamma, float))
    return {"C": given.get("C"), "gamma": "scale" if scaled else gamma} | _class_weight(given)


def _ridge(given: Given, n_columns: int | None) -> dict[str, Value]:
    return _given(given, "alpha")


def _neighbors(given: Given, n_columns: int | None) -> dict[str, Value]:
    return _given(given, "n_neighbors", "weights", "p")


def _mlp(given: Given, n_columns: int | None) -> dict[str, Value]:
    sizes = given.get("hidden_layer_sizes")
    layers = json.loads(sizes) if isinstance(sizes, str) and sizes.startswith("[") else [sizes]
    if len(set(layers)) != 1:
        raise NoCounterpartError("hidden_layer_sizes are not equal")
    params = _given(given, "learning_rate_init", "alpha", "activation", "early_stopping")
    return params | {"n_layers": len(layers), "layer_size": layers[0]}


def _lightgbm(given: Given, n_columns: int | None) -> dict[str, Value]:
    names = ("learning_rate", "n_estimators", "num_leaves", "min_child_samples", "colsample_bytree")
    return _given(given, *names, "reg_lambda")


def _xgboost(given: Given, n_columns: int | None) -> dict[str, Value]:
    tree: dict[str, Value] = {"learning_rate": 0.3, "n_estimators": 100, "max_depth": 6}
    rest = dict.fromkeys(("min_child_weight", "subsample", "colsample_bytree", "reg_lambda"), 1.0)
    return _given(given, **tree, **rest)


def _catboost(given: Given, n_columns: int | None) -> dict[str, Value]:
    return _given(given, learning_rate=None, iterations=1000, depth=6, l2_leaf_reg=None)


_TREES: Fixed = {
    "n_estimators": at_least(MIN_TREES),
    "max_depth": (None,),
    "max_leaf_nodes": (None,),
    "min_weight_fraction_leaf": (0.0, 0),
    "min_impurity_decrease": (0.0,),
    "min_impurity_split": (None, 1e-7),  # of 2017, below any real decrease
    "ccp_alpha": (0.0,),
    "class_weight": (None,),
    "monotonic_cst": (None,),
}
_HIST: Fixed = {
    "max_bins": (255,),
    "early_stopping": ("auto",),
    **dict.fromkeys(("max_depth", "class_weight", "interaction_cst", "monotonic_cst", "quantile"), (None,)),
}
_CONVERGENCE = frozenset({"tol", "solver", "max_iter", "shrinking", "probability"})
_KERNEL: Fixed = {"kernel": ("rbf",), "max_iter": lambda value: value == -1 or at_least(ENOUGH_STEPS)(value)}
_HOW_FAR = frozenset({"validation_fraction", "n_iter_no_change", "scoring", "tol", "oob_score"})
_LOGISTIC: Fixed = {
    "fit_intercept": (True,),
    "dual": (False,),
    "intercept_scaling": (1, 1.0),
    "multi_class": ("auto", "multinomial", *_UNSET),
}
_NETWORK: Fixed = {
    "solver": ("adam",),
    "batch_size": ("auto",),
    "max_iter": at_least(MIN_EPOCHS),
}
_ADAM = frozenset(
    {"beta_1", "beta_2", "epsilon", "learning_rate", "power_t", "momentum", "nesterovs_momentum", "shuffle"}
    | {"max_fun", "loss"}
)
_LEAVES: Fixed = {
    "boosting_type": ("gbdt",),
    "max_depth": (-1,),
    "subsample": (1.0, 1),
    "reg_alpha": (0.0, 0),
    "min_split_gain": (0.0, 0),
    "min_child_weight": (0.001,),
    "class_weight": (None,),
}
_BOOSTER: Fixed = {
    "booster": (None, "gbtree"),
    "grow_policy": (None, "depthwise", 0),
    "max_leaves": (None, 0),
    "early_stopping_rounds": (None,),
    "num_parallel_tree": (None, 1),
    **dict.fromkeys(("gamma", "reg_alpha", "max_delta_step"), (None, 0, 0.0)),
    **dict.fromkeys(("colsample_bylevel", "colsample_bynode", "scale_pos_weight"), (None, 1, 1.0)),
    **dict.fromkeys(("interaction_constraints", "monotone_constraints"), (None, "()", "")),
}
_HOW_BOOSTED = frozenset(
    {"objective", "base_score", "importance_type", "missing", "tree_method", "max_bin", "gpu_id", "device"}
    | {"predictor", "validate_parameters", "use_label_encoder", "enable_categorical", "eval_metric", "kwargs"}
    | {"sampling_method", "max_cat_threshold", "max_cat_to_onehot", "feature_types"}
    | {"callbacks", "feature_weights", "multi_strategy", "subsample_for_bin", "subsample_freq"}
)
_FOREST_NAMES = ("RandomForest", "random_forest"), ("ExtraTrees", "extra_trees")

CONVERSIONS: Mapping[str, Conversion] = {
    **{
        f"sklearn.ensemble.{kind}Classifier": Conversion(learner, _classifying_forest, _TREES, _HOW_FAR)
        for kind, learner in _FOREST_NAMES
    },
    **{
        f"sklearn.ensemble.{kind}Regressor": Conversion(
            learner, _regressing_forest, {**_TREES, "criterion": ("mse", "squared_error")}, _HOW_FAR
        )
        for kind, learner in _FOREST_NAMES
    },
    "sklearn.ensemble.HistGradientBoostingClassifier": Conversion(
        "hist_gradient_boosting",
        _hist_gradient_boosting,
        {**_HIST, "loss": ("log_loss", "auto", "categorical_crossentropy", "binary_crossentropy")},
        _HOW_FAR | {"categorical_features"},
    ),
    "sklearn.ensemble.HistGradientBoostingRegressor": Conversion(
        "hist_gradient_boosting",
        _hist_gradient_boosting,
        {**_HIST, "loss": ("squared_error", "least_squares")},
        _HOW_FAR | {"categorical_features"},
    ),
    "sklearn.linear_model.LogisticRegression": Conversion(
        "logistic_regression",
        _logistic_regression,
        _LOGISTIC,
        _CONVERGENCE,
        frozenset({"penalty"}),
        is_scaled=True,
    ),
    "sklearn.svm.SVC": Conversion(
        "svm",
        _svm,
        _KERNEL,
        _CONVERGENCE - {"max_iter"} | {"degree", "coef0", "decision_function_shape", "break_ties"},
        is_scaled=True,
    ),
    "sklearn.linear_model.Ridge": Conversion(
        "ridge",
        _ridge,
        {"fit_intercept": (True,), "positive": (False,), "normalize": (False, *_UNSET)},
        _CONVERGENCE,
        is_scaled=True,
    ),
    **{
        f"sklearn.neighbors.KNeighbors{task}": Conversion(
            "k_nearest_neighbors",
            _neighbors,
            {"metric": ("minkowski",), "metric_params": (None,)},
            frozenset({"algorithm", "leaf_size"}),
            is_scaled=True,
        )
        for task in ("Classifier", "Regressor")
    },
    "sklearn.neural_network.MLPClassifier": Conversion(
        "mlp", _mlp, _NETWORK, _ADAM | _HOW_FAR, frozenset({"hidden_layer_sizes"}), is_scaled=True
    ),
    **{
        f"lightgbm.LGBM{task}": Conversion("lightgbm", _lightgbm, _LEAVES, _HOW_BOOSTED)
        for task in ("Classifier", "Regressor")
    },
    **{
        f"xgboost.XGB{task}": Conversion("xgboost", _xgboost, _BOOSTER, _HOW_BOOSTED)
        for task in ("Classifier", "Regressor")
    },
    **{
        f"catboost.CatBoost{task}": Conversion("catboost", _catboost, {}, frozenset({"loss_function"}))
        for task in ("Classifier", "Regressor")
    },
}
