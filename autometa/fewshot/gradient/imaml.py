"""Implicit MAML (Rajeswaran, Finn, Kakade & Levine 2019, Meta-Learning with Implicit Gradients).

Shapes: B episodes; weights carry the episode first.
"""

from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.base import GradientLearner, Gradients, losses
from autometa.fewshot.gradient.conjugate_gradients import conjugate_gradients
from autometa.fewshot.gradient.episode_network import Weights, expand
from autometa.fewshot.gradient.maml import inner_gradients
from autometa.fewshot.gradient.meta_gradient import adapt
from autometa.fewshot.gradient.networks import classifier, inner_backbone
from autometa.fewshot.gradient.trail import Update, leaves
from autometa.fewshot.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class IMAMLSettings:
    """Hyper-parameters; those of the authors' Omniglot runs.

    Attributes:
        backbone: of the adapted network; a linear layer follows.
        inner_rate: of gradient descent on the regularised loss.
        n_inner_steps: of it, in training and evaluation (16 for 5 ways, 25 for 20).
        regularisation: λ of equation 3, the pull towards the start.
        n_solver_steps: of conjugate gradients.
        is_inductive: queries are normalised by the statistics of the support set.
        n_at_once: episodes adapted together; 0 finds the fastest number by a short timed probe.
    """

    backbone: BackboneSettings = field(default_factory=inner_backbone)
    inner_rate: float = 0.1
    n_inner_steps: int = 16
    regularisation: float = 2.0
    n_solver_steps: int = 5
    is_inductive: bool = False
    n_at_once: int = 0


class IMAML(GradientLearner):
    """Differentiates the optimum of the regularised inner loss, not the way there: only the end is kept.

    Args:
        network: from examples to logits or targets.
        settings: of the learner.
    """

    settings_type = IMAMLSettings

    def __init__(self, network: nn.Module, *, settings: IMAMLSettings):
        super().__init__(
            network,
            n_inner_steps=settings.n_inner_steps,
            n_test_steps=settings.n_inner_steps,
            n_at_once=settings.n_at_once,
            is_inductive=settings.is_inductive,
        )
        self.settings = settings

    @classmethod
    def build(cls, shape: EpisodeShape, settings: IMAMLSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        return cls(classifier(shape, settings.backbone), settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, 20,000 steps of 32 tasks (16 for more than 5 ways)."""
        return TrainingPlan(n_steps=20_000, n_episodes=32 if shape.n_way <= 5 else 16)

    def update(self, episodes: Episodes | RegressionEpisodes) -> Update:
        """One step down ℓ(φ) + λ/2 |φ - θ|² (equation 3), differentiable in training mode."""
        return self._update(episodes, is_differentiable=self.training)

    def _update(self, episodes: Episodes | RegressionEpisodes, *, is_differentiable: bool) -> Update:
        start, settings = expand(self.start(), len(episodes.query_inputs)), self.settings

        def step(number: int, weights: Weights) -> Weights:
            found = inner_gradients(
                self.support_losses(number, weights, episodes), weights, is_differentiable=is_differentiable
            )
            return {
                name: value
                - settings.inner_rate * (gradient + settings.regularisation * (value - start[name]))
                for (name, value), gradient in zip(weights.items(), found, strict=True)
            }

        return step

    def _differentiate(self, episodes: Episodes | RegressionEpisodes) -> tuple[Gradients, dict[str, Tensor]]:
        """(I + H/λ)⁻¹ ∇L (equation 6), H the Hessian of the support loss at the end of the inner loop."""
        start, n_episodes = self.start(), len(episodes.query_inputs)
        update = self._update(episodes, is_differentiable=False)
        at_end = leaves(adapt(update, expand(start, n_episodes), self.n_inner_steps)[-1])
        answers = self.answers(self.n_inner_steps, at_end, episodes)
        loss = losses(answers, episodes.query_targets)
        right = inner_gradients(loss / n_episodes, at_end, is_differentiable=False)
        solved = self._solve(episodes, at_end, list(right))
        gradients = [(p, one.sum(dim=0)) for p, one in zip(start.values(), solved, strict=True)]
        return gradients, self._metrics(answers, loss.mean(), episodes)

    def _solve(
        self, episodes: Episodes | RegressionEpisodes, at_end: Weights, right: list[Tensor]
    ) -> list[Tensor]:
        """X with (I + H/λ) x = b for each episode; H only as products with vectors."""
        support = self.support_losses(self.n_inner_steps - 1, at_end, episodes)
        slopes, unknowns = inner_gradients(support, at_end, is_differentiable=True), list(at_end.values())

        def product(vector: list[Tensor]) -> list[Tensor]:
            curved = torch.autograd.grad(slopes, unknowns, vector, retain_graph=True, materialize_grads=True)
            return [v + h / self.settings.regularisation for v, h in zip(vector, curved, strict=True)]

        return conjugate_gradients(product, right, self.settings.n_solver_steps)
