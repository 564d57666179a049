"""Meta-Dataset's episodes against its rules, and embedding that never sees the padding."""

import pytest
import torch
from torch import nn

from autometa.devices import make_generator
from autometa.errors import InvalidDatasetError
from autometa.fewshot import ClassData, Episodes, TrainingPlan, build, evaluate, train
from autometa.fewshot.embedding import embed
from autometa.fewshot.normalisation import BatchNorm
from autometa.fewshot.variable_sampler import VariableSampler, VariableShape
from tests.fewshot.problems import episode_sampler, gaussian_classes, padded

COUNTS = [4 + 3 * (place % 9) for place in range(30)]


def numbered() -> ClassData:
    """Each example is its own number plus one, so that zero is padding."""
    labels = [f"c{place:02d}" for place, count in enumerate(COUNTS) for _ in range(count)]
    return ClassData.of(torch.arange(1.0, sum(COUNTS) + 1)[:, None], labels)


def sampled(variable: VariableShape | None = None, n_episodes: int = 300) -> Episodes:
    return VariableSampler(numbered(), generator=make_generator(0), variable=variable).sample(n_episodes)


def test_ways_are_uniform_between_the_least_and_the_most() -> None:
    episodes = sampled(VariableShape(min_way=5, max_way=12), 1000)
    assert episodes.way_mask is not None
    shares = torch.bincount(episodes.way_mask.sum(dim=1), minlength=13)[5:] / 1000
    torch.testing.assert_close(shares, torch.full((8,), 1 / 8), atol=0.04, rtol=0)


def test_examples_of_a_way_are_different_ones_of_one_class() -> None:
    episodes = sampled()
    class_of = torch.repeat_interleave(torch.arange(30), torch.tensor(COUNTS))
    rows = torch.cat([episodes.support, episodes.query], dim=2).squeeze(-1).long() - 1
    assert episodes.support_mask is not None
    assert episodes.query_mask is not None
    mask = torch.cat([episodes.support_mask, episodes.query_mask], dim=2)
    assert bool((rows[~mask] == -1).all())
    for ways, real in zip(rows, mask, strict=True):
        drawn = [way[kept] for way, kept in zip(ways, real, strict=True) if kept.any()]
        classes = [set(class_of[way].tolist()) for way in drawn]
        assert all(len(found) == 1 for found in classes)
        assert len(set().union(*classes)) == len(classes)
        assert all(len(set(way.tolist())) == len(way) for way in drawn)


def test_queries_are_balanced_and_at_most_half_of_the_smallest_class() -> None:
    episodes = sampled()
    assert episodes.query_mask is not None
    assert episodes.support_mask is not None
    class_of = torch.repeat_interleave(torch.arange(30), torch.tensor(COUNTS))
    rows = episodes.support[:, :, 0, 0].long() - 1
    sizes = torch.tensor(COUNTS)[class_of[rows.clamp(min=0)]].masked_fill(rows < 0, 99)
    expected = (sizes.amin(dim=1) // 2).clamp(max=10)
    n_queries = episodes.query_mask.sum(dim=2)
    assert torch.equal(n_queries, torch.where(rows >= 0, expected[:, None], 0))


def test_support_sets_keep_their_limits_and_every_way_has_one() -> None:
    limits = VariableShape(max_way=20, max_support=60, max_shot=10)
    episodes = sampled(limits)
    assert episodes.support_mask is not None
    assert episodes.way_mask is not None
    assert int(episodes.support_mask.sum(dim=(1, 2)).max()) <= 60
    assert int(episodes.support_mask.sum(dim=2)[episodes.way_mask].min()) == 1
    assert len(episodes.support_mask.sum(dim=2)[0].unique()) > 2  # imbalanced


def test_too_few_classes_are_an_error() -> None:
    with pytest.raises(InvalidDatasetError, match="3 classes cannot make 5-way"):
        VariableSampler(numbered().select(["c00", "c01", "c02"]), generator=make_generator(0))


def test_padding_reaches_no_batch_normalisation() -> None:
    episodes = episode_sampler().sample(3)
    grown = padded(episodes, garbage=1e6)
    for statistics in ("running", "episode"):
        norm = BatchNorm(4, statistics=statistics)  # type: ignore[arg-type]
        backbone = nn.Sequential(norm, nn.Linear(4, 2))
        support, query = embed(backbone, grown)
        expected_support, expected_query = embed(backbone, episodes)
        torch.testing.assert_close(support[:, :3, :2], expected_support, rtol=1e-4, atol=1e-5)
        asked = grown.query_targets[0] >= 0
        torch.testing.assert_close(query[:, asked], expected_query, rtol=1e-4, atol=1e-5)
        assert support[:, 3].abs().max().item() == 0.0


def test_a_learner_trains_on_variable_episodes() -> None:
    sampler = VariableSampler(
        gaussian_classes(30), generator=make_generator(0), variable=VariableShape(min_way=3, max_way=8)
    )
    learner = build("prototypical", sampler.shape, settings={"backbone.n_layers": 1})
    train(learner, sampler, plan=TrainingPlan(n_steps=20, n_episodes=4, learning_rate=1e-2))
    assert evaluate(learner, sampler, 50).mean > 0.6
