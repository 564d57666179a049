import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from autometa.warmstart import transfer as module
from autometa.warmstart.transfer import (
    Hypothesis,
    TransferPosterior,
    expected_improvement,
    learned_length_scales,
    standardised,
    transfer_posterior,
)

K, N, M, D = 3, 6, 9, 2


@pytest.fixture
def scene():
    rng = np.random.default_rng(4)
    points = rng.random((N + M, D))
    surfaces = np.array([np.sin(3 * points[:, 0] + t) + t * points[:, 1] for t in range(K)])
    gains = surfaces[1, :N] + 0.3 * points[:N, 1]
    return surfaces[:, N:], surfaces[:, :N], points[N:], points[:N], gains


def test_posterior_is_the_joint_gaussian_conditioned_on_the_observations(scene, monkeypatch):
    at_candidates, at_observed, candidates, observed, gains = scene
    hypothesis = Hypothesis(trust=0.7, mixture=0.4, residual=0.6, stretch=1.5, noise=0.1)
    monkeypatch.setattr(module, "HYPOTHESES", (hypothesis,))
    weights, lengths = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.9])

    posterior = transfer_posterior(*scene, prior_weights=weights, length_scales=lengths)

    surfaces = np.hstack([at_observed, at_candidates])
    points = np.vstack([observed, candidates]) / lengths / 1.5
    r = np.sqrt(5 * ((points[:, None] - points[None]) ** 2).sum(2))
    deviations = surfaces - weights @ surfaces
    joint = 1 + 0.4**2 * (deviations.T * weights) @ deviations + 0.6**2 * (1 + r + r**2 / 3) * np.exp(-r)
    noisy = joint[:N, :N] + (0.1**2 + module.JITTER) * np.eye(N)
    mean = 0.7 * weights @ surfaces
    gain = joint[N:, :N] @ np.linalg.inv(noisy)
    expected = mean[N:] + gain @ (standardised(gains) - mean[:N])
    variance = np.diag(joint[N:, N:] - gain @ joint[:N, N:])
    np.testing.assert_allclose(posterior.mean, expected, atol=1e-9)
    np.testing.assert_allclose(posterior.std**2, variance, atol=1e-9)


def test_hypotheses_are_weighted_by_their_marginal_likelihood(scene, monkeypatch):
    _, at_observed, _, observed, gains = scene
    two = (Hypothesis(1.0, 0.3, 0.5, 1.0, 0.2), Hypothesis(0.0, 0.0, 0.5, 1.0, 0.2))
    monkeypatch.setattr(module, "HYPOTHESES", two)
    monkeypatch.setattr(module, "KEPT_EVIDENCE", 1.0)
    lengths = np.array([0.4, 0.9])

    posterior = transfer_posterior(*scene, length_scales=lengths)

    points = observed / lengths
    r = np.sqrt(5 * ((points[:, None] - points[None]) ** 2).sum(2))
    residual = 1 + 0.25 * (1 + r + r**2 / 3) * np.exp(-r) + (0.04 + module.JITTER) * np.eye(N)
    deviations = at_observed - at_observed.mean(0)
    mixed = residual + 0.09 * deviations.T @ deviations / K
    values = standardised(gains)
    logs = [log_density(values, at_observed.mean(0), mixed), log_density(values, np.zeros(N), residual)]
    expected = np.sort(np.exp(logs) / np.exp(logs).sum())[::-1]
    np.testing.assert_allclose(posterior.probabilities, expected, atol=1e-9)


def test_support_is_the_share_of_hypotheses_that_take_over(scene, monkeypatch):
    two = (Hypothesis(1.0, 0.3, 0.5, 1.0, 0.2), Hypothesis(0.0, 0.0, 0.5, 1.0, 0.2))
    monkeypatch.setattr(module, "HYPOTHESES", two)
    monkeypatch.setattr(module, "KEPT_EVIDENCE", 1.0)

    posterior = transfer_posterior(*scene)

    takes_over = posterior.means.std(axis=1).argmax()  # the residual alone is flatter here
    assert posterior.support == pytest.approx(posterior.probabilities[takes_over])


def test_alternative_length_scales_are_weighed_by_their_marginal_likelihood(scene, monkeypatch):
    monkeypatch.setattr(module, "HYPOTHESES", (Hypothesis(0.0, 0.0, 1.0, 1.0, 0.2),))
    monkeypatch.setattr(module, "KEPT_EVIDENCE", 1.0)
    observed, gains = scene[3], scene[4]
    alternatives = np.array([[0.4, 0.9], [2.0, 0.05]])

    posterior = transfer_posterior(*scene, length_scales=alternatives)

    alone = [transfer_posterior(*scene, length_scales=lengths).mean for lengths in alternatives]
    logs = []
    for lengths in alternatives:
        points = observed / lengths
        r = np.sqrt(5 * ((points[:, None] - points[None]) ** 2).sum(2))
        covariance = 1 + (1 + r + r**2 / 3) * np.exp(-r) + (0.04 + module.JITTER) * np.eye(N)
        logs.append(log_density(standardised(gains), np.zeros(N), covariance))
    shares = np.exp(logs) / np.exp(logs).sum()
    assert 0.01 < shares[1] < 0.99
    np.testing.assert_allclose(posterior.mean, shares @ alone, atol=1e-9)


