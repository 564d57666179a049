"""Nearest neighbours, Gaussian naive Bayes and ridge in a few matrix products each.

Shapes: m training and t test rows, c columns, k classes, o outputs.
"""

import numpy as np

from autometa.dataset import FloatArray, IntArray

_VARIANCE_SMOOTHING = 1e-9
_RIDGE_PENALTY = 1.0


def squared_distances(x_test: FloatArray, x_train: FloatArray) -> FloatArray:
    """(t, m) squared Euclidean distances, each less the test row's own square (which orders nothing)."""
    distances: FloatArray = x_test @ x_train.T
    distances *= -2.0
    distances += np.vecdot(x_train, x_train)
    return distances


def neighbor_means(distances: FloatArray, outputs: FloatArray, n_neighbors: int) -> FloatArray:
    """(t, o) mean output of the nearest training rows.

    All rows at the distance of the last neighbour vote, so that ties need no order (Cover and Hart 1967 leave
    them open).

    Args:
        distances: (t, m).
        outputs: (m, o) a real target, or indicators of classes.
        n_neighbors: capped at m.
    """
    n_neighbors = min(n_neighbors, distances.shape[1])
    if n_neighbors == 1:
        reach = distances.min(axis=1)
    else:
        reach = np.partition(distances, n_neighbors - 1, axis=1)[:, n_neighbors - 1]
    near = distances <= reach[:, None]
    rows, columns = np.nonzero(near)
    starts = np.searchsorted(rows, np.arange(len(distances)))
    means: FloatArray = np.add.reduceat(outputs[columns], starts, axis=0) / near.sum(axis=1)[:, None]
    return means


def naive_bayes_classes(x_train: FloatArray, y_train: FloatArray, x_test: FloatArray) -> IntArray:
    """(t,) classes by Gaussian naive Bayes (John and Langley 1995).

    As in scikit-learn, 1e-9 of the largest variance of a column is added to every variance.

    Args:
        x_train: (m, c).
        y_train: (m,) codes.
        x_test: (t, c).
    """
    indicators = class_indicators(y_train, int(y_train.max()) + 1)
    counts = indicators.sum(axis=0)
    classes = np.flatnonzero(counts)
    weights = (indicators / np.maximum(counts, 1.0)).T[classes]  # (k, m)
    mean = weights @ x_train
    variance = weights @ np.square(x_train) - np.square(mean)
    variance = np.maximum(variance, 0.0) + _VARIANCE_SMOOTHING * x_train.var(axis=0).max()
    precision = 1.0 / variance
    log_likelihood = x_test @ (2.0 * mean * precision).T - np.square(x_test) @ precision.T
    log_likelihood -= (np.square(mean) * precision + np.log(variance)).sum(axis=1)
    winners: IntArray = np.take(classes, (0.5 * log_likelihood + np.log(counts[classes])).argmax(axis=1))
    return winners


def ridge_outputs(x_train: FloatArray, outputs: FloatArray, x_test: FloatArray) -> FloatArray:
    """(t, o) predictions of ridge regression with intercept and penalty 1 (Hoerl and Kennard 1970).

    Args:
        x_train: (m, c).
        outputs: (m, o).
        x_test: (t, c).
    """
    center, mean = x_train.mean(axis=0), outputs.mean(axis=0)
    z = x_train - center
    gram = z.T @ z
    gram[np.diag_indices_from(gram)] += _RIDGE_PENALTY
    coefficients = np.linalg.solve(gram, z.T @ (outputs - mean))
    predicted: FloatArray = np.add((x_test - center) @ coefficients, mean)
    return predicted


def class_indicators(y: FloatArray, n_classes: int) -> FloatArray:
    """(m, k) 1 where the row is of the class."""
    return np.equal(y[:, None], np.arange(n_classes)).astype(np.float64)
