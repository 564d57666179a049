"""Small data and episodes for the tests of few-shot learners."""

import torch
from torch import Tensor

from autometa.devices import make_generator
from autometa.fewshot import ClassData, Episodes, EpisodeSampler


def gaussian_classes(n_classes: int = 12, n_examples: int = 10, shape: tuple[int, ...] = (4,)) -> ClassData:
    """Classes that lie well apart from each other; feature vectors or small images."""
    generator = make_generator(0)
    centres = 3.0 * torch.randn((n_classes, 1, *shape), generator=generator)
    examples = centres + torch.randn((n_classes, n_examples, *shape), generator=generator)
    labels = [f"class{index:03d}" for index in range(n_classes) for _ in range(n_examples)]
    return ClassData.of(examples.flatten(0, 1), labels)


def episode_sampler(
    data: ClassData | None = None, *, way: int = 3, shot: int = 2, query: int = 4, seed: int = 1
) -> EpisodeSampler:
    """A sampler of the Gaussian classes."""
    return EpisodeSampler(
        data or gaussian_classes(), way=way, shot=shot, query=query, generator=make_generator(seed)
    )


def padded(episodes: Episodes, garbage: float = 7.0) -> Episodes:
    """The same episodes with one more way, shot and query of padding, filled with garbage."""
    n_episodes, n_way, n_shot = episodes.support.shape[:3]
    n_query = episodes.query.shape[2]

    def grown(examples: Tensor) -> Tensor:
        size = [n_episodes, n_way + 1, examples.shape[2] + 1, *examples.shape[3:]]
        larger = torch.full(size, garbage)
        larger[:, :n_way, : examples.shape[2]] = examples
        return larger

    def mask(n_examples: int) -> Tensor:
        real = torch.zeros((n_episodes, n_way + 1, n_examples + 1), dtype=torch.bool)
        real[:, :n_way, :n_examples] = True
        return real

    return Episodes(grown(episodes.support), grown(episodes.query), mask(n_shot), mask(n_query))
