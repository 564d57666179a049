"""Learners with a memory against plain sequences, their equations, and what must not matter."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from autometa.fewshot.catalogue import build
from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.memory.base import Embedding, EmbeddingSettings
from autometa.fewshot.memory.in_context import visibility
from autometa.fewshot.memory.mann import MANN, MANNSettings, cosine, least_used
from autometa.fewshot.memory.meta_networks import TwoLayers
from autometa.fewshot.memory.snail import AttentionBlock, DenseBlock, TemporalBlock
from tests.fewshot.problems import episode_sampler, gaussian_classes

SMALL = {
    "mann": {"n_hidden": 32, "n_slots": 16, "n_cells": 8, "n_heads": 2},
    "meta_networks": {"embedding.n_features": 8, "embedding.backbone.n_filters": 8, "n_hidden": 8},
    "snail": {
        "embedding.n_features": 8,
        "embedding.backbone.n_filters": 8,
        "n_filters": 8,
        "widths": (8, 16, 16),
    },
    "in_context": {
        "embedding.n_features": 8,
        "embedding.backbone.n_filters": 8,
        "n_features": 16,
        "n_layers": 2,
    },
}


@pytest.fixture
def episodes() -> Episodes:
    return episode_sampler(way=3, shot=2, query=4).sample(2)


def learner_of(name: str, shape: tuple[int, ...] = (4,)) -> FewShotLearner:
    return build(name, EpisodeShape(shape, 3, 2, 4), settings=SMALL[name])


@pytest.mark.parametrize("name", SMALL)
def test_queries_do_not_influence_each_other(name: str, episodes: Episodes) -> None:
    learner = learner_of(name).eval()
    together = learner(episodes)
    alone = learner(episodes._replace(query=episodes.query[:, :, 1:2]))
    assert torch.allclose(together.reshape(2, 3, 4, 3)[:, :, 1], alone, atol=1e-5)


def test_the_order_of_the_context_does_not_matter(episodes: Episodes) -> None:
    learner = learner_of("in_context").eval()
    turned = episodes._replace(support=episodes.support.flip(2))
    assert torch.allclose(learner(episodes), learner(turned), atol=1e-5)


def test_queries_see_the_context_and_themselves() -> None:
    sees = visibility(2, 2, torch.device("cpu"))
    assert sees.int().tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 0, 1]]


@pytest.mark.parametrize("dilation", [1, 2, 4, 8])
def test_dense_block_is_a_causal_convolution_of_the_whole_sequence(dilation: int) -> None:
    torch.manual_seed(0)
    block, support, query = DenseBlock(3, 5, dilation), torch.randn(2, 4, 3), torch.randn(2, 6, 3)
    found = block((support, query))
    kernel = torch.stack([block.before.weight, block.now.weight], dim=2)  # (2·5, 3, 2)
    for number in range(6):
        sequence = torch.cat([support, query[:, number : number + 1]], dim=1).mT
        padded = functional.pad(sequence, (dilation, 0))
        value, gate = functional.conv1d(padded, kernel, block.now.bias, dilation=dilation).mT.chunk(2, dim=2)
        expected = torch.tanh(value) * torch.sigmoid(gate)
        assert torch.allclose(found[1][:, number, 3:], expected[:, -1], atol=1e-5)
        assert torch.allclose(found[0][:, :, 3:], expected[:, :-1], atol=1e-5)


def test_attention_block_is_causal_attention_of_the_whole_sequence() -> None:
    torch.manual_seed(1)
    block, support, query = AttentionBlock(3, 4, 5), torch.randn(2, 4, 3), torch.randn(2, 6, 3)
    found = block((support, query))
    for number in range(6):
        sequence = torch.cat([support, query[:, number : number + 1]], dim=1)
        expected = functional.scaled_dot_product_attention(
            block.queries(sequence), block.keys(sequence), block.values(sequence), is_causal=True
        )
        assert torch.allclose(found[1][:, number, 3:], expected[:, -1], atol=1e-5)
        assert torch.allclose(found[0][:, :, 3:], expected[:, :-1], atol=1e-5)


def test_temporal_block_sees_the_first_example() -> None:
    block, query = TemporalBlock(2, 6, 3), torch.randn(1, 1, 2)
    support = torch.randn(1, 5, 2, requires_grad=True)
    block((support, query))[1].sum().backward()
    assert support.grad is not None
    assert bool((support.grad[0].abs().sum(dim=1) > 0).all())


def test_memory_is_written_where_it_is_least_used() -> None:
    usage = torch.tensor([[0.5, 0.1, 0.9, 0.2]])
    assert least_used(usage, 2)[0].tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]


def test_keys_read_what_is_most_like_them() -> None:
    keys, memory = torch.tensor([[[2.0, 0.0]]]), torch.tensor([[[5.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]])
    assert torch.allclose(cosine(keys, memory), torch.tensor([[[1.0, 0.0, -1.0]]]))


def test_a_strong_key_reads_one_slot() -> None:
    shape = EpisodeShape((4,), 3, 2, 4)
    embedding = Embedding(shape, EmbeddingSettings(n_features=0))
    weak, strong = (
        MANN(embedding, n_way=3, settings=MANNSettings(n_slots=6, key_strength=strength))
        for strength in (1.0, 1e4)
    )
    strong.load_state_dict(weak.state_dict())
    seen = torch.randn(2, 1, 7, generator=torch.Generator().manual_seed(0))
    largest = []
    for learner in (weak, strong):
        state = learner._begin(seen)
        largest.append(learner._step(seen[:, 0], state)[1].reading.amax(dim=2))
    assert bool((largest[0] <= torch.e**2 / (torch.e**2 + 5)).all())  # cosines differ by 2 at most
    assert bool((largest[1] > 0.99).all())


def test_mann_sees_each_example_with_the_label_before_it(episodes: Episodes) -> None:
    shape = EpisodeShape((4,), 3, 2, 4)
    learner = MANN(Embedding(shape, EmbeddingSettings(n_features=0)), n_way=3, settings=MANNSettings())
    learner.generator = torch.Generator().manual_seed(0)
    sequence, last = learner._sequence(episodes.support)
    own = {tuple(row): way for way in range(3) for row in episodes.support[0, way].tolist()}
    ways = [own[tuple(row)] for row in sequence[0, :, :4].tolist()]
    labels: Tensor = sequence[0, :, 4:]
    assert labels[0].tolist() == [0.0, 0.0, 0.0]
    assert labels[1:].argmax(dim=1).tolist() == ways[:-1]
    assert int(last[0].argmax()) == ways[-1]
    assert ways != sorted(ways)


def test_gradients_of_two_layers_are_those_of_autograd() -> None:
    torch.manual_seed(2)
    layers, inputs = TwoLayers(4, 5, 3), torch.randn(1, 2, 4)
    labels = torch.eye(3)[None, :2]
    found = layers.gradients(inputs, labels)
    for number in range(2):
        logits = layers.second(torch.relu(layers.first(inputs[0, number])))
        loss = functional.cross_entropy(logits[None], torch.tensor([number]))
        expected = torch.autograd.grad(loss, [layers.first.weight, layers.second.weight])
        for mine, one in zip(found, expected, strict=True):
            assert torch.allclose(mine[0, number], one, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_vectors_are_learned(name: str) -> None:
    sampler, learner = episode_sampler(gaussian_classes(), way=3, shot=2, query=4), learner_of(name)
    optimizer = torch.optim.Adam(learner.parameters(), 0.005)
    accuracies = []
    for _ in range(150):
        optimizer.zero_grad()
        metrics = learner.training_step(sampler.sample(8))
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 10.0)
        optimizer.step()
        accuracies.append(float(metrics["accuracy"]))
    assert sum(accuracies[-10:]) / 10 > 0.7  # chance is a third


@pytest.mark.parametrize("name", SMALL)
def test_images_give_every_weight_a_gradient(name: str) -> None:
    learner = learner_of(name, (1, 16, 16))
    data = gaussian_classes(shape=(1, 16, 16))
    learner.training_step(episode_sampler(data, way=3, shot=2, query=4).sample(2))
    missing = [
        n for n, p in learner.named_parameters() if p.grad is None or not bool(p.grad.isfinite().all())
    ]
    assert missing == (["keys.second.weight", "keys.second.bias"] if name == "meta_networks" else [])
