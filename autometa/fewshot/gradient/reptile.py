"""Reptile (Nichol, Achiam & Schulman 2018, On First-Order Meta-Learning Algorithms).

Shapes: B episodes, n support examples an episode; weights carry the episode first.
"""

from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.base import GradientLearner, Gradients, add_gradient, losses
from autometa.fewshot.gradient.episode_network import Weights, apply, expand
from autometa.fewshot.gradient.maml import inner_gradients
from autometa.fewshot.gradient.meta_gradient import adapt
from autometa.fewshot.gradient.networks import classifier, inner_backbone
from autometa.fewshot.gradient.trail import Update
from autometa.fewshot.plan import TrainingPlan

EPSILON = 1e-8
MOMENT = "second moment of "  # begins the names of Adam's averages among the weights


@dataclass(frozen=True, slots=True)
class ReptileSettings:
    """Hyper-parameters; those of the authors' Omniglot runs for 5 ways.

    Attributes:
        backbone: of the adapted network; a linear layer follows.
        inner_rate: of Adam.
        second_decay: β₂ of Adam; β₁ is 0 (section 6.1).
        inner_batch: support examples of an inner step, drawn without replacement; all of them if there are
            fewer.
        n_inner_steps: in training.
        n_test_steps: in evaluation.
        is_inductive: queries are normalised by the statistics of the support set.
        n_at_once: episodes adapted together; 0 finds the fastest number by a short timed probe.
    """

    backbone: BackboneSettings = field(default_factory=inner_backbone)
    inner_rate: float = 1e-3
    second_decay: float = 0.999
    inner_batch: int = 10
    n_inner_steps: int = 5
    n_test_steps: int = 50
    is_inductive: bool = True
    n_at_once: int = 0


