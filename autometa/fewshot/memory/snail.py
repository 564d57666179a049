"""SNAIL (Mishra, Rohaninejad, Chen & Abbeel 2018, A Simple Neural Attentive Meta-Learner).

Every query is the last element of a sequence that begins with the whole support set. Because all layers are
causal, the support set's activations are the same for all queries of an episode: they are computed once,
and a query sees them.

Shapes: B episodes, W ways, n support examples, M queries an episode, c features of a position.
"""

from dataclasses import dataclass, field
from math import ceil, log2, sqrt
from typing import Self

import torch
from torch import Tensor, nn

from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.memory.base import Embedding, EmbeddingSettings
from autometa.fewshot.memory.sequences import labelled, shuffled, unlabelled
from autometa.fewshot.plan import TrainingPlan

Positions = tuple[Tensor, Tensor]  # (B, n, c) of the support set, (B, M, c) of the queries


@dataclass(frozen=True, slots=True)
class SNAILSettings:
    """Hyper-parameters (section C.1, Omniglot).

    Attributes:
        embedding: of the examples.
        n_filters: of each dense block.
        widths: of the keys of the three attention blocks and, doubled but for the first, of their values.
    """

    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    n_filters: int = 128
    widths: tuple[int, int, int] = (64, 256, 512)


class SNAIL(FewShotLearner):
    """Attention and temporal convolutions in turns; the way and the number of shots are fixed."""

    settings_type = SNAILSettings
    allows_bfloat16 = True

    def __init__(self, embedding: Embedding, *, n_way: int, n_support: int, settings: SNAILSettings):
        super().__init__()
        self.embedding = embedding
        n_inputs, blocks = embedding.n_features + n_way, list[nn.Module]()
        for number, width in enumerate(settings.widths):
            attention = AttentionBlock(n_inputs, width, width // 2)
            n_inputs += width // 2
            blocks.append(attention)
            if number < len(settings.widths) - 1:
                convolution = TemporalBlock(n_inputs, n_support + 1, settings.n_filters)
                n_inputs = convolution.n_outputs
                blocks.append(convolution)
        self.blocks, self.head = nn.ModuleList(blocks), nn.Linear(n_inputs, n_way)

    @classmethod
    def build(cls, shape: EpisodeShape, settings: SNAILSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        embedding = Embedding(shape, settings.embedding)
        return cls(embedding, n_way=shape.n_way, n_support=shape.n_way * shape.n_shot, settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, 32 episodes a step."""
        del shape
        return TrainingPlan(n_steps=20_000, n_episodes=32)

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.embedding.is_transductive

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, M, W)."""
        support, query = self.embedding(episodes)
        positions = (shuffled(labelled(support), self.generator), unlabelled(query, episodes.n_way))
        for block in self.blocks:
            positions = block(positions)
        logits: Tensor = self.head(positions[1])
        return logits


class DenseBlock(nn.Module):
    """A causal convolution over two positions, gated, beside its input (section 3, figure 2a)."""

    def __init__(self, n_inputs: int, n_filters: int, dilation: int):
        super().__init__()
        self.dilation = dilation
        self.now, self.before = (
            nn.Linear(n_inputs, 2 * n_filters),
            nn.Linear(n_inputs, 2 * n_filters, bias=False),
        )

    def forward(self, positions: Positions) -> Positions:
        """Adds as many features as there are filters."""
        support, query = positions
        earlier = self.before(support)  # (B, n, 2·filters)
        shift = min(self.dilation, support.shape[1])
        delayed = torch.cat([torch.zeros_like(earlier[:, :shift]), earlier[:, :-shift]], dim=1)
        seen = torch.zeros_like(earlier[:, :1])
        if self.dilation <= support.shape[1]:
            seen = earlier[:, -self.dilation, None]
        return _gated(support, self.now(support) + delayed), _gated(query, self.now(query) + seen)


class TemporalBlock(nn.Module):
    """Dense blocks whose dilation doubles until they see the whole sequence (figure 2b)."""

    def __init__(self, n_inputs: int, n_positions: int, n_filters: int):
        super().__init__()
        n_blocks = ceil(log2(n_positions))
        self.blocks = nn.ModuleList(
            DenseBlock(n_inputs + number * n_filters, n_filters, 2**number) for number in range(n_blocks)
        )
        self.n_outputs = n_inputs + n_blocks * n_filters

    def forward(self, positions: Positions) -> Positions:
        """Adds each block's filters."""
        for block in self.blocks:
            positions = block(positions)
        return positions


class AttentionBlock(nn.Module):
    """One causal soft look at all positions, beside the input (figure 2c)."""

    def __init__(self, n_inputs: int, n_keys: int, n_values: int):
        super().__init__()
        self.n_keys = n_keys
        self.keys, self.queries = nn.Linear(n_inputs, n_keys), nn.Linear(n_inputs, n_keys)
        self.values = nn.Linear(n_inputs, n_values)

    def forward(self, positions: Positions) -> Positions:
        """Adds the width of the values."""
        support, query = positions
        keys, values = self.keys(support), self.values(support)
        scores = self.queries(support) @ keys.mT / sqrt(self.n_keys)  # (B, n, n)
        later = torch.ones_like(scores[0], dtype=torch.bool).triu(diagonal=1)
        read = torch.softmax(scores.masked_fill(later, -torch.inf), dim=2) @ values
        return torch.cat([support, read], dim=2), torch.cat([query, self._look(query, keys, values)], dim=2)

    def _look(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """(B, M, values): each query sees the support set and itself."""
        asked, own = self.queries(query), self.keys(query)
        scores = torch.cat([asked @ keys.mT, (asked * own).sum(dim=2, keepdim=True)], dim=2)
        shares = torch.softmax(scores / sqrt(self.n_keys), dim=2)  # (B, M, n + 1)
        seen: Tensor = shares[:, :, :-1] @ values + shares[:, :, -1:] * self.values(query)
        return seen


def _gated(positions: Tensor, both: Tensor) -> Tensor:
    value, gate = both.chunk(2, dim=2)
    return torch.cat([positions, torch.tanh(value) * torch.sigmoid(gate)], dim=2)
