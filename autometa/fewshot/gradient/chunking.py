"""How many episodes to adapt at once: tried out once, because the answer turns with device and shape.

On a processor a convolution over many episodes leaves the cache, and one episode at a time is often
fastest; on a GPU launches decide, and all at once is. For tiny networks all at once wins everywhere.
"""

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from autometa.fewshot.episodes import Episodes, RegressionEpisodes

AnyEpisodes = TypeVar("AnyEpisodes", bound=Episodes | RegressionEpisodes)
Work = Callable[[Any], object]

N_ROUNDS = 2  # timed after one that warms up
GROWTH = 4  # the sizes tried are 1, 4, 16, … and all


class Chunking(nn.Module):
    """Cuts a step's episodes into parts of the size that is fastest here.

    Args:
        n_at_once: the size, if it is known; else the first use finds it.

    Attributes:
        n_at_once: () int64, saved with the learner; 0 until it is known.
    """

    n_at_once: Tensor

    def __init__(self, n_at_once: int = 0):
        super().__init__()
        self.register_buffer("n_at_once", torch.tensor(n_at_once))

    def parts(self, episodes: AnyEpisodes, work: Work) -> Iterator[AnyEpisodes]:
        """The episodes in parts.

        Args:
            episodes: of one step.
            work: what will be done with each part; run a few times on parts of several sizes if no size is
                known.
        """
        n_episodes = len(episodes.query_inputs)
        if int(self.n_at_once) == 0:
            self.n_at_once.fill_(fastest(episodes, work))
        size = min(int(self.n_at_once), n_episodes)
        for first in range(0, n_episodes, size):
            yield part(episodes, first, first + size)


def fastest(episodes: Episodes | RegressionEpisodes, work: Work) -> int:
    """The number of episodes at once with the least time an episode; the smaller of two within 5 %."""
    n_episodes, best, least = len(episodes.query_inputs), 1, float("inf")
    size = 1
    while True:
        seconds = _seconds(part(episodes, 0, size), work) / size
        if seconds < 0.95 * least:
            best, least = size, seconds
        if size >= n_episodes:
            return best
        size = min(size * GROWTH, n_episodes)


def part(episodes: AnyEpisodes, first: int, stop: int) -> AnyEpisodes:
    """The episodes first … stop-1."""
    fields = (None if field is None else field[first:stop] for field in episodes)
    return type(episodes)(*fields)  # type: ignore[arg-type]


def _seconds(episodes: Episodes | RegressionEpisodes, work: Work) -> float:
    """Least wall time of the work on these episodes."""
    device = episodes.query_inputs.device
    times = []
    for _ in range(N_ROUNDS + 1):
        _wait(device)
        before = perf_counter()
        work(episodes)
        _wait(device)
        times.append(perf_counter() - before)
    return min(times[1:])


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
