"""EmptyColumnFiller: a column without a known value in training becomes a constant."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from autometa.dataset import FloatArray


class EmptyColumnFiller(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Zeros where training saw nothing but missing values; all else stays, missing values too.

    Histogram gradient boosting of scikit-learn 1.8 and 1.9 cannot bin a column without a known value ("window
    shape cannot be larger than input array shape"). Forests give the same predictions either way.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Look for columns of (n, columns) numbers without a known value."""
        values = np.asarray(X, dtype=np.float64)
        self.is_empty_ = np.isnan(values).all(axis=0)
        self.n_features_in_ = values.shape[1]
        return self

    def transform(self, X: Any) -> FloatArray:
        """(n, columns) numbers."""
        return np.where(self.is_empty_, 0.0, np.asarray(X, dtype=np.float64))