def log_density(values, mean, covariance):
    deviation = values - mean
    return -0.5 * deviation @ np.linalg.solve(covariance, deviation) - 0.5 * np.linalg.slogdet(covariance)[1]


def test_the_source_that_agrees_gets_the_weight():
    rng = np.random.default_rng(5)
    points = rng.random((60, 2))
    alike = np.sin(8 * points[:, 0])
    surfaces = np.array([alike, np.cos(8 * points[:, 1]), points[:, 0] * points[:, 1]])

    posterior = transfer_posterior(surfaces[:, 12:], surfaces[:, :12], points[12:], points[:12], alike[:12])

    assert posterior.source_weights[0] > 0.7
    assert posterior.transfer_share > 0.5
    assert posterior.support > 0.95
    assert np.corrcoef(posterior.mean, alike[12:])[0, 1] > 0.95


def test_a_source_that_says_the_opposite_is_left_behind():
    rng = np.random.default_rng(6)
    points = rng.random((60, 2))
    truth = -((points - 0.6) ** 2).sum(1)
    opposite = -2.0 * standardised(truth)[None]

    posterior = transfer_posterior(opposite[:, 15:], opposite[:, :15], points[15:], points[:15], truth[:15])

    assert posterior.transfer_share < 0.05
    assert posterior.support < 0.05
    assert np.corrcoef(posterior.mean, truth[15:])[0, 1] > 0.9


def test_without_sources_it_is_a_plain_process(scene):
    _, _, candidates, observed, gains = scene
    nothing = np.zeros((0, M)), np.zeros((0, N))

    posterior = transfer_posterior(*nothing, candidates, observed, gains)

    assert posterior.transfer_share == 0.0
    assert posterior.support == 0.0
    assert np.isfinite(posterior.mean).all()
    assert (posterior.std > 0).all()


def test_one_observation_is_enough(scene):
    at_candidates, at_observed, candidates, observed, gains = scene

    posterior = transfer_posterior(at_candidates, at_observed[:, :1], candidates, observed[:1], gains[:1])

    assert np.isfinite(posterior.mean).all()


@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_scale_and_origin_of_the_gains_do_not_matter(factor, shift):
    rng = np.random.default_rng(7)
    points, surfaces = rng.random((10, 2)), rng.normal(size=(2, 10))
    gains = rng.normal(size=5)
    parts = surfaces[:, 5:], surfaces[:, :5], points[5:], points[:5]

    plain = transfer_posterior(*parts, gains)
    other = transfer_posterior(*parts, factor * gains + shift)

    np.testing.assert_allclose(other.mean, plain.mean, atol=1e-6)


def test_order_of_sources_and_candidates_does_not_matter(scene):
    at_candidates, at_observed, candidates, observed, gains = scene
    plain = transfer_posterior(*scene)

    other = transfer_posterior(
        at_candidates[::-1, ::-1], at_observed[::-1], candidates[::-1], observed, gains
    )

    np.testing.assert_allclose(other.mean[::-1], plain.mean, atol=1e-9)
    np.testing.assert_allclose(other.source_weights[::-1], plain.source_weights, atol=1e-9)


def test_expected_improvement_is_the_integral_of_the_improvement():
    posterior = TransferPosterior(
        np.array([[0.2, -1.0], [1.0, 0.0]]), np.array([[0.5, 2.0], [0.1, 1.0]]), np.array([0.25, 0.75]), 0.4,
        np.zeros(1), 0.0, 0.0,
    )  # fmt: skip

    improvement = expected_improvement(posterior, 0.4)

    def integral(mean, std):
        return quad(lambda y: (y - 0.4) * norm.pdf(y, mean, std), 0.4, mean + 12 * std)[0]

    expected = [
        0.25 * integral(0.2, 0.5) + 0.75 * integral(1.0, 0.1),
        0.25 * integral(-1.0, 2.0) + 0.75 * integral(0.0, 1.0),
    ]
    np.testing.assert_allclose(improvement, expected, rtol=1e-6)


def test_standardised_gains_ignore_how_bad_the_worst_is():
    bad = standardised(np.array([-10.0, 0.0, 1.0, 2.0, 3.0]))
    worse = standardised(np.array([-1e6, 0.0, 1.0, 2.0, 3.0]))

    np.testing.assert_allclose(worse, bad)
    assert bad.mean() == pytest.approx(0.0, abs=1e-12)
    assert bad.std() == pytest.approx(1.0)


@pytest.mark.parametrize("gains", [[3.0], [2.0, 2.0, 2.0], [1e9, 1e9]])
def test_equal_gains_are_standardised_to_zero(gains):
    np.testing.assert_array_equal(standardised(np.array(gains)), np.zeros(len(gains)))


def test_learned_length_scales_are_long_where_no_source_varies():
    points = np.random.default_rng(8).random((150, 2))
    surfaces = np.array([np.sin(7 * points[:, 0] + t) for t in range(4)])

    lengths = learned_length_scales(points, surfaces, seed=0)

    assert lengths[1] > 5 * lengths[0]
