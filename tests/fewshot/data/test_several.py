"""Several data sets: every episode comes from one of them."""

import pytest
import torch

from autometa.devices import make_generator
from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.several import SeveralSampler, together
from tests.fewshot.problems import gaussian_classes


def test_classes_keep_their_examples_and_get_the_data_sets_name() -> None:
    first, second = gaussian_classes(3), gaussian_classes(5, 4)
    both = together({"a": first, "b": second})
    assert both.names[0] == "a/class000"
    assert both.names[3] == "b/class000"
    start = int(both.starts[4])
    assert torch.equal(both.examples[start : start + 4], second.examples[4:8])


def test_every_episode_comes_from_one_data_set_and_all_come_equally_often() -> None:
    first, second = gaussian_classes(4), gaussian_classes(40)
    second = type(second)(second.examples + 1000.0, second.starts, second.counts, second.names)
    sampler = SeveralSampler({"a": first, "b": second}, way=3, shot=1, query=2, generator=make_generator(0))
    episodes = sampler.sample(2000)
    is_second = torch.cat([episodes.support, episodes.query], dim=2).flatten(1) > 500
    assert bool((is_second.all(dim=1) | ~is_second.any(dim=1)).all())
    assert 0.45 < float(is_second.any(dim=1).float().mean()) < 0.55
    assert len(episodes.support.flatten(0, 2).unique(dim=0)) > 300  # far into the larger one


def test_examples_of_different_shapes_are_refused() -> None:
    with pytest.raises(InvalidDatasetError, match=r"the examples differ: a \(4,\).*b \(6,\)"):
        together({"a": gaussian_classes(3), "b": gaussian_classes(3, shape=(6,))})


def test_a_data_set_with_too_few_classes_is_named() -> None:
    parts = {"large": gaussian_classes(9), "small": gaussian_classes(3)}
    with pytest.raises(InvalidDatasetError, match="small has 3 classes, which cannot make 5-way episodes"):
        SeveralSampler(parts, way=5, shot=1, query=1, generator=make_generator(0))