class Reptile(GradientLearner):
    """Moves the start towards where a few steps of Adam end: θ ← θ + ε (mean of φ - θ) (algorithm 2).

    The difference θ - φ is handed to the outer optimizer as a gradient, so that plain descent with rate ε
    is the paper's step. As in the authors' code, Adam's averages of squared gradients go on from episode to
    episode; here from step to step, as a mean over the episodes of a step.

    Queries have no part in training. By default each is normalised by the support set alone, close to the
    authors' rows without transduction, where it shared a batch with the support set.

    Args:
        network: from examples to logits or targets.
        settings: of the learner.
    """

    settings_type = ReptileSettings

    n_seen: Tensor

    def __init__(self, network: nn.Module, *, settings: ReptileSettings):
        super().__init__(
            network,
            n_inner_steps=settings.n_inner_steps,
            n_test_steps=settings.n_test_steps,
            n_at_once=settings.n_at_once,
            is_inductive=settings.is_inductive,
        )
        self.settings = settings
        self.register_buffer("n_seen", torch.zeros((), dtype=torch.int64))  # inner steps so far
        for number, value in enumerate(network.parameters()):
            self.register_buffer(f"moment{number}", torch.zeros_like(value))

    @classmethod
    def build(cls, shape: EpisodeShape, settings: ReptileSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        return cls(classifier(shape, settings.backbone), settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """100,000 steps of 5 tasks, ε from 1 to 0 (200,000 for more than 5 ways)."""
        n_steps = 100_000 if shape.n_way <= 5 else 200_000
        return TrainingPlan(
            n_steps=n_steps, n_episodes=5, optimizer="sgd", learning_rate=1.0, schedule="linear"
        )

    def moments(self) -> list[Tensor]:
        """Adam's averages of squared gradients, for each parameter."""
        return [self.get_buffer(f"moment{number}") for number, _ in enumerate(self.network.parameters())]

    def steps(self, episodes: Episodes | RegressionEpisodes) -> list[Tensor]:
        """The answers after 0, 1, … inner steps; the whole is not differentiated through."""
        trail = adapt(self.update(episodes), self.begin(len(episodes.query_inputs)), self._n_steps())
        return [self.answers(step, weights, episodes) for step, weights in enumerate(trail)]

    def complete(self, step: int, weights: Weights) -> Weights:
        """The network's own weights."""
        del step
        return {name: value for name, value in weights.items() if not name.startswith(MOMENT)}

    def update(self, episodes: Episodes | RegressionEpisodes) -> Update:
        """One step of Adam with β₁ = 0 on a batch of the support set."""
        batches, seen, settings = self._batches(episodes), int(self.n_seen), self.settings

        def step(number: int, state: Weights) -> Weights:
            weights = self.complete(number, state)
            examples = _rows(episodes.support_inputs, batches[number])
            targets = _rows(episodes.support_targets, batches[number])
            with torch.enable_grad():
                loss = losses(apply(self.network, weights, examples), targets)
            slopes = inner_gradients(loss, weights, is_differentiable=False)
            correction = 1.0 - settings.second_decay ** (seen + number + 1)
            moved: Weights = {}
            for (name, value), slope in zip(weights.items(), slopes, strict=True):
                moment = settings.second_decay * state[MOMENT + name]
                moment = moment + (1.0 - settings.second_decay) * slope.square()
                size = (moment / correction).sqrt() + EPSILON
                moved[name], moved[MOMENT + name] = value - settings.inner_rate * slope / size, moment
            return moved

        return step

    def training_step(
        self, episodes: Episodes | RegressionEpisodes, *, scale: float = 1.0
    ) -> dict[str, Tensor]:
        """Add `scale` times the mean of θ - φ to `.grad`, and remember Adam's averages."""
        n_episodes, metrics = len(episodes.query_inputs), dict[str, Tensor]()
        moments = [torch.zeros_like(moment) for moment in self.moments()]
        for part in self.chunking.parts(episodes, self._travel):
            share = len(part.query_inputs) / n_episodes
            way, averages, found = self._travel(part)
            for (parameter, difference), total, moment in zip(way, moments, averages, strict=True):
                add_gradient(parameter, scale * share * difference)
                total += share * moment
            metrics = {name: metrics.get(name, 0.0) + share * value for name, value in found.items()}
        for kept, moment in zip(self.moments(), moments, strict=True):
            kept.copy_(moment)
        self.n_seen += self.n_inner_steps
        return metrics

    def _travel(
        self, episodes: Episodes | RegressionEpisodes
    ) -> tuple[Gradients, list[Tensor], dict[str, Tensor]]:
        """Mean θ - φ, mean averages of squared gradients, and metrics of the end."""
        final = adapt(self.update(episodes), self.begin(len(episodes.query_inputs)), self.n_inner_steps)[-1]
        way = [(value, (value - final[name]).mean(dim=0).detach()) for name, value in self.start().items()]
        averages = [final[MOMENT + name].mean(dim=0) for name in self.start()]
        with torch.no_grad():
            answers = self.answers(self.n_inner_steps, final, episodes)
        loss = losses(answers, episodes.query_targets).mean()
        return way, averages, self._metrics(answers, loss, episodes)

    def begin(self, n_episodes: int) -> Weights:
        """θ for each episode, and Adam's averages."""
        start = self.start()
        moments = {MOMENT + name: moment for name, moment in zip(start, self.moments(), strict=True)}
        return expand(start, n_episodes) | expand(moments, n_episodes)

    def _n_steps(self) -> int:
        return self.n_inner_steps if self.training else self.n_test_steps

    def _batches(self, episodes: Episodes | RegressionEpisodes) -> list[Tensor]:
        """(B, b) positions of each step's examples: the support set over and over, each time anew."""
        n_episodes, n_support = episodes.support_targets.shape[:2]
        size = min(self.settings.inner_batch, n_support)
        n_rounds = -(-self._n_steps() * size // n_support)
        rounds = [self._order(episodes, n_episodes, n_support) for _ in range(n_rounds)]
        return list(torch.split(torch.cat(rounds, dim=1), size, dim=1))

    def _order(self, episodes: Episodes | RegressionEpisodes, n_episodes: int, n_support: int) -> Tensor:
        """(B, n) a random order; without a generator the same one for all, the ways taking turns."""
        device = episodes.support_inputs.device
        if self.generator is not None:
            keys = torch.rand((n_episodes, n_support), generator=self.generator, device=device)
            return keys.argsort(dim=1)
        n_way = episodes.n_way if isinstance(episodes, Episodes) else 1
        return torch.arange(n_support, device=device).reshape(n_way, -1).T.flatten().expand(n_episodes, -1)


def _rows(values: Tensor, positions: Tensor) -> Tensor:
    """(B, b, …) the values (B, n, …) at the positions (B, b)."""
    return values[torch.arange(len(values), device=values.device)[:, None], positions]
