"""The LSTM meta-learner (Ravi & Larochelle 2017, Optimization as a Model for Few-Shot Learning).

Shapes: B episodes, N weights of the learner in one row, H hidden units.
"""

from dataclasses import dataclass, field
from math import exp
from typing import Self

import torch
from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.gradient.base import GradientLearner
from autometa.fewshot.gradient.episode_network import Weights, expand
from autometa.fewshot.gradient.lstm_layer import lstm_layer
from autometa.fewshot.gradient.maml import inner_gradients
from autometa.fewshot.gradient.networks import classifier
from autometa.fewshot.gradient.trail import Update
from autometa.fewshot.plan import TrainingPlan

CELL, HIDDEN, MEMORY, FORGET, INPUT = "cell", "hidden", "memory", "forget", "input"


def small_backbone() -> BackboneSettings:
    """Four blocks of 32 filters (section 5.1), normalised by episode."""
    return BackboneSettings(n_filters=32, statistics="episode", is_fused=False)


@dataclass(frozen=True, slots=True)
class MetaLSTMSettings:
    """Hyper-parameters.

    Attributes:
        backbone: of the learner; a linear layer follows.
        n_hidden: H, of the lower LSTM.
        n_inner_steps: in training and evaluation; 12 for one shot and 5 for more where None.
        magnitude: p of the preprocessing of gradients and losses (Andrychowicz et al. 2016, appendix A).
        is_inductive: queries are normalised by the statistics of the support set.
        n_at_once: episodes adapted together; 0 finds the fastest number by a short timed probe.
    """

    backbone: BackboneSettings = field(default_factory=small_backbone)
    n_hidden: int = 20
    n_inner_steps: int | None = None
    magnitude: float = 10.0
    is_inductive: bool = False
    n_at_once: int = 0


