"""Meta Networks (Munkhdalai & Yu 2017): fast weights, made of the gradients of slow ones, in a memory.

Shapes: B episodes, W ways, n support examples, M queries an episode; d features, h hidden units, T = W
    examples that condition the embedding.
"""

from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.gradient.meta_lstm import preprocessed
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.memory.base import Embedding, EmbeddingSettings
from autometa.fewshot.plan import TrainingPlan

MAGNITUDE = 7.0  # of the preprocessing of gradients (section 4.1)


@dataclass(frozen=True, slots=True)
class MetaNetworkSettings:
    """Hyper-parameters.

    Attributes:
        embedding: of the examples, below the layers with fast weights; the same for both learners.
        n_hidden: h, of these layers.
        n_generator: hidden units of the networks that make fast weights.
    """

    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    n_hidden: int = 64
    n_generator: int = 20


class MetaNetwork(FewShotLearner):
    """A query reads, by the likeness of embeddings, which fast weights its classifier takes (algorithm 1).

    Departures: fast weights are those of the fully connected layers above a convolutional embedding, which
    both learners share; gradients that fast weights are made of are constants, as in the authors' code.

    Args:
        embedding: of the examples.
        n_way: W.
        settings: of the learner.
    """

    settings_type = MetaNetworkSettings

    def __init__(self, embedding: Embedding, *, n_way: int, settings: MetaNetworkSettings):
        super().__init__()
        self.embedding, n_inputs, n_hidden = embedding, embedding.n_features, settings.n_hidden
        self.keys = TwoLayers(n_inputs, n_hidden, n_way)  # u; its second layer only serves its loss
        self.classifier = TwoLayers(n_inputs, n_hidden, n_way)  # b
        self.reader = nn.LSTM(2, settings.n_generator, batch_first=True)  # d
        self.key_maker = nn.Linear(settings.n_generator, 1)
        self.makers = nn.ModuleList(_maker(settings.n_generator) for _ in range(2))  # m, one for each layer

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MetaNetworkSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        return cls(Embedding(shape, settings.embedding), n_way=shape.n_way, settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, gradients clipped to 10."""
        del shape
        return TrainingPlan(n_steps=20_000, n_episodes=4, gradient_clip=10.0)

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.embedding.is_transductive

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, M, W)."""
        support, query = self.embedding(episodes)
        examples, labels = support.flatten(1, 2), _one_hot(episodes)
        key_weights = self.key_weights(support[:, :, 0], episodes.n_way)
        stored = self.keys.hidden(examples, key_weights)  # R: (B, n, h)
        asked = self.keys.hidden(query, key_weights)
        likeness = functional.normalize(asked, dim=2) @ functional.normalize(stored, dim=2).mT
        attention = torch.softmax(likeness, dim=2)  # (B, M, n)
        first, second = self.fast_weights(examples, labels)  # M: (B, n, h, d), (B, n, W, h)
        return self._answers(query, attention, first, second)

    def key_weights(self, examples: Tensor, n_way: int) -> Tensor:
        """Q* (B, 1, h, d): an LSTM reads the gradients of the embedding's loss, one example of each class."""
        labels = torch.eye(n_way, dtype=examples.dtype, device=examples.device).expand(len(examples), -1, -1)
        gradients, _ = self.keys.gradients(examples, labels)  # (B, T, h, d)
        n_episodes, n_read, n_hidden, n_inputs = gradients.shape
        sequence = gradients.flatten(2).transpose(1, 2).flatten(0, 1)  # (B·h·d, T)
        states, _ = self.reader(preprocessed(sequence, magnitude=MAGNITUDE))
        made: Tensor = self.key_maker(states[:, n_read - 1])
        return made.reshape(n_episodes, 1, n_hidden, n_inputs)

    def fast_weights(self, examples: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """W* of each support example, for both layers: (B, n, h, d) and (B, n, W, h)."""
        gradients = self.classifier.gradients(examples, labels)
        first, second = (
            maker(preprocessed(gradient, magnitude=MAGNITUDE)).squeeze(-1)
            for maker, gradient in zip(self.makers, gradients, strict=True)
        )
        return first, second

    def _answers(self, query: Tensor, attention: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """Logits by the slow weights and each query's own mixture of fast ones."""
        own_first = torch.einsum("bmn,bnhd->bmhd", attention, first)
        own_second = torch.einsum("bmn,bnwh->bmwh", attention, second)
        hidden = self.classifier.hidden(query, own_first)
        fast = torch.einsum("bmwh,bmh->bmw", own_second, hidden)
        logits: Tensor = self.classifier.second(hidden) + fast
        return logits


class TwoLayers(nn.Module):
    """A hidden layer that fast weights may join, and a linear one (section 3.4, layer augmentation)."""

    def __init__(self, n_inputs: int, n_hidden: int, n_outputs: int):
        super().__init__()
        self.first, self.second = nn.Linear(n_inputs, n_hidden), nn.Linear(n_hidden, n_outputs)

    def hidden(self, inputs: Tensor, fast: Tensor) -> Tensor:
        """(B, m, h) ReLU of the slow layer plus ReLU of the fast one.

        Args:
            inputs: (B, m, d).
            fast: (B, m or 1, h, d).
        """
        fast = fast.expand(-1, inputs.shape[1], -1, -1)
        return torch.relu(self.first(inputs)) + torch.relu(torch.einsum("bmhd,bmd->bmh", fast, inputs))

    def gradients(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Of each example's cross-entropy by the slow weights, for both weight matrices; constants.

        Args:
            inputs: (B, n, d).
            labels: (B, n, W) one-hot.

        Returns:
            (B, n, h, d) and (B, n, W, h).
        """
        with torch.no_grad():
            before = self.first(inputs)
            hidden = torch.relu(before)
            above = torch.softmax(self.second(hidden), dim=2) - labels
            below = (above @ self.second.weight) * (before > 0)
            return below[..., None] * inputs[:, :, None], above[..., None] * hidden[:, :, None]


def _maker(n_hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, n_hidden), nn.ReLU(), nn.Linear(n_hidden, 1))


def _one_hot(episodes: Episodes) -> Tensor:
    """(B, n, W) the support labels."""
    return functional.one_hot(episodes.support_targets, episodes.n_way).to(episodes.support.dtype)
