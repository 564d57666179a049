"""How many episodes to adapt at once: tried out once, because the answer turns with device and shape.

On a processor a convolution over many episodes leaves the cache, and one episode at a time is often
fastest; on a GPU launches decide, and all at once is. For tiny networks all at once wins everywhere.
"""

from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from autometa.fewshot.episodes import Episodes, RegressionEpisodes

AnyEpisodes = TypeVar("AnyEpisodes", bound=Episodes | RegressionEpisodes)
Work = Callable[[Any], object]

N_ROUNDS = 2  # timed at least, after one that warms up
LEAST_SECONDS = 0.2  # of all timings: what is short is timed often
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
        self._last = n_at_once

    def parts(self, episodes: AnyEpisodes, work: Work) -> Iterator[AnyEpisodes]:
        """The episodes in parts.

        Args:
            episodes: of one step.
            work: what will be done with each part; run a few times on parts of several sizes if no size is
                known.
        """
        n_episodes = len(episodes.query_inputs)
        size = self._size(episodes, work)
        if size >= n_episodes:
            yield episodes
            return
        for first in range(0, n_episodes, size):
            yield part(episodes, first, first + size)

    def _size(self, episodes: Episodes | RegressionEpisodes, work: Work) -> int:
        """What the state says, or what is found; a step that is recorded cannot look, and takes the last."""
        if not (self.n_at_once.is_cuda and torch.cuda.is_current_stream_capturing()):
            if int(self.n_at_once) == 0:
                self.n_at_once.fill_(fastest(episodes, work))
            self._last = int(self.n_at_once)
        return self._last


def fastest(episodes: Episodes | RegressionEpisodes, work: Work) -> int:
    """The number of episodes at once with the least time an episode; the smaller of two within 5 %.

    Sizes take turns, so that whatever else is at work on the machine slows all of them down.
    """
    parts = [part(episodes, 0, size) for size in _sizes(len(episodes.query_inputs))]
    for one in parts:
        work(one)
    least, rounds, spent = [float("inf")] * len(parts), 0, 0.0
    while rounds < N_ROUNDS or spent < LEAST_SECONDS:
        times = [_seconds(one, work) for one in parts]
        least = [min(pair) for pair in zip(least, times, strict=True)]
        rounds, spent = rounds + 1, spent + sum(times)
    best = 0
    for number, one in enumerate(parts):
        if least[number] / len(one.query_inputs) < 0.95 * least[best] / len(parts[best].query_inputs):
            best = number
    return len(parts[best].query_inputs)


def _sizes(n_episodes: int) -> list[int]:
    sizes = [1]
    while sizes[-1] < n_episodes:
        sizes.append(min(sizes[-1] * GROWTH, n_episodes))
    return sizes


def part(episodes: AnyEpisodes, first: int, stop: int) -> AnyEpisodes:
    """The episodes first … stop-1."""
    fields = (None if field is None else field[first:stop] for field in episodes)
    return type(episodes)(*fields)  # type: ignore[arg-type]


def _seconds(episodes: Episodes | RegressionEpisodes, work: Work) -> float:
    """Time of the work on these episodes; on one processor core its own, whatever else runs there."""
    device = episodes.query_inputs.device
    is_one_core = device.type == "cpu" and torch.get_num_threads() == 1
    clock = process_time if is_one_core else perf_counter
    _wait(device)
    before = clock()
    work(episodes)
    _wait(device)
    return clock() - before


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