class MetaLSTM(GradientLearner):
    """The learner's weights are the cell of an LSTM: its gates are a learned rate and a learned decay.

    Two layers, shared by all coordinates: an LSTM reads the preprocessed gradient and loss, and above it
    the gates see its output, the weight and their own last value (section 3.2). Gradients of the learner
    are constants, as in the paper. The initial weights are learned, too.

    Args:
        network: the learner, from examples to logits or targets.
        settings: of the meta-learner.
        n_inner_steps: in training and evaluation.
    """

    settings_type = MetaLSTMSettings

    def __init__(self, network: nn.Module, *, settings: MetaLSTMSettings, n_inner_steps: int):
        super().__init__(
            network,
            n_inner_steps=n_inner_steps,
            n_test_steps=n_inner_steps,
            n_at_once=settings.n_at_once,
            is_inductive=settings.is_inductive,
        )
        self.settings = settings
        self._names = [name for name, _ in network.named_parameters()]
        self._shapes = [value.shape for value in network.parameters()]
        self.cell = nn.Parameter(torch.cat([value.detach().flatten() for value in network.parameters()]))
        network.requires_grad_(False)  # `cell` stands for its parameters
        self.lower = nn.LSTMCell(4, settings.n_hidden)
        self.forget_gate = nn.Linear(settings.n_hidden + 2, 1)
        self.input_gate = nn.Linear(settings.n_hidden + 2, 1)
        self._reset()

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MetaLSTMSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        n_steps = settings.n_inner_steps or (12 if shape.n_shot == 1 else 5)
        return cls(classifier(shape, settings.backbone), settings=settings, n_inner_steps=n_steps)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, one episode a step, gradients clipped to .25."""
        del shape
        return TrainingPlan(n_steps=50_000, n_episodes=1, gradient_clip=0.25)

    def start(self) -> dict[str, nn.Parameter]:
        """The learned initial weights in one row."""
        return {CELL: self.cell}

    def begin(self, n_episodes: int) -> Weights:
        """The initial weights; nothing remembered; gates that keep all and add nothing."""
        n_weights, made = len(self.cell), self.cell.new_zeros
        hidden = (n_episodes, self.settings.n_hidden, n_weights)
        gates = {name: made((n_episodes, n_weights)) for name in (FORGET, INPUT)}
        return expand(self.start(), n_episodes) | {HIDDEN: made(hidden), MEMORY: made(hidden)} | gates

    def complete(self, step: int, weights: Weights) -> Weights:
        """The row of weights cut into the network's parameters."""
        del step
        pieces = torch.split(weights[CELL], [shape.numel() for shape in self._shapes], dim=1)
        return {
            name: piece.reshape(-1, *shape)
            for name, piece, shape in zip(self._names, pieces, self._shapes, strict=True)
        }

    def update(self, episodes: Episodes | RegressionEpisodes) -> Update:
        """One step of both layers on the gradient of the support set (equation 2).

        What the support set says is constant, so a step that is made again does not ask it again.
        """
        known: dict[int, tuple[Tensor, Tensor]] = {}

        def step(number: int, state: Weights) -> Weights:
            if number not in known:
                losses = self.support_losses(number, state, episodes)
                [gradient] = inner_gradients(losses, {CELL: state[CELL]}, is_differentiable=False)
                known[number] = gradient.detach(), losses.detach()
            gradient, losses = known[number]
            hidden, memory = self._remember(gradient, losses, state)
            forget, insert = self._gates(hidden, state)
            cell = forget * state[CELL] - insert * gradient
            return {CELL: cell, HIDDEN: hidden, MEMORY: memory, FORGET: forget, INPUT: insert}

        return step

    def _remember(self, gradient: Tensor, losses: Tensor, state: Weights) -> tuple[Tensor, Tensor]:
        """(B, H, N) hidden values and memory of the lower layer.

        The loss is the same for all coordinates of an episode: its share goes with the bias.
        """
        lower, magnitude = self.lower, self.settings.magnitude
        seen = preprocessed(gradient, magnitude=magnitude).movedim(-1, 1)  # (B, 2, N)
        loss = preprocessed(losses, magnitude=magnitude)  # (B, 2)
        bias = loss @ lower.weight_ih[:, 2:].mT + (lower.bias_ih + lower.bias_hh)  # (B, 4H)
        shared = torch.cat([lower.weight_ih[:, :2], lower.weight_hh], dim=1).expand(len(bias), -1, -1)
        weights = torch.cat([shared[:, :, :2], bias[:, :, None], shared[:, :, 2:]], dim=2)
        rows = torch.cat([seen, torch.ones_like(seen[:, :1]), state[HIDDEN]], dim=1)  # (B, H + 3, N)
        return lstm_layer(rows, state[MEMORY], weights)

    def _gates(self, hidden: Tensor, state: Weights) -> tuple[Tensor, Tensor]:
        """(B, N) shares in (0, 1) of the weight to keep and of the gradient to subtract."""
        names, layers = (FORGET, INPUT), (self.forget_gate, self.input_gate)
        weights = torch.cat([layer.weight for layer in layers])  # (2, H + 2)
        sums = weights[:, :-2] @ hidden  # (B, 2, N)
        keep, add = (
            torch.sigmoid(
                own + layer.weight[0, -2] * state[CELL] + layer.weight[0, -1] * state[name] + layer.bias
            )
            for own, name, layer in zip(sums.unbind(dim=1), names, layers, strict=True)
        )
        return keep, add

    def _reset(self) -> None:
        """Small weights, a forget gate near 1, an input gate near 0: the first steps are gradient descent."""
        for parameter in [*self.lower.parameters(), self.forget_gate.weight, self.input_gate.weight]:
            nn.init.uniform_(parameter, -0.01, 0.01)
        nn.init.uniform_(self.forget_gate.bias, 4.0, 5.0)
        nn.init.uniform_(self.input_gate.bias, -5.0, -4.0)


def preprocessed(values: Tensor, *, magnitude: float) -> Tensor:
    """(…, 2) the logarithm and the sign of large values, a constant and the scaled value of small ones.

    Andrychowicz et al. 2016, appendix A: (log|x| / p, sgn x) if |x| ≥ e⁻ᵖ, else (-1, eᵖ x).

    Args:
        values: of any shape and size.
        magnitude: p.
    """
    size = values.abs()
    is_large = size >= exp(-magnitude)
    first = torch.where(is_large, size.clamp(min=1e-38).log() / magnitude, -torch.ones_like(values))
    second = torch.where(is_large, values.sign(), values * exp(magnitude))
    return torch.stack([first, second], dim=-1)
