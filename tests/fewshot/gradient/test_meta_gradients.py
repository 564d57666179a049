"""Every gradient learner's training step against a plain double-backward loop in double precision."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.anil import ANIL
from autometa.fewshot.gradient.base import GradientLearner
from autometa.fewshot.gradient.maml import MAML, FirstOrderMAML, MAMLSettings
from autometa.fewshot.gradient.maml_plus_plus import MAMLPlusPlus, MAMLPlusPlusSettings, multi_step_weights
from autometa.fewshot.gradient.meta_sgd import MetaSGD, MetaSGDSettings
from tests.fewshot.gradient.plain_loop import Step, query_losses, with_torch_norms

EXACT = 1e-10
IMAGES, VECTORS = (1, 16, 16), (6,)
BACKBONES = {
    "conv4, pooled": (IMAGES, BackboneSettings(n_filters=4, statistics="episode")),
    "conv4, strided": (
        IMAGES,
        BackboneSettings(n_filters=4, downsampling="stride", pooling="mean", statistics="episode"),
    ),
    "conv4, no norm": (IMAGES, BackboneSettings(n_filters=4, statistics="none")),
    "resnet12": ((3, 16, 16), BackboneSettings(name="resnet12", n_filters=4, statistics="episode")),
    "mlp": (VECTORS, BackboneSettings(n_filters=8, n_layers=2, statistics="episode")),
    "mlp, no norm": (VECTORS, BackboneSettings(n_filters=8, n_layers=2, statistics="none")),
}


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def episodes_of(features: tuple[int, ...], n_episodes: int = 3, way: int = 3) -> Episodes:
    generator = torch.Generator().manual_seed(1)
    support = torch.rand((n_episodes, way, 2, *features), generator=generator)
    query = torch.rand((n_episodes, way, 3, *features), generator=generator)
    return Episodes(support, query)


def gradients_of(learner: GradientLearner, episodes: Episodes | RegressionEpisodes) -> dict[str, Tensor]:
    learner.zero_grad()
    learner.training_step(episodes)
    return {name: p.grad.clone() for name, p in learner.named_parameters() if p.grad is not None}


def descent(rate: float) -> Step:
    return lambda weights, gradients: {name: w - rate * gradients[name] for name, w in weights.items()}


def agree(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert set(found) == set(expected)
    for name, value in expected.items():
        scale = max(1.0, float(value.abs().max()))
        assert float((found[name] - value).abs().max()) <= EXACT * scale, name


def plain_gradients(network: nn.Module, episodes: Any, prefix: str, **loop: Any) -> dict[str, Tensor]:
    """Gradients of the mean loss after the last step, by torch's layers and the graph of all steps."""
    network = with_torch_norms(deepcopy(network))
    start = dict(network.named_parameters())
    loss = query_losses(network, dict(start), episodes, **loop)[:, -1].mean()
    found = torch.autograd.grad(loss, list(start.values()))
    return {f"{prefix}{name}": value for name, value in zip(start, found, strict=True)}


@pytest.mark.parametrize("n_steps", [1, 2, 10])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_maml_agrees_with_a_plain_double_backward_loop(backbone: str, n_steps: int) -> None:
    features, settings = BACKBONES[backbone]
    shape = EpisodeShape(features, 3, 2, 3)
    chosen = MAMLSettings(backbone=settings, inner_rate=0.1, n_inner_steps=n_steps, n_at_once=2)
    learner, episodes = MAML.build(shape, chosen), episodes_of(features)
    expected = plain_gradients(learner.network, episodes, "network.", step=descent(0.1), n_steps=n_steps)
    agree(gradients_of(learner, episodes), expected)


