"""Two coordinates for each data set, so that distances on paper are as near as can be to given distances.

Shapes: k data sets, e dimensions of the picture.
"""

import numpy as np

from autometa.dataset import FloatArray

MAX_ROUNDS = 300
LEAST_GAIN = 1e-6  # of the stress, relative, in a round; below, the picture is finished


def embed_distances(distances: FloatArray, *, n_dimensions: int = 2) -> FloatArray:
    """(k, e) coordinates: classical scaling, then stress majorisation from there. Nothing is drawn at random.

    Args:
        distances: (k, k) symmetric, 0 on the diagonal, finite.
        n_dimensions: e.
    """
    return majorise(distances, classical_scaling(distances, n_dimensions=n_dimensions))


def classical_scaling(distances: FloatArray, *, n_dimensions: int = 2) -> FloatArray:
    """(k, e) principal coordinates: the largest eigenvectors of the doubly centred squared distances.

    Torgerson 1952, "Multidimensional scaling: I. Theory and method". Of each axis the sign is chosen that
    makes its entry of largest size positive, so that the same distances always give the same picture.

    Args:
        distances: (k, k) symmetric.
        n_dimensions: e; dimensions that the distances do not have are 0.
    """
    squares = distances**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(-0.5 * centred)  # ascending
    coordinates = np.zeros((len(distances), n_dimensions))
    for axis, column in enumerate(range(len(values) - 1, max(len(values) - 1 - n_dimensions, -1), -1)):
        vector = vectors[:, column] * np.sqrt(max(values[column], 0.0))
        coordinates[:, axis] = vector * (np.sign(vector[np.abs(vector).argmax()]) or 1.0)
    return coordinates


def majorise(distances: FloatArray, start: FloatArray) -> FloatArray:
    """(k, e) coordinates of a smaller stress, by Guttman's transform until it no longer falls.

    SMACOF: de Leeuw 1977, "Applications of convex analysis to multidimensional scaling"; Borg & Groenen 2005,
    "Modern Multidimensional Scaling", section 8.6. All weights are 1. The stress never rises.

    Args:
        distances: (k, k) symmetric.
        start: (k, e).
    """
    coordinates, before = start, stress(distances, start)
    for _ in range(MAX_ROUNDS):
        drawn = pairwise(coordinates)
        ratios = np.divide(distances, drawn, out=np.zeros_like(drawn), where=drawn > 0)
        transform = np.diag(ratios.sum(axis=1)) - ratios  # (k, k)
        moved = transform @ coordinates / len(coordinates)
        after = stress(distances, moved)
        coordinates = moved
        if before - after <= LEAST_GAIN * before:
            break
        before = after
    return coordinates


def stress(distances: FloatArray, coordinates: FloatArray) -> float:
    """Raw stress: the sum over pairs of the squared difference of given and drawn distance."""
    return float(((distances - pairwise(coordinates)) ** 2).sum() / 2.0)


def pairwise(coordinates: FloatArray) -> FloatArray:
    """(k, k) Euclidean distances of the rows."""
    gaps = coordinates[:, None] - coordinates[None]
    distances: FloatArray = np.sqrt((gaps**2).sum(axis=2))
    return distances
