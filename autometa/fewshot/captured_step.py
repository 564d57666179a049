"""A whole training step as one CUDA graph: recorded once, then replayed by a single launch.

A step of few-shot learning is hundreds of small kernels, and on a fast GPU launching them takes longer than
running them. Everything that a step reads and writes therefore has to stay where it is: weights, optimizer
states, the learning rate (a tensor), and the states of the generators, which the graph moves on by itself.
"""

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor

from autometa.errors import TrainingError

Metrics = dict[str, Tensor]

N_EAGER: Final = 3  # steps before the recording: what is made, timed or chosen once comes to rest


class CapturedStep:
    """Does what `step` does; the first few times by calling it.

    Args:
        step: launches work on the current GPU and never waits for it; it returns tensors.
        generators: that it draws from, on that GPU.
    """

    def __init__(self, step: Callable[[], Metrics], generators: Sequence[torch.Generator]):
        self._step, self._generators, self._n_done = step, tuple(generators), 0
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._metrics: Metrics = {}

    def __call__(self) -> Metrics:
        """One step.

        Raises:
            TrainingError: the step cannot be recorded, since it looks at results on the way.
        """
        if self._n_done < N_EAGER:
            self._n_done += 1
            return self._aside()
        if self._graph is None:
            self._graph = self._recorded()
        self._graph.replay()
        return {name: value.clone() for name, value in self._metrics.items()}  # before the next replay

    def _aside(self) -> Metrics:
        """One step by launches, on the stream that will be recorded."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            metrics = self._step()
        torch.cuda.current_stream().wait_stream(self._stream)
        return metrics

    def _recorded(self) -> torch.cuda.CUDAGraph:
        """The graph; recording runs nothing."""
        graph = torch.cuda.CUDAGraph()
        for generator in self._generators:
            graph.register_generator_state(generator)
        try:
            with torch.cuda.graph(graph, stream=self._stream):
                self._metrics = self._step()
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise TrainingError(
                f"this training cannot be recorded as a CUDA graph: {reason}; leave cuda_graph out"
            ) from error
        return graph
