"""Maps of distances: against scikit-learn's, and where the answer is known."""

import numpy as np
import pytest

from autometa.report.embedding import classical_scaling, embed_distances, majorise, pairwise, stress


def points(n: int, n_dimensions: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, n_dimensions))


@pytest.mark.parametrize("embed", [classical_scaling, embed_distances])
def test_distances_in_the_plane_are_drawn_as_they_are(embed) -> None:
    distances = pairwise(points(12, 2))
    np.testing.assert_allclose(pairwise(embed(distances)), distances, atol=1e-8)


def test_classical_scaling_is_scikit_learns() -> None:
    from sklearn.manifold import ClassicalMDS

    distances = pairwise(points(20, 5))
    theirs = ClassicalMDS(n_components=2, metric="precomputed").fit_transform(distances)
    np.testing.assert_allclose(np.abs(classical_scaling(distances)), np.abs(theirs), atol=1e-8)


def test_the_stress_is_as_low_as_scikit_learns_from_the_same_start() -> None:
    from sklearn.manifold import smacof

    distances = pairwise(points(25, 6, seed=1))
    start = classical_scaling(distances)
    _, theirs = smacof(distances, init=start, n_init=1, max_iter=2000, eps=1e-9, normalized_stress=False)
    ours = stress(distances, majorise(distances, start))
    assert ours < stress(distances, start)
    assert ours == pytest.approx(theirs, rel=0.01)


def test_the_same_distances_give_the_same_map() -> None:
    distances = pairwise(points(15, 4))
    np.testing.assert_array_equal(embed_distances(distances), embed_distances(distances.copy()))


def test_data_sets_at_one_place_are_drawn_at_one_place() -> None:
    distances = pairwise(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]))
    drawn = pairwise(embed_distances(distances))
    np.testing.assert_allclose(drawn, distances, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2])
def test_one_and_two_data_sets_have_a_map(n: int) -> None:
    drawn = embed_distances(np.ones((n, n)) - np.eye(n))
    assert drawn.shape == (n, 2)
    np.testing.assert_allclose(pairwise(drawn), np.ones((n, n)) - np.eye(n), atol=1e-9)
