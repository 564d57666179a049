"""The interface of every few-shot learner.

Shapes: B episodes, W ways, Q queries a way, M = W·Q (see `autometa.fewshot.episodes`).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Self, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.plan import TrainingPlan


class Measured(NamedTuple):
    """What a learner made of a batch of episodes.

    Attributes:
        loss: () differentiable mean over the episodes.
        metrics: name → () detached; left on the device, so that nobody waits for them.
    """

    loss: Tensor
    metrics: dict[str, Tensor]


class FewShotLearner(nn.Module, ABC):
    """Learns from the support set of each episode and answers its queries.

    A learner that is trained by the gradient of a loss of its answers overrides `forward`, and `objective`
    if the loss is not cross-entropy; one with another training loss overrides `measure`; one with its own
    meta-gradient (implicit, first-order, a recursion) overrides `training_step`.

    Class attributes:
        settings_type: the frozen dataclass of its hyper-parameters, every field with a default.
        does_regression: it takes `RegressionEpisodes`, too.
        allows_bfloat16: its training survives mixed precision (no second-order gradients).
        allows_compile: its training steps can be compiled.
        uses_gradients_at_test: its forward pass differentiates; it is then called with gradients enabled.

    Attributes:
        takes_masks: it honours `support_mask` and `query_mask`; with some learners a matter of the backbone.
        generator: the learner's own randomness (order of presentation, dropout); training gives it the run's,
            before that it is None, and the learner does without randomness.
    """

    settings_type: ClassVar[type[Any]]
    does_regression: ClassVar[bool] = False
    allows_bfloat16: ClassVar[bool] = False
    allows_compile: ClassVar[bool] = False
    uses_gradients_at_test: ClassVar[bool] = False

    takes_masks: bool = False
    generator: torch.Generator | None = None

    @classmethod
    @abstractmethod
    def build(cls, shape: EpisodeShape, settings: Any) -> Self:
        """A fresh learner for episodes of this shape; weights come from torch's global generator."""

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """The paper's training for episodes of this shape, as far as it fits."""
        del shape
        return TrainingPlan()

    @property
    def is_transductive(self) -> bool:
        """True if the answer to a query depends on the other queries, e.g. by batch statistics."""
        return False

    @abstractmethod
    def forward(self, episodes: Episodes) -> Tensor:
        """(B, W·Q, W) logits of each query; (B, Q, n_targets) predictions for `RegressionEpisodes`."""

    def steps(self, episodes: Episodes) -> Sequence[Tensor]:
        """The answers of `forward` after 0, 1, … inner steps, the final one last; one entry if none."""
        return [self(episodes)]

    def objective(self, answers: Tensor, episodes: Episodes | RegressionEpisodes) -> Tensor:
        """() mean loss of the answers of `forward`: cross-entropy, or mean squared error in regression."""
        if isinstance(episodes, RegressionEpisodes):
            return functional.mse_loss(answers, episodes.query_targets)
        logits = real_ways(answers, episodes)
        return functional.cross_entropy(logits.flatten(0, 1).float(), episodes.query_targets.flatten())

    def measure(self, episodes: Episodes | RegressionEpisodes) -> Measured:
        """The training loss, and what else is worth a curve."""
        answers = self(episodes)
        loss = self.objective(answers, episodes)
        metrics = {"loss": loss.detach()}
        if isinstance(episodes, Episodes):
            metrics["accuracy"] = episode_accuracy(answers.detach(), episodes).mean()
        return Measured(loss, metrics)

    @final
    def loss(self, episodes: Episodes | RegressionEpisodes) -> Tensor:
        """() differentiable training loss; override `objective` or `measure`."""
        return self.measure(episodes).loss

    def training_step(
        self, episodes: Episodes | RegressionEpisodes, *, scale: float = 1.0
    ) -> dict[str, Tensor]:
        """Add the gradient of `scale` times the mean loss to `.grad` of the parameters.

        Args:
            episodes: of the step, or one of its chunks.
            scale: the share of the chunk in the step.

        Returns:
            Name → () detached metrics, "loss" among them.
        """
        loss, metrics = self.measure(episodes)
        with torch.autocast(loss.device.type, enabled=False):
            (scale * loss).backward()  # type: ignore[no-untyped-call]
        return metrics

    def compile_training(self) -> None:
        """Run all further training steps through `torch.compile`; only where `allows_compile`.

        Every shape of episodes is compiled by itself, when it first appears.
        """
        self.measure = torch.compile(self.measure, fullgraph=True, dynamic=False)  # type: ignore[method-assign]

    def begin_step(self, step: int, n_steps: int) -> None:
        """Called before each step of a training (from 0) for whatever is annealed; nothing by default."""


def real_ways(logits: Tensor, episodes: Episodes) -> Tensor:
    """(B, M, W) the logits, -inf for ways that are padding."""
    ways = episodes.way_mask
    return logits if ways is None else logits.masked_fill(~ways[:, None, :], -torch.inf)


def episode_accuracy(logits: Tensor, episodes: Episodes) -> Tensor:
    """(B,) share of the real queries whose largest logit is their way's; equal largest share one point.

    Args:
        logits: (B, M, W).
        episodes: the queries that were answered.
    """
    targets = episodes.query_targets  # (B, M)
    is_real = targets >= 0
    scores = real_ways(logits, episodes)
    best = scores == scores.amax(dim=2, keepdim=True)  # a learner that says the same of all ways gets chance
    own = best.gather(2, targets.clamp(min=0)[:, :, None]).squeeze(2)
    points = own.float() / best.sum(dim=2).clamp(min=1)
    return (points * is_real).sum(dim=1) / is_real.sum(dim=1)
