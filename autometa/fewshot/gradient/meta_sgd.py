"""Meta-SGD (Li, Zhou, Chen & Li 2017, Meta-SGD: Learning to Learn Quickly for Few-Shot Learning).

Shapes: B episodes; weights carry the episode first.
"""

from dataclasses import dataclass, field
from typing import Self

import torch
from torch import nn

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.episode_network import Weights
from autometa.fewshot.gradient.maml import MAML
from autometa.fewshot.gradient.networks import classifier, inner_backbone
from autometa.fewshot.gradient.trail import Update


@dataclass(frozen=True, slots=True)
class MetaSGDSettings:
    """Hyper-parameters.

    Attributes:
        backbone: of the adapted network; a linear layer follows.
        lowest_rate: of the initial rates, drawn evenly (section 3.1).
        highest_rate: likewise.
        n_inner_steps: in training; the paper takes one.
        n_test_steps: in evaluation.
        is_second_order: differentiate through the inner gradients.
        is_inductive: queries are normalised by the statistics of the support set.
        n_at_once: episodes adapted together; 0 finds the fastest number by a short timed probe.
    """

    backbone: BackboneSettings = field(default_factory=inner_backbone)
    lowest_rate: float = 0.005
    highest_rate: float = 0.1
    n_inner_steps: int = 1
    n_test_steps: int = 1
    is_second_order: bool = True
    is_inductive: bool = False
    n_at_once: int = 0


class MetaSGD(MAML):
    """Learns a rate for every weight with the initialisation: direction, size and sign of the step."""

    settings_type = MetaSGDSettings  # type: ignore[assignment]

    def __init__(
        self,
        network: nn.Module,
        *,
        lowest_rate: float = 0.005,
        highest_rate: float = 0.1,
        n_inner_steps: int = 1,
        n_test_steps: int = 1,
        is_second_order: bool = True,
        is_inductive: bool = False,
        n_at_once: int = 0,
    ):
        super().__init__(
            network,
            n_inner_steps=n_inner_steps,
            n_test_steps=n_test_steps,
            is_second_order=is_second_order,
            is_inductive=is_inductive,
            n_at_once=n_at_once,
        )
        self.rates = nn.ParameterList(
            torch.empty_like(value).uniform_(lowest_rate, highest_rate) for value in network.parameters()
        )

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MetaSGDSettings) -> Self:  # type: ignore[override]
        """A fresh learner for episodes of this shape."""
        return cls(
            classifier(shape, settings.backbone),
            lowest_rate=settings.lowest_rate,
            highest_rate=settings.highest_rate,
            n_inner_steps=settings.n_inner_steps,
            n_test_steps=settings.n_test_steps,
            is_second_order=settings.is_second_order,
            is_inductive=settings.is_inductive,
            n_at_once=settings.n_at_once,
        )

    def update(self, episodes: Episodes | RegressionEpisodes) -> Update:
        """θ - α ∘ ∇ℓ(θ) on the support set, with α of the shape of θ (equation 1)."""

        def step(number: int, weights: Weights) -> Weights:
            gradients = self.inner_gradients(number, weights, episodes)
            return {
                name: value - rate * gradient
                for (name, value), rate, gradient in zip(weights.items(), self.rates, gradients, strict=True)
            }

        return step