@pytest.mark.parametrize("learner_type", [MAML, ANIL])
def test_padding_changes_no_meta_gradient_without_batch_statistics(learner_type: type[MAML]) -> None:
    features, settings = BACKBONES["mlp, no norm"]
    shape = EpisodeShape(features, 3, 2, 3)
    chosen = MAMLSettings(backbone=settings, inner_rate=0.1, n_inner_steps=3, n_at_once=3)
    learner, episodes = learner_type.build(shape, chosen), episodes_of(features)
    assert learner.takes_masks
    garbage = torch.full((3, 3, 1, *features), 7.0)
    support, query = (torch.cat([part, garbage], dim=2) for part in (episodes.support, episodes.query))
    masks = [torch.arange(part.shape[2]).expand(part.shape[:3]) < n for part, n in ((support, 2), (query, 3))]
    agree(gradients_of(learner, Episodes(support, query, *masks)), gradients_of(learner, episodes))


def test_batch_statistics_would_see_padding() -> None:
    features, settings = BACKBONES["mlp"]
    assert not MAML.build(EpisodeShape(features, 3, 2, 3), MAMLSettings(backbone=settings)).takes_masks


def test_first_order_maml_takes_inner_gradients_for_constants() -> None:
    features, settings = BACKBONES["conv4, pooled"]
    chosen = MAMLSettings(backbone=settings, inner_rate=0.1, n_inner_steps=3, n_at_once=3)
    learner = FirstOrderMAML.build(EpisodeShape(features, 3, 2, 3), chosen)
    episodes = episodes_of(features)
    expected = plain_gradients(
        learner.network, episodes, "network.", step=descent(0.1), n_steps=3, is_second_order=False
    )
    agree(gradients_of(learner, episodes), expected)


@pytest.mark.parametrize("n_steps", [1, 5])
def test_meta_sgd_learns_rates_by_their_exact_gradient(n_steps: int) -> None:
    features, settings = BACKBONES["conv4, strided"]
    chosen = MetaSGDSettings(backbone=settings, n_inner_steps=n_steps, n_at_once=1)
    learner, episodes = MetaSGD.build(EpisodeShape(features, 3, 2, 3), chosen), episodes_of(features)
    network = with_torch_norms(deepcopy(learner.network))
    start = dict(network.named_parameters())
    rates = {
        name: rate.detach().clone().requires_grad_() for name, rate in zip(start, learner.rates, strict=True)
    }

    def step(weights: dict[str, Tensor], gradients: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: w - rates[name] * gradients[name] for name, w in weights.items()}

    loss = query_losses(network, dict(start), episodes, step=step, n_steps=n_steps)[:, -1].mean()
    found = torch.autograd.grad(loss, [*start.values(), *rates.values()])
    names = [f"network.{name}" for name in start] + [f"rates.{number}" for number in range(len(rates))]
    agree(gradients_of(learner, episodes), dict(zip(names, found, strict=True)))


@pytest.mark.parametrize("n_steps", [1, 4])
def test_anil_adapts_the_head_and_learns_the_body(n_steps: int) -> None:
    features, settings = BACKBONES["conv4, pooled"]
    chosen = MAMLSettings(backbone=settings, inner_rate=0.1, n_inner_steps=n_steps, n_at_once=2)
    learner, episodes = ANIL.build(EpisodeShape(features, 3, 2, 3), chosen), episodes_of(features)
    network = with_torch_norms(nn.Sequential(deepcopy(learner.body), deepcopy(learner.network)))
    start = dict(network.named_parameters())

    def step(weights: dict[str, Tensor], gradients: dict[str, Tensor]) -> dict[str, Tensor]:
        return {n: w - 0.1 * gradients[n] if n.startswith("1.") else w for n, w in weights.items()}

    loss = query_losses(network, dict(start), episodes, step=step, n_steps=n_steps)[:, -1].mean()
    found = torch.autograd.grad(loss, list(start.values()))
    names = [
        name.replace("0.", "body.", 1) if name.startswith("0.") else name.replace("1.", "network.", 1)
        for name in start
    ]
    agree(gradients_of(learner, episodes), dict(zip(names, found, strict=True)))


