"""Prototypical networks against the equations written out one query at a time, and the closed linear form."""

import pytest
import torch
from torch import nn

from autometa.devices import make_generator
from autometa.fewshot import Episodes, EpisodeSampler, TrainingPlan, build, evaluate, train
from autometa.fewshot.metric.prototypical import PrototypicalNetwork, PrototypicalSettings, prototypes
from tests.fewshot.problems import episode_sampler, gaussian_classes, padded


def identity(distance: str = "euclidean") -> PrototypicalNetwork:
    return PrototypicalNetwork(nn.Identity(), settings=PrototypicalSettings(distance=distance))  # type: ignore[arg-type]


def test_a_hand_computed_case() -> None:
    support = torch.tensor([[[[0.0, 0.0], [2.0, 0.0]], [[0.0, 3.0], [0.0, 5.0]]]])  # means (1, 0) and (0, 4)
    query = torch.tensor([[[[1.0, 1.0]], [[0.0, 4.0]]]])
    logits = identity()(Episodes(support, query))
    torch.testing.assert_close(logits, torch.tensor([[[-1.0, -10.0], [-17.0, 0.0]]]))


def test_loss_is_equation_2_one_query_at_a_time() -> None:
    episodes = episode_sampler().sample(3)
    losses = []
    for support, query in zip(episodes.support, episodes.query, strict=True):
        means = [support[way].sum(dim=0) / 2 for way in range(3)]
        for way in range(3):
            for example in query[way]:
                distances = torch.stack([(example - mean).pow(2).sum() for mean in means])
                losses.append(distances[way] + torch.logsumexp(-distances, dim=0))
    torch.testing.assert_close(identity().loss(episodes), torch.stack(losses).mean(), rtol=1e-4, atol=1e-5)


def test_it_is_the_linear_model_of_section_2_4() -> None:
    episodes = episode_sampler().sample(2)
    means = prototypes(episodes.support)
    query = episodes.query_inputs
    linear = 2 * torch.einsum("bmd,bwd->bmw", query, means) - means.square().sum(2)[:, None]
    torch.testing.assert_close(
        torch.softmax(identity()(episodes), 2), torch.softmax(linear, 2), rtol=1e-3, atol=1e-5
    )


def test_cosine_is_torchs_cosine() -> None:
    episodes = episode_sampler().sample(2)
    expected = nn.functional.cosine_similarity(
        episodes.query_inputs[:, :, None], prototypes(episodes.support)[:, None], dim=3
    )
    torch.testing.assert_close(identity("cosine")(episodes), expected)


def test_padding_changes_nothing() -> None:
    episodes = episode_sampler().sample(2)
    grown = padded(episodes)
    logits, expected = identity()(grown), identity()(episodes)
    asked = grown.query_targets[0] >= 0
    torch.testing.assert_close(logits[:, asked][:, :, :3], expected)
    torch.testing.assert_close(identity().loss(grown), identity().loss(episodes))


def test_transductive_answers_depend_on_the_episode_alone() -> None:
    images = gaussian_classes(shape=(1, 8, 8))
    sampler = EpisodeSampler(images, way=3, shot=1, query=2, generator=make_generator(0))
    settings = {"backbone.statistics": "episode", "backbone.n_filters": 8, "backbone.n_layers": 2}
    learner = build("prototypical", sampler.shape, settings=settings).eval()
    assert learner.is_transductive
    episodes = sampler.sample(4)
    together = learner(episodes)
    apart = torch.cat(
        [learner(Episodes(episodes.support[k : k + 1], episodes.query[k : k + 1])) for k in range(4)]
    )
    torch.testing.assert_close(together, apart, rtol=1e-3, atol=1e-4)


def test_inductive_answers_depend_on_no_other_query() -> None:
    sampler = episode_sampler()
    learner = build("prototypical", sampler.shape).eval()
    assert not learner.is_transductive
    episodes = sampler.sample(1)
    alone = Episodes(episodes.support, episodes.query[:, :, :1])
    torch.testing.assert_close(learner(episodes)[:, ::4], learner(alone), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_it_learns_to_ignore_what_tells_nothing() -> None:
    data = gaussian_classes(60, 12, (3,))
    noise = 20.0 * torch.randn((720, 5), generator=make_generator(2))
    noisy = type(data)(torch.cat([data.examples, noise], dim=1), data.starts, data.counts, data.names)
    samplers = [
        EpisodeSampler(noisy.select(names), way=5, shot=1, query=5, generator=make_generator(1))
        for names in (data.names[:40], data.names[40:])
    ]
    learner = build("prototypical", samplers[0].shape, settings={"backbone.n_layers": 1})
    before = evaluate(identity(), samplers[1], 100).mean
    train(learner, samplers[0], plan=TrainingPlan(n_steps=300, n_episodes=4, learning_rate=1e-2))
    assert evaluate(learner, samplers[1], 100).mean > before + 0.3
