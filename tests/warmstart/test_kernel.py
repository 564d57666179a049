import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from autometa.warmstart import kernel as module
from autometa.warmstart.kernel import Kernel, fit_kernel, squared_distances


@pytest.fixture
def points():
    return np.random.default_rng(0).random((30, 3))


def bumpy(points):
    values = np.sin(6 * points[:, 0]) + points[:, 1]
    return (values - values.mean()) / values.std()


def test_covariance_is_scikit_learns_matern(points):
    lengths = np.array([0.3, 1.0, 4.0])

    ours = Kernel(lengths, 1.5, 0.1).between(points[:10], points)

    theirs = 1.5**2 * Matern(lengths, nu=2.5)(points[:10], points)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_loss_is_the_marginal_likelihood_of_scikit_learn_and_the_prior(points):
    values = bumpy(points)
    logs = np.log([0.3, 1.0, 4.0, 1.5, 0.2])
    gaps = (points[:, None] - points[None]) ** 2
    theirs = ConstantKernel(1.5**2, "fixed") * Matern([0.3, 1.0, 4.0], "fixed", nu=2.5) + WhiteKernel(
        0.2**2 + module.JITTER, "fixed"
    )
    likelihood = GaussianProcessRegressor(theirs, alpha=0.0, optimizer=None).fit(points, values)

    loss, _ = module._loss(logs, gaps, values)

    centres, spreads = np.log([0.5, 0.5, 0.5, 1.0, 0.1]), np.array([1.5, 1.5, 1.5, 1.0, 1.0])
    prior = 0.5 * (((logs - centres) / spreads) ** 2).sum()
    constant = len(values) / 2 * np.log(2 * np.pi)
    assert loss == pytest.approx(-likelihood.log_marginal_likelihood_value_ - constant + prior, rel=1e-6)


def test_gradient_is_the_slope_of_the_loss(points):
    gaps = (points[:, None] - points[None]) ** 2
    start = np.log([0.4, 0.9, 2.0, 1.2, 0.15])

    difference = check_grad(
        lambda logs: module._loss(logs, gaps, bumpy(points))[0],
        lambda logs: module._loss(logs, gaps, bumpy(points))[1],
        start,
    )

    assert difference < 1e-4


def test_a_dimension_without_effect_gets_a_long_length_scale(points):
    fitted = fit_kernel(points, bumpy(points))

    assert fitted.length_scales[2] > 3 * fitted.length_scales[0]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_few_points_leave_the_kernel_at_its_priors(points, n):
    fitted = fit_kernel(points[:n], np.zeros(n))

    np.testing.assert_allclose(
        [*fitted.length_scales, fitted.signal, fitted.noise], [0.5, 0.5, 0.5, 1.0, 0.1]
    )


def test_squared_distances_are_never_negative(points):
    distances = squared_distances(points, points)

    assert (distances >= 0).all()
    np.testing.assert_allclose(distances, ((points[:, None] - points[None]) ** 2).sum(2), atol=1e-12)
