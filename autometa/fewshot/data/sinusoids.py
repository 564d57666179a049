"""Sinusoids (Finn, Abbeel & Levine 2017, section 5.1): regression, with a new curve in every episode.

Shapes: B episodes, S support points, Q queries.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from autometa.fewshot.episodes import EpisodeShape, RegressionEpisodes


@dataclass(frozen=True, slots=True)
class SinusoidFamily:
    """Curves amplitude · sin(frequency · (x - phase)), each quantity uniform in its range.

    Attributes:
        amplitude: (low, high).
        phase: (low, high).
        frequency: (low, high); 1 in MAML, (0.8, 1.2) in Meta-SGD (Li et al. 2017).
        inputs: (low, high) of x.
    """

    amplitude: tuple[float, float] = (0.1, 5.0)
    phase: tuple[float, float] = (0.0, math.pi)
    frequency: tuple[float, float] = (1.0, 1.0)
    inputs: tuple[float, float] = (-5.0, 5.0)


class SinusoidSampler:
    """Episodes of one curve each, drawn on the generator's device.

    Args:
        shot: S.
        query: Q.
        generator: of the curves and the points.
        family: of the curves; MAML's where None.
    """

    def __init__(
        self, *, shot: int, query: int, generator: torch.Generator, family: SinusoidFamily | None = None
    ):
        self.generator, self._family = generator, family or SinusoidFamily()
        self.shape = EpisodeShape((1,), 1, shot, query, n_targets=1)

    def sample(self, n_episodes: int) -> RegressionEpisodes:
        """B fresh episodes, float32; inputs and targets are (B, S, 1) and (B, Q, 1)."""
        family, n_support = self._family, self.shape.n_shot
        amplitude, phase, frequency = (
            self._uniform((n_episodes, 1, 1), bounds)
            for bounds in (family.amplitude, family.phase, family.frequency)
        )
        inputs = self._uniform((n_episodes, n_support + self.shape.n_query, 1), family.inputs)
        targets = amplitude * torch.sin(frequency * (inputs - phase))
        return RegressionEpisodes(
            inputs[:, :n_support], targets[:, :n_support], inputs[:, n_support:], targets[:, n_support:]
        )

    def _uniform(self, shape: tuple[int, ...], bounds: tuple[float, float]) -> Tensor:
        low, high = bounds
        uniform = torch.rand(shape, generator=self.generator, device=self.generator.device)
        return low + (high - low) * uniform
