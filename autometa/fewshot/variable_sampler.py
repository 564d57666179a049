"""Episodes whose ways and shots vary, with imbalanced classes (Triantafillou et al. 2020, Meta-Dataset, 3.1).

Shapes: B episodes, W ways, S shots and Q queries a way, each the largest of the batch; c classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.sampler import RowDraw, check_classes, unit_interval


@dataclass(frozen=True, slots=True)
class VariableShape:
    """How far ways and shots vary; the defaults are Meta-Dataset's.

    Attributes:
        min_way: fewest classes an episode.
        max_way: most classes.
        max_query: most queries a class; never more than half of the smallest class.
        max_support: most support examples an episode.
        max_shot: of a class, as far as it counts for the size of the support set.
    """

    min_way: int = 5
    max_way: int = 50
    max_query: int = 10
    max_support: int = 500
    max_shot: int = 100


class VariableSampler:
    """Padded episodes: the number of ways is uniform, the support set's size and balance are random.

    Args:
        data: the classes to draw from, each with at least two examples.
        generator: on the device of the data.
        variable: how far ways and shots vary.

    Raises:
        InvalidDatasetError: too few classes, or one with a single example.
    """

    def __init__(self, data: ClassData, *, generator: torch.Generator, variable: VariableShape | None = None):
        self.data, self.generator, self._variable = data, generator, variable or VariableShape()
        check_classes(data, way=self._variable.min_way, n_examples=2)
        if self._variable.max_support < self._variable.max_way:
            raise InvalidDatasetError(
                f"{self._variable.max_support} support examples cannot fill {self._variable.max_way} ways"
            )
        self._draw, self._max_way = RowDraw(data, generator), min(self._variable.max_way, data.n_classes)
        self.shape = EpisodeShape(
            data.feature_shape,
            self._max_way,
            min(int(data.counts.max()), self._variable.max_support),
            self._variable.max_query,
        )

    def sample(self, n_episodes: int) -> Episodes:
        """B fresh episodes, padded to the largest of them; the sizes of the batch cross the bus once."""
        classes = self._draw.keys(n_episodes, self.data.n_classes).topk(self._max_way, dim=1).indices
        real = self._ways(n_episodes)  # (B, W)
        counts = torch.where(real, self.data.counts[classes], 0)
        n_query = self._n_query(counts, real)  # (B, 1)
        shots = self._shots(counts, n_query, real)  # (B, W)
        queries = torch.where(real, n_query, 0)
        most = torch.stack([real.sum(1).max(), shots.max(), queries.max()]).tolist()
        way, shot, query = (int(size) for size in most)
        rows = self._draw.rows(classes[:, :way], min(shot + query, int(self.data.counts.max())))
        return padded_episodes(
            self.data.examples, rows, shots=shots[:, :way], queries=queries[:, :way], normalise=unit_interval
        )

    def _ways(self, n_episodes: int) -> Tensor:
        """(B, W) True for as many ways as the episode has, uniform between the least and the most."""
        low, device = self._variable.min_way, self.generator.device
        n_ways = torch.randint(
            low, self._max_way + 1, (n_episodes, 1), generator=self.generator, device=device
        )
        return torch.arange(self._max_way, device=device) < n_ways

    def _n_query(self, counts: Tensor, real: Tensor) -> Tensor:
        """(B, 1) as many queries for each way: at most half of the smallest class."""
        smallest = counts.masked_fill(~real, int(self.data.counts.max())).amin(dim=1, keepdim=True)
        return (smallest // 2).clamp(max=self._variable.max_query)

    def _shots(self, counts: Tensor, n_query: Tensor, real: Tensor) -> Tensor:
        """(B, W) support examples of each way: one, and a random share of the rest of the support set."""
        left = (counts - n_query).clamp(min=0)
        share = 1.0 - self._draw.keys(len(counts), 1)  # in (0, 1]
        wanted = torch.where(real, (share * left.clamp(max=self._variable.max_shot)).ceil(), 0.0).sum(
            1, keepdim=True
        )
        size = wanted.clamp(max=self._variable.max_support)
        tilt = torch.exp2(2.0 * self._draw.keys(*counts.shape) - 1.0)  # between 1/2 and 2
        weights = torch.where(real, tilt * counts, 0.0)
        shares = weights / weights.sum(dim=1, keepdim=True)
        spare = size - real.sum(dim=1, keepdim=True)
        shots = (shares * spare.clamp(min=0.0)).floor().long() + 1
        return torch.where(real, torch.minimum(shots, left), 0)


def padded_episodes(
    examples: Tensor, rows: Tensor, *, shots: Tensor, queries: Tensor, normalise: Callable[[Tensor], Tensor]
) -> Episodes:
    """Episodes in which each way's first rows are its support, and the next ones its queries.

    Args:
        examples: (n, …) stored.
        rows: (B, W, r) of the examples.
        shots: (B, W) how many of them are support, 0 where the way is padding.
        queries: (B, W) how many of them are queries.
        normalise: stored examples → floats; padding becomes zeros after it.
    """
    n_shot, n_query = (int(size) for size in torch.stack([shots.max(), queries.max()]).tolist())
    places = torch.arange(max(n_shot, n_query), device=rows.device)
    support_mask = places[:n_shot] < shots[:, :, None]  # (B, W, S)
    query_mask = places[:n_query] < queries[:, :, None]  # (B, W, Q)
    at = (shots[:, :, None] + places[:n_query]).clamp(max=rows.shape[2] - 1)
    support = _fetched(examples, rows[:, :, :n_shot], support_mask, normalise)
    query = _fetched(examples, rows.gather(2, at), query_mask, normalise)
    return Episodes(support, query, support_mask, query_mask)


def _fetched(examples: Tensor, rows: Tensor, mask: Tensor, normalise: Callable[[Tensor], Tensor]) -> Tensor:
    """(B, W, k, *feature_shape), zeros where masked."""
    found = normalise(examples.index_select(0, torch.where(mask, rows, 0).flatten()))
    found = found.reshape(*mask.shape, *found.shape[1:])
    return found * mask.reshape(*mask.shape, *[1] * (found.ndim - mask.ndim))
