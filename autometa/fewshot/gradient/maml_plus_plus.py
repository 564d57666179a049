"""MAML++ (Antoniou, Edwards & Storkey 2019, How to train your MAML).

Shapes: B episodes, K inner steps, c channels; weights carry the episode first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from torch import nn

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.episode_network import Weights, expand
from autometa.fewshot.gradient.maml import MAML, inner_gradients
from autometa.fewshot.gradient.networks import classifier
from autometa.fewshot.gradient.trail import Update
from autometa.fewshot.normalisation import BatchNorm
from autometa.fewshot.plan import TrainingPlan

LEAST_SHARE = 0.03  # of an even share: what a step's loss weighs at least while losses of all steps count


def pooled_backbone() -> BackboneSettings:
    """Four blocks with max-pooling, as the authors' code has it."""
    return BackboneSettings(statistics="episode", is_fused=False)


@dataclass(frozen=True, slots=True)
class MAMLPlusPlusSettings:
    """Hyper-parameters.

    Attributes:
        backbone: of the adapted network; a linear layer follows.
        inner_rate: what the learned rates start from.
        n_inner_steps: in training and evaluation.
        multi_step_share: share of the training during which the losses after all steps count, less and less
            (the paper: 10 or 15 of 100 epochs).
        first_order_share: share of the training, at its beginning, that takes inner gradients for constants
            (section 4, derivative-order annealing: half for mini-ImageNet; the authors' Omniglot runs take
            none).
        is_inductive: queries are normalised by the statistics of the support set.
        n_at_once: episodes adapted together; 0 finds the fastest number by a short timed probe.
    """

    backbone: BackboneSettings = field(default_factory=pooled_backbone)
    inner_rate: float = 0.1
    n_inner_steps: int = 5
    multi_step_share: float = 0.1
    first_order_share: float = 0.0
    is_inductive: bool = False
    n_at_once: int = 0


class MAMLPlusPlus(MAML):
    """MAML with the losses of all steps, learned rates and normalisations for each step, and annealed order.

    Normalisation uses the statistics of the batch, with a learned scale and shift for each step; like the
    authors' code, and unlike the paper's text, averages of the statistics over training are not used. Nor
    is the ensemble of the best validated models at the end: one model answers.

    Args:
        network: from examples to logits or targets.
        settings: of the learner.
    """

    settings_type = MAMLPlusPlusSettings  # type: ignore[assignment]
    allows_compile = False  # its weights of the losses change from step to step

    def __init__(self, network: nn.Module, *, settings: MAMLPlusPlusSettings):
        n_steps = settings.n_inner_steps
        super().__init__(
            network,
            inner_rate=settings.inner_rate,
            n_inner_steps=n_steps,
            n_test_steps=n_steps,
            is_inductive=settings.is_inductive,
            n_at_once=settings.n_at_once,
        )
        self.settings, self._done = settings, 0.0
        norms = [name for name, part in network.named_modules() if isinstance(part, BatchNorm)]
        self._norm_names = [f"{name}.{kind}" for name in norms for kind in ("weight", "bias")]
        named = dict(network.named_parameters())
        self.norms = nn.ParameterList(named[name].detach().repeat(n_steps, 1) for name in self._norm_names)
        for name in self._norm_names:
            named[name].requires_grad_(False)  # in their place: one for each step
        self.rates = nn.ParameterList(
            named[name].new_full((n_steps,), settings.inner_rate) for name in self.start()
        )

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MAMLPlusPlusSettings) -> Self:  # type: ignore[override]
        """A fresh learner for episodes of this shape."""
        return cls(classifier(shape, settings.backbone), settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam, 50,000 steps of 8 tasks, cosine from 1e-3 to 1e-5."""
        del shape
        return TrainingPlan(n_steps=50_000, n_episodes=8, schedule="cosine", final_rate=1e-5)

    def begin_step(self, step: int, n_steps: int) -> None:
        """Remember how far the training is, for what is annealed."""
        self._done = step / n_steps

    def start(self) -> dict[str, nn.Parameter]:
        """θ_0 without the normalisations, which are not adapted."""
        return {name: v for name, v in self.network.named_parameters() if name not in self._norm_names}

    def outer(self) -> list[nn.Parameter]:
        """Rates and normalisations of each step."""
        return [*self.rates, *self.norms]

    def complete(self, step: int, weights: Weights) -> Weights:
        """The adapted weights and this step's normalisations."""
        step = min(step, self.settings.n_inner_steps - 1)
        n_episodes = len(next(iter(weights.values())))
        own = {name: value[step] for name, value in zip(self._norm_names, self.norms, strict=True)}
        return {**weights, **expand(own, n_episodes)}

    def update(self, episodes: Episodes | RegressionEpisodes) -> Update:
        """θ - α_k ∇ℓ(θ), one rate a layer and step (section 4, learning per-layer per-step rates)."""
        is_second_order = self._done >= self.settings.first_order_share or not self.training

        def step(number: int, weights: Weights) -> Weights:
            found = inner_gradients(
                self.support_losses(number, weights, episodes), weights, is_differentiable=is_second_order
            )
            return {
                name: value - rate[number] * gradient
                for (name, value), rate, gradient in zip(weights.items(), self.rates, found, strict=True)
            }

        return step

    def loss_weights(self) -> Sequence[float]:
        """The losses of all steps, the last one more and more (section 4, multi-step loss optimisation)."""
        return multi_step_weights(
            self.settings.n_inner_steps, done=self._done / max(self.settings.multi_step_share, 1e-12)
        )


def multi_step_weights(n_steps: int, *, done: float) -> list[float]:
    """Even weights at first; the last step's grows while the others fall to 3 % of an even share.

    Args:
        n_steps: K.
        done: share of the annealing that is over; from 1 on only the last step counts.
    """
    if done >= 1.0:
        return [0.0] * (n_steps - 1) + [1.0]
    early = max(1.0 - done, LEAST_SHARE) / n_steps
    return [early] * (n_steps - 1) + [1.0 - (n_steps - 1) * early]
