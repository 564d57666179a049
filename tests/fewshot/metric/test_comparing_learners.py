"""Siamese and matching networks against their equations written out, episode by episode."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.catalogue import build
from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.metric.full_context import AttentionLSTM, BidirectionalContext
from autometa.fewshot.metric.matching import MatchingNetwork, MatchingSettings
from autometa.fewshot.metric.siamese import SiameseNetwork, SiameseSettings
from tests.fewshot.problems import episode_sampler, gaussian_classes

SMALL = {
    "siamese": {"backbone.n_filters": 8, "n_features": 16},
    "matching": {"backbone.n_filters": 8},
    "matching_fce": {"backbone.n_filters": 8, "n_reads": 2},
    "relation": {"n_filters": 8},
}


@pytest.fixture
def episodes() -> Episodes:
    return episode_sampler(way=3, shot=2, query=4).sample(2)


def flat() -> nn.Module:
    return nn.Flatten()


def test_siamese_weighs_the_gaps_of_twins(episodes: Episodes) -> None:
    torch.manual_seed(0)
    learner = SiameseNetwork(flat(), n_inputs=4, settings=SiameseSettings(n_features=5)).eval()
    found = learner.pair_logits(episodes)
    for position in range(12):
        query = torch.sigmoid(learner.twin(episodes.query[1, position // 4, position % 4]))
        for way in range(3):
            twin = torch.sigmoid(learner.twin(episodes.support[1, way, 1]))
            expected = (learner.alike.weight[0] * (query - twin).abs()).sum() + learner.alike.bias[0]
            assert torch.allclose(found[1, position, way, 1], expected, atol=1e-5)
    assert torch.allclose(learner(episodes), found.mean(dim=3))


def test_siamese_loss_weighs_pairs_of_one_class_like_all_others(episodes: Episodes) -> None:
    learner = SiameseNetwork(flat(), n_inputs=4, settings=SiameseSettings(n_features=5))
    nn.init.zeros_(learner.alike.weight)
    nn.init.zeros_(learner.alike.bias)
    loss = learner.measure(episodes).loss  # every pair is judged alike with probability one half
    assert float(loss.detach()) == pytest.approx(2 * (2 / 3) * 0.6931472, abs=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(learner.alike.bias.grad) == pytest.approx(0.0, abs=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_matching_sums_attention_by_class(episodes: Episodes, distance: str) -> None:
    settings = MatchingSettings(distance=distance, scale=3.0)  # type: ignore[arg-type]
    learner = MatchingNetwork(flat(), n_features=4, settings=settings).eval()
    shares = learner(episodes).exp()
    assert torch.allclose(shares.sum(dim=2), torch.ones(2, 12), atol=1e-5)
    query, support = episodes.query[0, 2, 1], episodes.support[0].flatten(0, 1)
    if distance == "cosine":
        scores = 3.0 * functional.cosine_similarity(query[None], support, dim=1)
    else:
        scores = -((query - support) ** 2).sum(dim=1)
    attention = torch.softmax(scores, dim=0)
    assert torch.allclose(shares[0, 2 * 4 + 1], attention.reshape(3, 2).sum(dim=1), atol=1e-5)


def test_attention_lstm_reads_step_by_step() -> None:
    torch.manual_seed(1)
    reader, query, support = AttentionLSTM(3, 2), torch.randn(1, 2, 3), torch.randn(1, 4, 3)
    found = reader(query, support)
    hidden, read, cell = torch.zeros(3), torch.zeros(3), torch.zeros(6)
    for _ in range(2):
        gates = (
            reader.cell.weight_ih @ query[0, 1]
            + reader.cell.bias_ih
            + reader.cell.weight_hh @ torch.cat([hidden, read])
            + reader.cell.bias_hh
        )
        enter, keep, new, out = gates.chunk(4)
        cell = torch.sigmoid(keep) * cell + torch.sigmoid(enter) * torch.tanh(new)
        hidden = (torch.sigmoid(out) * torch.tanh(cell))[:3] + query[0, 1]
        read = torch.softmax(support[0] @ hidden, dim=0) @ support[0]
    assert torch.allclose(found[0, 1], hidden, atol=1e-6)


def test_context_of_the_support_set_goes_back_to_its_places() -> None:
    torch.manual_seed(2)
    context, support = BidirectionalContext(3), torch.randn(2, 5, 3)
    generator = torch.Generator().manual_seed(0)
    order = torch.rand((2, 5), generator=generator).argsort(dim=1)
    shuffled = torch.stack([one[places] for one, places in zip(support, order, strict=True)])
    expected = context(shuffled, None)
    found = context(support, torch.Generator().manual_seed(0))
    for episode in range(2):
        assert torch.allclose(found[episode][order[episode]], expected[episode], atol=1e-6)


def trained(name: str, shape: tuple[int, ...], n_steps: int) -> tuple[FewShotLearner, float]:
    data = gaussian_classes(shape=shape)
    sampler = episode_sampler(data, way=3, shot=2, query=4)
    learner = build(name, EpisodeShape(shape, 3, 2, 4), settings=SMALL[name])
    optimizer = torch.optim.Adam(learner.parameters(), 0.01)
    for _ in range(n_steps):
        optimizer.zero_grad()
        metrics = learner.training_step(sampler.sample(4))
        optimizer.step()
    return learner, float(metrics["accuracy"])


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_vectors_are_learned(name: str) -> None:
    assert trained(name, (4,), 60)[1] > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_images_pass_and_give_every_weight_a_gradient(name: str) -> None:
    learner, _ = trained(name, (1, 16, 16), 1)
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in learner.parameters())


def test_statistics_of_the_episode_are_called_transductive() -> None:
    settings = MatchingSettings(backbone=BackboneSettings(statistics="episode"))
    assert MatchingNetwork(flat(), n_features=4, settings=settings).is_transductive
