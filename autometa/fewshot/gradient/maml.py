"""Model-agnostic meta-learning (Finn, Abbeel & Levine 2017), of second and of first order.

Shapes: B episodes, W ways; weights carry the episode first.
"""

from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.base import GradientLearner, has_batch_statistics
from autometa.fewshot.gradient.episode_network import Weights
from autometa.fewshot.gradient.networks import classifier, inner_backbone
from autometa.fewshot.gradient.trail import Update
from autometa.fewshot.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class MAMLSettings:
    """Hyper-parameters; None stands for what the paper takes for episodes of the shape (section A.1).

    Attributes:
        backbone: of the adapted network; a linear layer follows.
        inner_rate: α of equation 1.
        n_inner_steps: in training.
        n_test_steps: in evaluation.
        is_second_order: differentiate through the inner gradients; else they are constants (section 5.2).
        is_inductive: queries are normalised by the statistics of the support set.
        n_at_once: episodes adapted together; 0 finds the fastest number by a short timed probe.
    """

    backbone: BackboneSettings = field(default_factory=inner_backbone)
    inner_rate: float | None = None
    n_inner_steps: int | None = None
    n_test_steps: int | None = None
    is_second_order: bool = True
    is_inductive: bool = False
    n_at_once: int = 0


class MAML(GradientLearner):
    """An initialisation from which a few gradient steps suffice."""

    settings_type = MAMLSettings
    allows_compile = True

    def __init__(
        self,
        network: nn.Module,
        *,
        inner_rate: float = 0.01,
        n_inner_steps: int = 5,
        n_test_steps: int = 10,
        is_second_order: bool = True,
        is_inductive: bool = False,
        n_at_once: int = 0,
    ):
        super().__init__(
            network,
            n_inner_steps=n_inner_steps,
            n_test_steps=n_test_steps,
            is_inductive=is_inductive,
            n_at_once=n_at_once,
        )
        self.inner_rate, self.is_second_order = inner_rate, is_second_order
        self.takes_masks = not has_batch_statistics(network)  # which padding would be part of

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MAMLSettings) -> Self:
        """A fresh learner; where the settings say nothing, the paper's for episodes of this shape."""
        rate, n_steps, n_test_steps = paper_steps(shape)
        return cls(
            classifier(shape, settings.backbone),
            inner_rate=settings.inner_rate or rate,
            n_inner_steps=settings.n_inner_steps or n_steps,
            n_test_steps=settings.n_test_steps or n_test_steps,
            is_second_order=settings.is_second_order,
            is_inductive=settings.is_inductive,
            n_at_once=settings.n_at_once,
        )

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3 for 60,000 steps of 32 tasks (16 for more than 5 ways); 70,000 of 25 for regression."""
        if shape.n_targets:
            return TrainingPlan(n_steps=70_000, n_episodes=25)
        return TrainingPlan(n_steps=60_000, n_episodes=32 if shape.n_way <= 5 else 16)

    def update(self, episodes: Episodes | RegressionEpisodes) -> Update:
        """θ - α ∇ℓ(θ) on the support set (equation 1)."""

        def step(number: int, weights: Weights) -> Weights:
            gradients = self.inner_gradients(number, weights, episodes)
            return {
                name: torch.add(value, gradient, alpha=-self.inner_rate)
                for (name, value), gradient in zip(weights.items(), gradients, strict=True)
            }

        return step

    def inner_gradients(
        self, number: int, weights: Weights, episodes: Episodes | RegressionEpisodes
    ) -> tuple[Tensor, ...]:
        """∇ℓ(θ) of each episode; with a graph in second order."""
        return inner_gradients(
            self.support_losses(number, weights, episodes), weights, is_differentiable=self.is_second_order
        )


class FirstOrderMAML(MAML):
    """MAML that takes the inner gradients for constants."""

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MAMLSettings) -> Self:
        """See `MAML.build`; `is_second_order` counts for nothing here."""
        learner = super().build(shape, settings)
        learner.is_second_order = False
        return learner


def inner_gradients(losses: Tensor, weights: Weights, *, is_differentiable: bool) -> tuple[Tensor, ...]:
    """The gradient of each episode's loss for its own weights.

    Args:
        losses: (B,); an episode's depends on its own weights only.
        weights: name → (B, *shape), with a graph behind the losses.
        is_differentiable: keep a graph behind the gradients, too, where gradients are enabled.
    """
    keeps_graph = is_differentiable and torch.is_grad_enabled()
    found = torch.autograd.grad(
        losses,
        list(weights.values()),
        torch.ones_like(losses),
        create_graph=keeps_graph,
        materialize_grads=True,
    )
    return tuple(found)


def paper_steps(shape: EpisodeShape) -> tuple[float, int, int]:
    """Inner rate, steps in training and steps in evaluation of the paper (sections 5.1 and A.1)."""
    if shape.n_targets:
        return 0.01, 1, 10
    small = shape.feature_shape[-1] <= 32
    if not small:
        return 0.01, 5, 10
    return (0.4, 1, 3) if shape.n_way <= 5 else (0.1, 5, 5)
