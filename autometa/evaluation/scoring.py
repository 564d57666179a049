"""Scores of a fitted estimator on held-out rows.

Shapes: t test rows, k classes.
"""

from typing import Any

import numpy as np
from sklearn.metrics import (
    balanced_accuracy_score,
    log_loss,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from autometa.dataset import FloatArray, IntArray, TaskType


def score(
    estimator: Any, inputs: FloatArray, target: FloatArray | IntArray, task_type: TaskType
) -> dict[str, float]:
    """Every metric of the task by name.

    ROC AUC of more than two classes is one-against-rest, averaged without weights (Provost & Domingos 2000
    weight by class share; unweighted is what balanced accuracy does too). A metric that needs probabilities
    is left out where the estimator gives none.

    Args:
        estimator: fitted.
        inputs: (t, features).
        target: (t,) true classes or numbers.
        task_type: decides the metrics.
    """
    if task_type is TaskType.REGRESSION:
        predicted = estimator.predict(inputs)
        rmse = root_mean_squared_error(target, predicted)
        return {"r2": float(r2_score(target, predicted)), "rmse": float(rmse)}
    if not hasattr(estimator, "predict_proba"):
        return {"balanced_accuracy": float(balanced_accuracy_score(target, estimator.predict(inputs)))}
    probabilities = np.asarray(estimator.predict_proba(inputs), dtype=np.float64)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    predicted = estimator.classes_[probabilities.argmax(axis=1)]
    classes = estimator.classes_
    ranks = probabilities[:, 1] if len(classes) == 2 else probabilities
    return {
        "balanced_accuracy": float(balanced_accuracy_score(target, predicted)),
        "roc_auc": float(roc_auc_score(target, ranks, multi_class="ovr", average="macro", labels=classes)),
        "log_loss": float(log_loss(target, probabilities, labels=classes)),
    }