@pytest.mark.parametrize("done", [0.0, 0.05, 0.5])
def test_maml_plus_plus_sums_the_losses_of_all_steps(done: float) -> None:
    features, settings = BACKBONES["conv4, pooled"]
    chosen = MAMLPlusPlusSettings(backbone=settings, n_inner_steps=3, first_order_share=0.02, n_at_once=2)
    learner, episodes = MAMLPlusPlus.build(EpisodeShape(features, 3, 2, 3), chosen), episodes_of(features)
    learner.begin_step(round(1000 * done), 1000)
    learner.zero_grad()
    learner.measure(episodes).loss.backward()  # the graph of all steps, by the learner's own layers
    free = {name: p for name, p in learner.named_parameters() if p.requires_grad}
    expected = {name: torch.zeros_like(p) if p.grad is None else p.grad.clone() for name, p in free.items()}
    found = gradients_of(learner, episodes)
    assert any(name.startswith("norms") for name in found)
    agree(found, expected)


def test_maml_plus_plus_with_equal_rates_and_one_step_is_maml() -> None:
    features, settings = BACKBONES["conv4, no norm"]
    shape, episodes = EpisodeShape(features, 3, 2, 3), episodes_of(features)
    plus = MAMLPlusPlus.build(
        shape, MAMLPlusPlusSettings(backbone=settings, inner_rate=0.1, n_inner_steps=1, n_at_once=3)
    )
    expected = plain_gradients(plus.network, episodes, "network.", step=descent(0.1), n_steps=1)
    found = {name: g for name, g in gradients_of(plus, episodes).items() if name.startswith("network.")}
    agree(found, expected)


def test_multi_step_weights_are_even_at_first_and_end_at_the_last_step() -> None:
    assert multi_step_weights(5, done=0.0) == pytest.approx([0.2] * 5)
    assert multi_step_weights(5, done=0.5) == pytest.approx([0.1] * 4 + [0.6])
    assert multi_step_weights(5, done=0.99) == pytest.approx([0.006] * 4 + [0.976])
    assert multi_step_weights(5, done=1.0) == [0.0] * 4 + [1.0]


@pytest.mark.parametrize("n_steps", [1, 5])
def test_regression_agrees_too(n_steps: int) -> None:
    generator = torch.Generator().manual_seed(2)
    inputs, targets = (torch.rand((4, 10, 1), generator=generator) for _ in range(2))
    episodes = RegressionEpisodes(inputs[:, :5], targets[:, :5], inputs[:, 5:], targets[:, 5:])
    chosen = MAMLSettings(inner_rate=0.05, n_inner_steps=n_steps, n_at_once=4)
    learner = MAML.build(EpisodeShape((1,), 1, 5, 5, 1), chosen)
    expected = plain_gradients(learner.network, episodes, "network.", step=descent(0.05), n_steps=n_steps)
    agree(gradients_of(learner, episodes), expected)


class Gate(nn.Module):
    """A layer that the engine has never seen."""

    def __init__(self, n_features: int):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(n_features))

    def forward(self, values: Tensor) -> Tensor:
        return values * torch.sigmoid(self.scale)


@pytest.mark.parametrize("n_at_once", [1, 3])
def test_any_module_is_adapted(n_at_once: int) -> None:
    network = nn.Sequential(nn.Linear(6, 5), Gate(5), nn.LayerNorm(5), nn.Tanh(), nn.Linear(5, 3))
    learner = MAML(network, inner_rate=0.1, n_inner_steps=2, n_at_once=n_at_once)
    episodes = episodes_of(VECTORS)
    expected = plain_gradients(network, episodes, "network.", step=descent(0.1), n_steps=2)
    agree(gradients_of(learner, episodes), expected)


def test_the_number_of_episodes_at_once_changes_nothing_but_speed() -> None:
    features, settings = BACKBONES["conv4, pooled"]
    episodes, found = episodes_of(features, n_episodes=6), []
    for n_at_once in (1, 4, 6, 0):
        torch.manual_seed(3)
        chosen = MAMLSettings(backbone=settings, inner_rate=0.1, n_inner_steps=2, n_at_once=n_at_once)
        learner = MAML.build(EpisodeShape(features, 3, 2, 3), chosen)
        found.append(gradients_of(learner, episodes))
        assert int(learner.chunking.n_at_once) >= 1
    for other in found[1:]:
        agree(other, found[0])
