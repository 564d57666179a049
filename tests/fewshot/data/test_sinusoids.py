"""Sinusoids: the points lie on curves of the family."""

import numpy as np
import torch

from autometa.devices import make_generator
from autometa.fewshot.data.sinusoids import SinusoidFamily, SinusoidSampler


def test_all_points_of_an_episode_lie_on_one_curve_of_the_family() -> None:
    episodes = SinusoidSampler(shot=10, query=20, generator=make_generator(0)).sample(50)
    x = torch.cat([episodes.support_inputs, episodes.query_inputs], dim=1).double().numpy()
    y = torch.cat([episodes.support_targets, episodes.query_targets], dim=1).double().numpy()
    for inputs, targets in zip(x, y, strict=True):  # a sin(x - p) = c sin x + s cos x: least squares finds it
        basis = np.concatenate([np.sin(inputs), np.cos(inputs)], axis=1)
        (c, s), residual, *_ = np.linalg.lstsq(basis, targets[:, 0], rcond=None)
        assert float(residual[0]) < 1e-8
        assert 0.1 <= np.hypot(c, s) <= 5.0
        assert 0.0 <= np.arctan2(-s, c) <= np.pi
    assert np.abs(x).max() <= 5.0


def test_frequencies_vary_where_asked() -> None:
    family = SinusoidFamily(amplitude=(1.0, 1.0), phase=(0.0, 0.0), frequency=(2.0, 2.0))
    episodes = SinusoidSampler(shot=3, query=2, generator=make_generator(0), family=family).sample(4)
    torch.testing.assert_close(episodes.query_targets, torch.sin(2.0 * episodes.query_inputs))


def test_the_same_seed_gives_the_same_episodes() -> None:
    first, again = (SinusoidSampler(shot=5, query=5, generator=make_generator(3)).sample(2) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


def test_the_shape_says_it_is_a_regression() -> None:
    sampler = SinusoidSampler(shot=5, query=7, generator=make_generator(3))
    assert sampler.shape == ((1,), 1, 5, 7, 1)
    assert sampler.sample(2).query_targets.shape == (2, 7, 1)
