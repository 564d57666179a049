"""iMAML against closed forms, Reptile against torch's Adam."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.catalogue import build
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.conjugate_gradients import conjugate_gradients, inner
from autometa.fewshot.gradient.imaml import IMAML, IMAMLSettings
from autometa.fewshot.gradient.reptile import Reptile, ReptileSettings


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def lines(n_episodes: int = 3, n_features: int = 4) -> RegressionEpisodes:
    generator = torch.Generator().manual_seed(4)
    inputs = torch.randn((n_episodes, 12, n_features), generator=generator)
    targets = torch.randn((n_episodes, 12, 1), generator=generator)
    return RegressionEpisodes(inputs[:, :6], targets[:, :6], inputs[:, 6:], targets[:, 6:])


def test_conjugate_gradients_solve_each_episodes_own_system() -> None:
    roots = torch.randn(5, 4, 4)
    matrices = roots @ roots.mT + torch.eye(4)
    right = torch.randn(5, 4)

    def product(vector: list[Tensor]) -> list[Tensor]:
        image = matrices @ torch.cat(vector, dim=1)[:, :, None]
        return list(image[:, :, 0].split([1, 3], dim=1))

    found = conjugate_gradients(product, list(right.split([1, 3], dim=1)), 4)
    assert torch.allclose(torch.cat(found, dim=1), torch.linalg.solve(matrices, right), atol=1e-9)


def test_conjugate_gradients_leave_what_is_solved() -> None:
    right = [torch.zeros(2, 3)]
    found = conjugate_gradients(lambda vector: vector, right, 5)
    assert float(inner(found, found).sum()) == 0.0


def test_conjugate_gradients_stop_where_a_direction_goes_down() -> None:
    matrices = torch.stack([torch.diag(torch.tensor([-1.0, 2.0])), torch.diag(torch.tensor([4.0, 2.0]))])
    right = torch.tensor([[1.0, 0.1], [1.0, 1.0]])
    found = conjugate_gradients(lambda v: [(matrices @ v[0][:, :, None])[:, :, 0]], [right], 10)
    assert torch.allclose(found[0], torch.tensor([[1.0, 0.1], [0.25, 0.5]]))


def test_imaml_is_finite_on_images_before_training() -> None:
    torch.set_default_dtype(torch.float32)
    for seed in range(3):
        torch.manual_seed(seed)
        learner = build("imaml", EpisodeShape((1, 16, 16), 5, 1, 3), seed=seed, settings={"n_at_once": 4})
        learner.training_step(Episodes(torch.rand(4, 5, 1, 1, 16, 16), torch.rand(4, 5, 3, 1, 16, 16)))
        assert all(bool(p.grad.isfinite().all()) for p in learner.parameters() if p.grad is not None)


def test_imaml_has_the_gradient_of_the_regularised_optimum() -> None:
    """Ridge regression around θ has a closed form: φ = (A + λI)⁻¹ (b + λθ)."""
    strength, episodes = 1.5, lines()
    network = nn.Linear(4, 1, bias=False)
    settings = IMAMLSettings(
        inner_rate=0.1, n_inner_steps=800, regularisation=strength, n_solver_steps=4, n_at_once=2
    )
    learner = IMAML(network, settings=settings).train()
    start = network.weight.detach().clone().requires_grad_()
    inputs, targets = episodes.support_inputs, episodes.support_targets
    curvature = 2.0 * inputs.mT @ inputs / 6 + strength * torch.eye(4)
    optimum = torch.linalg.solve(curvature, 2.0 * inputs.mT @ targets / 6 + strength * start.T)
    loss = functional.mse_loss(episodes.query_inputs @ optimum, episodes.query_targets)
    loss.backward()
    metrics = learner.training_step(episodes)
    assert start.grad is not None
    assert torch.allclose(network.weight.grad, start.grad, atol=1e-9)  # type: ignore[arg-type]
    assert float(metrics["loss"]) == pytest.approx(float(loss.detach()), abs=1e-9)


def test_imaml_without_solver_steps_left_is_near_the_unrolled_gradient() -> None:
    episodes, network = lines(), nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
    settings = IMAMLSettings(
        inner_rate=0.1, n_inner_steps=300, regularisation=2.0, n_solver_steps=20, n_at_once=3
    )
    learner = IMAML(network, settings=settings).train()
    learner.measure(episodes).loss.backward()  # type: ignore[no-untyped-call]
    unrolled = [p.grad.clone() for p in network.parameters() if p.grad is not None]
    learner.zero_grad()
    learner.training_step(episodes)
    for parameter, expected in zip(network.parameters(), unrolled, strict=True):
        assert torch.allclose(parameter.grad, expected, atol=1e-8)  # type: ignore[arg-type]


def test_reptile_moves_towards_where_torchs_adam_ends() -> None:
    episodes, network = lines(n_episodes=1), nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
    twin = deepcopy(network)
    settings = ReptileSettings(inner_rate=0.01, inner_batch=6, n_inner_steps=7, n_at_once=1)
    learner = Reptile(network, settings=settings).train()
    optimizer = torch.optim.Adam(twin.parameters(), lr=0.01, betas=(0.0, 0.999))
    for _ in range(2):  # the averages of squared gradients go on into the second step
        before = [value.detach().clone() for value in twin.parameters()]
        for _ in range(7):
            optimizer.zero_grad()
            functional.mse_loss(twin(episodes.support_inputs[0]), episodes.support_targets[0]).backward()
            optimizer.step()
        learner.zero_grad()
        learner.training_step(episodes)
        for mine, old, new in zip(network.parameters(), before, twin.parameters(), strict=True):
            assert torch.allclose(mine.grad, old - new, atol=1e-7)  # type: ignore[arg-type]
            with torch.no_grad():
                mine.copy_(new)


def test_reptile_sees_the_whole_support_set_before_it_repeats_itself() -> None:
    learner = Reptile(nn.Linear(4, 1), settings=ReptileSettings(inner_batch=2, n_inner_steps=6)).train()
    learner.generator = torch.Generator().manual_seed(0)
    batches = learner._batches(lines())
    assert len(batches) == 6
    for episode in range(3):
        first, second = (torch.cat([b[episode] for b in batches[s : s + 3]]) for s in (0, 3))
        assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(6))
        assert first.tolist() != second.tolist()
