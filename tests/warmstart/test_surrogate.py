import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm, rankdata, spearmanr
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from autometa.warmstart.kernel import JITTER
from autometa.warmstart.surrogate import N_SUPPORT, Surface, fit_surface, gaussian_ranks


def hill(points):
    return -((points[:, 0] - 0.3) ** 2) - 0.2 * points[:, 1]


@pytest.fixture
def points():
    return np.random.default_rng(1).random((40, 3))


@given(arrays(float, st.integers(1, 30), elements=st.integers(-5, 5).map(float)))
def test_gaussian_ranks_are_normal_quantiles_of_mean_ranks(gains):
    expected = norm.ppf((rankdata(gains) - 0.5) / len(gains))

    np.testing.assert_allclose(gaussian_ranks(gains), expected, atol=1e-12)


def test_surface_is_the_mean_of_scikit_learns_process_with_the_same_kernel(points):
    surface = fit_surface(points, hill(points), seed=0)
    values = gaussian_ranks(hill(points))
    kernel = ConstantKernel(surface.kernel.signal**2) * Matern(surface.kernel.length_scales, nu=2.5)
    theirs = GaussianProcessRegressor(
        kernel, alpha=surface.kernel.noise**2 + JITTER, optimizer=None, normalize_y=True
    ).fit(points, values)

    grid = np.random.default_rng(2).random((50, 3))

    np.testing.assert_allclose(surface.predict(grid), theirs.predict(grid), atol=1e-8)


def test_surface_ranks_untried_configurations_as_the_function_does(points):
    surface = fit_surface(points, hill(points), seed=0)
    grid = np.random.default_rng(2).random((200, 3))

    assert spearmanr(surface.predict(grid), hill(grid)).statistic > 0.95


@pytest.mark.parametrize(
    "scale", [lambda y: 3.0 * y - 7.0, np.exp, lambda y: y**3], ids=["affine", "exp", "cube"]
)
def test_surface_does_not_depend_on_the_scale_of_the_gains(points, scale):
    plain = fit_surface(points, hill(points), seed=0)
    other = fit_surface(points, scale(hill(points)), seed=0)

    np.testing.assert_allclose(other.predict(points), plain.predict(points), atol=1e-9)


def test_arrays_give_the_same_surface_back(points):
    surface = fit_surface(points, hill(points), seed=0)

    again = Surface.from_arrays(surface.to_arrays())

    np.testing.assert_array_equal(again.predict(points), surface.predict(points))


def test_a_long_study_rests_on_its_best_trials_and_some_others():
    points = np.random.default_rng(3).random((1000, 2))
    best = points[np.argsort(-hill(points))[:50]]

    surface = fit_surface(points, hill(points), seed=0)

    assert len(surface.support) == N_SUPPORT
    assert {tuple(row) for row in best} <= {tuple(row) for row in surface.support}


@pytest.mark.parametrize("n", [1, 2])
def test_a_tiny_study_has_a_surface(points, n):
    surface = fit_surface(points[:n], np.arange(n, dtype=float), seed=0)

    assert np.isfinite(surface.predict(points)).all()


@pytest.mark.parametrize("gains", [[], [np.nan, 1.0]], ids=["none", "not finite"])
def test_fit_surface_raises_without_finite_gains(points, gains):
    with pytest.raises(ValueError, match="at least one trial and finite gains"):
        fit_surface(points[: len(gains)], np.array(gains), seed=0)
