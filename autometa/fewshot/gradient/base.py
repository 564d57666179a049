"""What all learners share that adapt every weight of a network by steps on the support set.

Shapes: B episodes, W ways, M queries an episode; weights carry the episode first, (B, *shape).
"""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.episodes import Episodes, RegressionEpisodes
from autometa.fewshot.gradient.chunking import Chunking
from autometa.fewshot.gradient.compiled import CompiledGradient
from autometa.fewshot.gradient.episode_network import Weights, apply, expand
from autometa.fewshot.gradient.graph_size import GraphSizes
from autometa.fewshot.gradient.meta_gradient import adapt, meta_gradient
from autometa.fewshot.gradient.trail import Update, leaves
from autometa.fewshot.learner import FewShotLearner, Measured, episode_accuracy

Gradients = list[tuple[nn.Parameter, Tensor]]


class GradientLearner(FewShotLearner):
    """Adapts a copy of a network to each episode; a subclass says what one step is.

    Training takes the exact gradient through the steps by `meta_gradient`, so many episodes at a time as a
    timed probe finds fastest here (kept in the state of the learner, so that a resumed run computes alike).

    Batch normalisation takes the statistics of the batch at hand: with `is_inductive`, those of the support
    set for the queries, too; else the queries' own, all together, which is transductive.

    Args:
        network: from examples to logits or targets.
        n_inner_steps: in training.
        n_test_steps: in evaluation.
        n_at_once: episodes adapted together; found by timing where 0.
        is_inductive: no query may influence the answer to another one.
    """

    does_regression = True
    uses_gradients_at_test = True

    def __init__(
        self,
        network: nn.Module,
        *,
        n_inner_steps: int,
        n_test_steps: int,
        n_at_once: int = 0,
        is_inductive: bool = False,
    ):
        super().__init__()
        self.network = network
        self.n_inner_steps, self.n_test_steps = n_inner_steps, n_test_steps
        self.is_inductive = is_inductive
        self.chunking = Chunking(n_at_once)
        self._compiled: CompiledGradient | None = None
        self._graph_sizes = GraphSizes()

    @property
    def is_transductive(self) -> bool:
        """True if the queries of an episode share their batch statistics."""
        return not self.is_inductive and has_batch_statistics(self.network)

    @abstractmethod
    def update(self, episodes: Episodes | RegressionEpisodes) -> Update:
        """One inner step on the support sets, from (k, θ_k) to θ_{k+1}."""

    def start(self) -> dict[str, nn.Parameter]:
        """θ_0, the same for all episodes."""
        return dict(self.network.named_parameters())

    def begin(self, n_episodes: int) -> Weights:
        """θ_0 for each episode, and whatever else an inner step carries on to the next."""
        return expand(self.start(), n_episodes)

    def outer(self) -> list[nn.Parameter]:
        """Everything else that training learns; nothing by default."""
        own = {id(value) for value in self.start().values()}
        return [value for value in self.parameters() if value.requires_grad and id(value) not in own]

    def complete(self, step: int, weights: Weights) -> Weights:
        """All weights of the network around inner step k: the adapted ones, and any that are not adapted."""
        del step
        return weights

    def loss_weights(self) -> Sequence[float] | None:
        """Of the query losses after each step of training; only the last one counts where None."""
        return None

    def answers(self, step: int, weights: Weights, episodes: Episodes | RegressionEpisodes) -> Tensor:
        """(B, M, W) the queries' logits, or their targets, by the weights after so many steps."""
        weights = self.complete(max(step - 1, 0), weights)
        support, query = episodes.support_inputs, episodes.query_inputs
        if not self.is_inductive or not has_batch_statistics(self.network):
            return apply(self.network, weights, query)
        n_support = support.shape[1]
        both = torch.cat([support, query], dim=1)
        return apply(self.network, weights, both, n_reference=n_support)[:, n_support:]

    @torch.enable_grad()
    def support_losses(self, step: int, weights: Weights, episodes: Episodes | RegressionEpisodes) -> Tensor:
        """(B,) the loss that step k (from 0) descends."""
        complete = self.complete(step, weights)
        return losses(apply(self.network, complete, episodes.support_inputs), episodes.support_targets)

    def forward(self, episodes: Episodes | RegressionEpisodes) -> Tensor:
        """(B, M, W) after all inner steps; differentiable through the steps in training mode."""
        return self.steps(episodes)[-1]

    def steps(self, episodes: Episodes | RegressionEpisodes) -> Sequence[Tensor]:
        """The answers after 0, 1, … inner steps."""
        n_steps = self.n_inner_steps if self.training else self.n_test_steps
        start, update = self.begin(len(episodes.query_inputs)), self.update(episodes)
        if not self.training:
            with torch.no_grad():
                return [
                    self.answers(step, weights, episodes)
                    for step, weights in enumerate(adapt(update, start, n_steps))
                ]
        trail = [start]
        for step in range(n_steps):
            trail.append(update(step, trail[step]))
        return [self.answers(step, weights, episodes) for step, weights in enumerate(trail)]

    def measure(self, episodes: Episodes | RegressionEpisodes) -> Measured:
        """The training loss through the graph of all inner steps: what `training_step` must agree with."""
        answers, weights = self.steps(episodes), self.loss_weights()
        found = [losses(one, episodes.query_targets).mean() for one in answers[1:]]
        loss = found[-1] if weights is None else sum(w * one for w, one in zip(weights, found, strict=True))
        return Measured(torch.as_tensor(loss), self._metrics(answers[-1], found[-1], episodes))

    def training_step(
        self, episodes: Episodes | RegressionEpisodes, *, scale: float = 1.0
    ) -> dict[str, Tensor]:
        """Add `scale` times the exact gradient of the mean training loss to `.grad`."""
        n_episodes = len(episodes.query_inputs)
        metrics: dict[str, Tensor] = {}
        for part in self.chunking.parts(episodes, self._differentiate):
            share = len(part.query_inputs) / n_episodes
            gradients, found = self._compiled(part) if self._compiled else self._differentiate(part)
            for parameter, gradient in gradients:
                add_gradient(parameter, gradient if scale * share == 1.0 else gradient * (scale * share))
            metrics = {name: metrics.get(name, 0.0) + share * value for name, value in found.items()}
        return metrics

    def compile_training(self) -> None:
        """See `FewShotLearner.compile_training`; the number of episodes at once is found without it."""
        self._compiled = CompiledGradient(self, self._differentiate)

    def _differentiate(self, episodes: Episodes | RegressionEpisodes) -> tuple[Gradients, dict[str, Tensor]]:
        """Gradients of the mean training loss of these episodes, and metrics."""
        outer = self.outer()
        gradients, at_outer, metrics = self._gradients(episodes, outer)
        found = [torch.zeros_like(p) if g is None else g for p, g in zip(outer, at_outer, strict=True)]
        return gradients + list(zip(outer, found, strict=True)), metrics

    def _gradients(
        self, episodes: Episodes | RegressionEpisodes, outer: Sequence[Tensor]
    ) -> tuple[Gradients, list[Tensor | None], dict[str, Tensor]]:
        """For the start, for what else there is, and metrics."""
        start, kept = self.start(), list[Tensor]()

        def loss_at(step: int, weights: Weights) -> Tensor:
            answers = self.answers(step, weights, episodes)
            kept.append(answers.detach())
            return losses(answers, episodes.query_targets).mean()

        begin, n_steps = self.begin(len(episodes.query_inputs)), self.n_inner_steps
        shapes = tuple(one.shape for one in episodes if one is not None)
        found = meta_gradient(
            self.update(episodes),
            loss_at,
            begin,
            outer=outer,
            n_steps=n_steps,
            loss_weights=self.loss_weights(),
            keeps_graphs=self._graph_sizes.are_small(shapes, n_steps),
        )
        if n_steps > 1:
            self._graph_sizes.learn(shapes, lambda: self.update(episodes)(0, leaves(begin)))
        gradients = [(parameter, found.start[name].sum(dim=0)) for name, parameter in start.items()]
        return (
            gradients,
            found.outer,
            self._metrics(kept[0], found.loss, episodes),
        )  # the last step's come first

    def _metrics(
        self, answers: Tensor, loss: Tensor, episodes: Episodes | RegressionEpisodes
    ) -> dict[str, Tensor]:
        metrics = {"loss": loss.detach()}
        if isinstance(episodes, Episodes):
            metrics["accuracy"] = episode_accuracy(answers.detach(), episodes).mean()
        return metrics


def losses(answers: Tensor, targets: Tensor) -> Tensor:
    """(B,) mean cross-entropy of each episode, or mean squared error for real targets.

    Args:
        answers: (B, M, W) logits, or (B, M, t).
        targets: (B, M) classes, negative where padding, or (B, M, t).
    """
    if targets.is_floating_point():
        return (answers - targets).square().flatten(1).mean(dim=1)
    found = functional.cross_entropy(answers.transpose(1, 2), targets, reduction="none")
    return found.sum(dim=1) / (targets >= 0).sum(dim=1)


def has_batch_statistics(network: nn.Module) -> bool:
    """True if an output may depend on the other examples of the batch."""
    return any("Norm" in type(part).__name__ and "Batch" in type(part).__name__ for part in network.modules())


def add_gradient(parameter: nn.Parameter, gradient: Tensor) -> None:
    """Add to `.grad`, which may be None; it keeps the tensor, which nobody else may have."""
    parameter.grad = gradient if parameter.grad is None else parameter.grad.add_(gradient)
