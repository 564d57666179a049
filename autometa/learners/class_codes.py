"""CodedClassifier: classifiers that want classes 0, 1, 2, … learn any labels and answer in them."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone

from autometa.dataset import FloatArray


class CodedClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier fitted on the codes of the labels' sorted order.

    XGBoost refuses labels other than 0, 1, 2, …; CatBoost predicts an (n, 1) column where there are more than
    two classes. Behind this wrapper both take any labels and predict (n,) of them.

    Args:
        estimator: unfitted; it stays so, a clone is fitted.
    """

    def __init__(self, estimator: Any):
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on (n, features) inputs and (n,) labels."""
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        self.estimator_ = clone(self.estimator).fit(X, codes)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """(n,) labels."""
        codes = np.asarray(self.estimator_.predict(X)).reshape(-1).astype(np.int64)
        labels: NDArray[Any] = self.classes_[codes]
        return labels

    def predict_proba(self, X: Any) -> FloatArray:
        """(n, classes) probabilities, in the order of `classes_`."""
        return np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)
