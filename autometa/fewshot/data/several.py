"""Several data sets at once: every episode comes from one of them (Triantafillou et al. 2020, Meta-Dataset).

Shapes: B episodes, W ways, g data sets, m classes of the largest.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.sampler import EpisodeSampler


def together(parts: Mapping[str, ClassData]) -> ClassData:
    """One `ClassData` with the classes of all, named "data set/class".

    Args:
        parts: data sets by name, all with examples of the same shape and type on one device.

    Raises:
        InvalidDatasetError: the examples differ.
    """
    kinds = {name: (data.feature_shape, data.examples.dtype) for name, data in parts.items()}
    if len(set(kinds.values())) != 1:
        seen = ", ".join(f"{name} {shape} {dtype}" for name, (shape, dtype) in kinds.items())
        raise InvalidDatasetError(
            f"the examples differ: {seen}; bring all images to one size and to one number of channels"
        )
    sizes = torch.tensor([len(data.examples) for data in parts.values()])
    firsts = (sizes.cumsum(0) - sizes).tolist()
    return ClassData(
        examples=torch.cat([data.examples for data in parts.values()]),
        starts=torch.cat([data.starts + first for data, first in zip(parts.values(), firsts, strict=True)]),
        counts=torch.cat([data.counts for data in parts.values()]),
        names=tuple(f"{name}/{label}" for name, data in parts.items() for label in data.names),
    )


class SeveralSampler(EpisodeSampler):
    """Episodes whose classes come from one data set each; all data sets come equally often.

    Args:
        parts: data sets by name, see `together`.
        way: W, no more than the smallest data set has classes.
        shot: S.
        query: Q.
        generator: on the device of the data.

    Raises:
        InvalidDatasetError: the examples differ, or a data set is too small.
    """

    def __init__(
        self, parts: Mapping[str, ClassData], *, way: int, shot: int, query: int, generator: torch.Generator
    ):
        super().__init__(together(parts), way=way, shot=shot, query=query, generator=generator)
        for name, data in parts.items():
            if data.n_classes < way:
                raise InvalidDatasetError(
                    f"{name} has {data.n_classes} classes, which cannot make {way}-way episodes; "
                    "choose a smaller way or leave it out"
                )
        counts = torch.tensor([data.n_classes for data in parts.values()], device=generator.device)
        self._n_classes, self._firsts = counts, counts.cumsum(0) - counts  # (g,)
        self._most = max(data.n_classes for data in parts.values())

    def _classes(self, n_episodes: int) -> Tensor:
        """(B, W) classes of one random data set an episode."""
        n_parts, device = len(self._n_classes), self.generator.device
        chosen = torch.randint(n_parts, (n_episodes,), generator=self.generator, device=device)
        keys = self._draw.keys(n_episodes, self._most)
        positions = torch.arange(keys.shape[1], device=device)
        keys = keys.masked_fill(positions >= self._n_classes[chosen][:, None], -1.0)
        return self._firsts[chosen][:, None] + keys.topk(self.shape.n_way, dim=1).indices
