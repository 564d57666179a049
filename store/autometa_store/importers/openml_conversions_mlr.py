"""MLR_CONVERSIONS: the same for three learners of R's mlr, of which OpenML has millions of random trials.

Kühn, Probst, Thomas & Bischl 2018, "Automatic exploration of machine learning experiments on OpenML". What a
setup does not say has the R package's own default.
"""

from collections.abc import Mapping

from autometa.search_space import Value
from autometa_store.importers.openml_conversions import (
    MIN_TREES,
    Conversion,
    Given,
    NoCounterpartError,
    at_least,
)


def _ranger(given: Given, n_columns: int | None) -> dict[str, Value]:
    tried = given.get("mtry")
    if tried is not None and not n_columns:
        raise NoCounterpartError("mtry counts columns, and their number is unknown")
    bootstrap = given.get("replace") is not False
    share = given.get("sample.fraction")
    params: dict[str, Value] = {
        "max_features": min(float(str(tried)) / (n_columns or 1), 1.0) if tried is not None else "sqrt",
        "min_samples_leaf": 1,
        "min_samples_split": max(int(str(given.get("min.node.size") or 1)), 2),  # ranger's is a node to split
        "bootstrap": bootstrap,
        "criterion": "gini",
    }
    if bootstrap:
        return params | {"max_samples": 1.0 if share is None else float(str(share))}
    if share != 1:  # absent: 0.632
        raise NoCounterpartError("rows are drawn without replacement")
    return params


def _svm(given: Given, n_columns: int | None) -> dict[str, Value]:
    gamma = given.get("gamma")  # absent: 1 / columns
    cost = given.get("cost")
    return {
        "C": 1.0 if cost is None else cost,
        "gamma": "scale" if gamma is None else gamma,
        "class_weight": None,
    }


def _xgboost(given: Given, n_columns: int | None) -> dict[str, Value]:
    if given.get("nrounds") is None:
        raise NoCounterpartError("nrounds is not given")
    defaults = {"eta": 0.3, "max_depth": 6, "min_child_weight": 1.0, "subsample": 1.0}
    defaults |= {"colsample_bytree": 1.0, "lambda": 1.0}
    values = {name: value if given.get(name) is None else given[name] for name, value in defaults.items()}
    rate, penalty = values.pop("eta"), values.pop("lambda")
    return values | {"n_estimators": given["nrounds"], "learning_rate": rate, "reg_lambda": penalty}


MLR_CONVERSIONS: Mapping[str, Conversion] = {
    "mlr.classif.ranger": Conversion(
        "random_forest",
        _ranger,
        {"num.trees": at_least(MIN_TREES), "splitrule": (None, "gini"), "probability": (None, False)},
        frozenset({"respect.unordered.factors", "num.threads", "importance"}),
        frozenset({"mtry", "min.node.size", "replace", "sample.fraction"}),
    ),
    "mlr.classif.svm": Conversion(  # e1071 standardises the inputs itself
        "svm",
        _svm,
        {"kernel": (None, "radial"), "scale": (None, True), "type": (None, "C-classification")},
        frozenset({"degree", "coef0", "tolerance", "fitted", "shrinking", "cachesize"}),
        frozenset({"cost"}),
    ),
    "mlr.classif.xgboost": Conversion(
        "xgboost",
        _xgboost,
        {
            "booster": (None, "gbtree"),
            **dict.fromkeys(("alpha", "gamma", "max_delta_step"), (None, 0, 0.0)),
            **dict.fromkeys(("colsample_bylevel", "num_parallel_tree"), (None, 1, 1.0)),
        },
        frozenset({"objective", "eval_metric", "missing", "print_every_n", "nthread", "verbose"}),
        frozenset({"nrounds", "eta", "lambda"}),
    ),
}
