"""The whole meta-gradient as one compiled graph: inner steps, their derivatives, and the sum over episodes.

`torch.compile` cannot differentiate twice what it has compiled, so the gradient is first traced with all its
derivatives into plain tensor operations (`make_fx`), and that is compiled, in one piece. Every shape of
episodes is a graph of its own, and takes seconds (tiny networks) to minutes (convolutions) to make.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from autometa.fewshot.episodes import Episodes, RegressionEpisodes
from autometa.fewshot.gradient.episode_network import tracing

Found = tuple[list[tuple[nn.Parameter, Tensor]], dict[str, Tensor]]
Differentiate = Callable[[Any], Found]


class CompiledGradient:
    """Does what a learner's method does that gives gradients and metrics of episodes, compiled.

    The method must be a function of the learner's parameters and the episodes alone.

    Args:
        learner: whose parameters the gradients are for.
        differentiate: its method; episodes → pairs of parameter and gradient, and metrics.
    """

    def __init__(self, learner: nn.Module, differentiate: Differentiate):
        self._learner, self._differentiate = learner, differentiate
        self._own = dict(learner.named_parameters())
        self._graphs: dict[tuple[Any, ...], _Graph] = {}

    def __call__(self, episodes: Episodes | RegressionEpisodes) -> Found:
        """The same as the method's."""
        inputs = [one.detach() for one in self._own.values()] + [one for one in episodes if one is not None]
        key = tuple((one.shape, one.stride(), one.dtype, one.device) for one in inputs)
        with torch.no_grad():
            if key not in self._graphs:
                self._graphs[key] = self._compile(type(episodes), inputs)
            parameters, names, run = self._graphs[key]
            found = run(*inputs)
        return list(zip(parameters, found, strict=False)), dict(
            zip(names, found[len(parameters) :], strict=True)
        )

    def _compile(self, kind: type[Any], inputs: list[Tensor]) -> "_Graph":
        from torch import _inductor
        from torch.fx.experimental.proxy_tensor import make_fx  # heavy, and only needed here

        names, parameters, metrics = list(self._own), list[nn.Parameter](), list[str]()

        def gradient(*inputs: Tensor) -> list[Tensor]:
            values = [one.detach().requires_grad_() for one in inputs[: len(names)]]
            with torch.enable_grad():
                pairs, measured = functional_call(
                    _Method(self._learner, self._differentiate),
                    {f"learner.{name}": value for name, value in zip(names, values, strict=True)},
                    (kind(*inputs[len(names) :]),),
                )
            own = {id(value): self._own[name] for name, value in zip(names, values, strict=True)}
            parameters[:], metrics[:] = [own[id(value)] for value, _ in pairs], list(measured)
            return [gradient for _, gradient in pairs] + list(measured.values())

        with tracing():
            graph = make_fx(gradient)(*inputs)
        run = _inductor.compile(graph, [*inputs])
        return _Graph(parameters, metrics, run)


class _Graph(NamedTuple):
    """What one shape of episodes runs: gradients of these parameters, then these metrics."""

    parameters: list[nn.Parameter]
    metrics: list[str]
    run: Callable[..., Sequence[Tensor]]


class _Method(nn.Module):
    """A learner's method as the forward pass of a module, as `functional_call` wants it."""

    def __init__(self, learner: nn.Module, method: Differentiate):
        super().__init__()
        self.learner, self._method = learner, method

    def forward(self, episodes: Episodes | RegressionEpisodes) -> Found:
        """What the method says."""
        return self._method(episodes)
