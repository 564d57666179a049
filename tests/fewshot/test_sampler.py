"""Sampling: without replacement, uniform, repeatable, and only from the classes given."""

import numpy as np
import pytest
import torch
from scipy import stats

from autometa.devices import make_generator
from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.fewshot import ClassData, EpisodeSampler, split_classes


def numbered(counts: list[int]) -> ClassData:
    """Each example is its own number, so that a draw shows its rows."""
    labels = [f"c{place:02d}" for place, count in enumerate(counts) for _ in range(count)]
    return ClassData.of(torch.arange(sum(counts), dtype=torch.float32)[:, None], labels)


def sampler(data: ClassData, *, way: int = 3, shot: int = 2, query: int = 3, seed: int = 0) -> EpisodeSampler:
    return EpisodeSampler(data, way=way, shot=shot, query=query, generator=make_generator(seed))


def test_support_and_queries_are_different_examples_of_one_class_a_way() -> None:
    counts = [5, 7, 9, 6, 12]
    class_of = np.repeat(np.arange(5), counts)
    episodes = sampler(numbered(counts)).sample(200)
    rows = torch.cat([episodes.support, episodes.query], dim=2).squeeze(-1).long().numpy()  # (B, W, S + Q)
    assert all(len(set(way)) == 5 for way in rows.reshape(-1, 5).tolist())
    classes = class_of[rows]
    assert (classes == classes[:, :, :1]).all()
    assert all(len(set(ways)) == 3 for ways in classes[:, :, 0].tolist())


def test_every_class_and_every_example_comes_equally_often() -> None:
    data = numbered([5, 7, 9, 6, 12])
    episodes = sampler(data, way=2, shot=1, query=1).sample(20_000)
    rows = torch.cat([episodes.support, episodes.query], dim=2).long().flatten()
    seen = torch.bincount(rows, minlength=39).double().numpy()
    share = np.concatenate([np.full(count, 1 / 5 / count) for count in (5, 7, 9, 6, 12)])
    assert stats.chisquare(seen, share * seen.sum()).pvalue > 1e-4


def test_the_same_seed_draws_the_same_episodes_whatever_the_batch() -> None:
    first, again = (sampler(numbered([8] * 6), seed=4).sample(3) for _ in range(2))
    assert torch.equal(first.support, again.support)
    assert not torch.equal(first.query, sampler(numbered([8] * 6), seed=5).sample(3).query)


def test_bytes_become_floats_between_zero_and_one() -> None:
    pixels = torch.tensor([0, 51, 255, 255], dtype=torch.uint8)[:, None, None, None].expand(4, 1, 2, 2)
    data = ClassData.of(pixels, ["a", "a", "b", "b"])
    episodes = sampler(data, way=2, shot=1, query=1).sample(8)
    assert episodes.support.dtype == torch.float32
    values = torch.cat([episodes.support, episodes.query]).unique()
    torch.testing.assert_close(values, torch.tensor([0.0, 0.2, 1.0]))


def test_a_selection_shares_memory_and_gives_only_its_classes() -> None:
    data = numbered([4] * 6)
    part = data.select(["c04", "c01"])
    assert part.examples.data_ptr() == data.examples.data_ptr()
    rows = sampler(part, way=2, shot=1, query=1).sample(50).support.long().flatten() // 4
    assert set(rows.tolist()) == {1, 4}


def test_examples_are_sorted_by_class_and_keep_their_order() -> None:
    data = ClassData.of(np.arange(5)[:, None], ["b", "a", "b", "a", "c"])
    assert data.examples.flatten().tolist() == [1, 3, 0, 2, 4]
    assert (data.names, data.starts.tolist(), data.counts.tolist()) == (("a", "b", "c"), [0, 2, 4], [2, 2, 1])


def test_augmentation_sees_floats_and_the_generator() -> None:
    def negate(examples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        assert examples.dtype == torch.float32
        return examples * -torch.rand(1, generator=generator).ceil()

    plain, changed = (
        EpisodeSampler(
            numbered([4] * 4), way=2, shot=1, query=1, generator=make_generator(0), augment=augment
        ).sample(2)
        for augment in (None, negate)
    )
    assert torch.equal(changed.support, -plain.support)


def test_too_few_classes_are_an_error_with_a_hint() -> None:
    with pytest.raises(InvalidDatasetError, match="2 classes cannot make 3-way episodes; choose a smaller"):
        sampler(numbered([9, 9]))


def test_too_few_examples_name_a_class_and_a_way_out() -> None:
    data = numbered([9, 4, 9, 9])
    with pytest.raises(InvalidDatasetError, match=r"1 of 4 classes have fewer .*'c01'.*with_at_least\(5\)"):
        sampler(data)
    assert sampler(data.with_at_least(5)).sample(1).n_way == 3


def test_a_class_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'c01'"):
        numbered([2, 2]).select(["c1"])


def test_splits_of_classes_are_disjoint_and_repeatable() -> None:
    names = [f"c{index}" for index in range(20)]
    groups = split_classes(names, [12, 3, 5], seed=1)
    assert [len(group) for group in groups] == [12, 3, 5]
    assert len(set().union(*groups)) == 20
    assert groups == split_classes(names, [12, 3, 5], seed=1) != split_classes(names, [12, 3, 5], seed=2)
    with pytest.raises(InvalidDatasetError, match="20 classes cannot be cut"):
        split_classes(names, [15, 6], seed=0)
