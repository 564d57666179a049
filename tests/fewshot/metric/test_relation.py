"""Relation networks against their equations: layers on joined embeddings, pair by pair."""

import pytest
import torch
from torch import Tensor, nn

from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.metric.relation import Relation, RelationNetwork, RelationSettings
from tests.fewshot.problems import episode_sampler


def plain_logits(learner: RelationNetwork, episodes: Episodes) -> Tensor:
    """(B, M, W) by convolutions of the joined maps of all pairs, every layer by itself."""
    relation = learner.relation
    assert isinstance(relation, Relation)
    layers = [
        one for part in learner.backbone for one in (part if isinstance(part, nn.Sequential) else [part])
    ]
    examples = torch.cat([episodes.support_inputs, episodes.query_inputs], dim=1)
    maps = nn.Sequential(*layers)(examples.flatten(0, 1)).unflatten(0, examples.shape[:2])
    n_support = episodes.support_inputs.shape[1]
    classes = maps[:, :n_support].unflatten(1, episodes.support.shape[1:3]).sum(dim=2)
    n_way, queries = episodes.n_way, maps[:, n_support:]
    pairs = [
        torch.cat([own[way], query])
        for own, some in zip(classes, queries, strict=True)
        for query in some
        for way in range(n_way)
    ]
    blocks = [
        layer
        for part in [relation.first, *relation.rest]
        for layer in (part if isinstance(part, nn.Sequential) else [part])
    ]
    made: Tensor = nn.Sequential(*blocks)(torch.stack(pairs))
    return made.reshape(len(classes), -1, n_way)


@pytest.mark.parametrize("is_training", [True, False], ids=["training", "evaluation"])
def test_images_are_judged_as_by_convolutions_of_joined_maps(is_training: bool) -> None:
    torch.manual_seed(0)
    shape = EpisodeShape((1, 16, 16), 3, 2, 2)
    learner = RelationNetwork.build(shape, RelationSettings(n_filters=4)).double().train(is_training)
    with torch.no_grad():
        for value in learner.parameters():
            value.add_(0.1 * torch.randn_like(value))  # biases and falling channels, too
    episodes = Episodes(*(torch.rand(2, 3, n, 1, 16, 16, dtype=torch.float64) for n in (2, 2)))
    found, expected = learner(episodes), plain_logits(learner, episodes)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)
    weights = list(learner.parameters())
    slopes = [torch.autograd.grad(one.square().sum(), weights) for one in (found, expected)]
    torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-7, atol=1e-9)


def test_vectors_are_judged_by_every_pair_of_class_sum_and_query() -> None:
    torch.manual_seed(3)
    episodes = episode_sampler(way=3, shot=2, query=4).sample(2)
    first, rest = nn.Linear(8, 5), nn.Sequential(nn.Tanh(), nn.Linear(5, 1))
    learner = RelationNetwork(nn.Flatten(), Relation(first, rest)).eval()
    found = learner(episodes)
    pair = torch.cat([episodes.support[1, 2].sum(dim=0), episodes.query[1, 0, 3]])
    assert torch.allclose(found[1, 3, 2], rest(first(pair))[0], atol=1e-6)
    scores = torch.sigmoid(found)
    target = torch.eye(3).repeat_interleave(4, dim=0).expand(2, -1, -1)
    assert torch.allclose(learner.objective(found, episodes), ((scores - target) ** 2).mean())
