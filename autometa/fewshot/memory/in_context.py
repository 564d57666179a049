"""An in-context transformer: the support set is the context, and one forward pass answers all queries.

A transformer encoder (Vaswani et al. 2017, section 3.1, with the normalisation first, Xiong et al. 2020) over
embeddings with their labels, without positions, so that the order of the support set does not matter: the
few-shot case of prior-fitted networks (Müller et al. 2022, Transformers Can Do Bayesian Inference). Support
examples attend to each other; a query attends to them and to itself, so that answers do not depend on other
queries.

Shapes: B episodes, W ways, n support examples, M queries an episode, d features, h heads.
"""

from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.memory.base import Embedding, EmbeddingSettings
from autometa.fewshot.memory.sequences import labelled, unlabelled
from autometa.fewshot.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class InContextSettings:
    """Hyper-parameters.

    Attributes:
        embedding: of the examples.
        n_features: of the transformer.
        n_layers: of it.
        n_heads: of each layer's attention; divides `n_features`.
    """

    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    n_features: int = 128
    n_layers: int = 4
    n_heads: int = 4


class InContextLearner(FewShotLearner):
    """Learns to learn in the forward pass; the way is fixed, the number of shots is not."""

    settings_type = InContextSettings
    allows_bfloat16 = True

    def __init__(self, embedding: Embedding, *, n_way: int, settings: InContextSettings):
        super().__init__()
        self.embedding = embedding
        self.entry = nn.Linear(embedding.n_features + n_way, settings.n_features)
        self.layers = nn.ModuleList(
            Layer(settings.n_features, settings.n_heads) for _ in range(settings.n_layers)
        )
        self.head = nn.Sequential(nn.LayerNorm(settings.n_features), nn.Linear(settings.n_features, n_way))

    @classmethod
    def build(cls, shape: EpisodeShape, settings: InContextSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        return cls(Embedding(shape, settings.embedding), n_way=shape.n_way, settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """AdamW 5e-4 to 0 by a cosine, 16 episodes a step, gradients clipped to 1."""
        del shape
        return TrainingPlan(
            n_steps=20_000,
            n_episodes=16,
            optimizer="adamw",
            learning_rate=5e-4,
            schedule="cosine",
            gradient_clip=1.0,
        )

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.embedding.is_transductive

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, M, W)."""
        support, query = self.embedding(episodes)
        n_support = support.shape[1] * support.shape[2]
        tokens = torch.cat([labelled(support), unlabelled(query, episodes.n_way)], dim=1)
        tokens = self.entry(tokens)
        sees = visibility(n_support, query.shape[1], tokens.device)
        for layer in self.layers:
            tokens = layer(tokens, sees)
        logits: Tensor = self.head(tokens[:, n_support:])
        return logits


class Layer(nn.Module):
    """Attention and a feed-forward network, each on normalised tokens and beside its input."""

    def __init__(self, n_features: int, n_heads: int):
        super().__init__()
        self.n_heads = n_heads
        self.before_attention, self.before_network = nn.LayerNorm(n_features), nn.LayerNorm(n_features)
        self.projection = nn.Linear(n_features, 3 * n_features)
        self.output = nn.Linear(n_features, n_features)
        self.network = nn.Sequential(
            nn.Linear(n_features, 4 * n_features), nn.GELU(), nn.Linear(4 * n_features, n_features)
        )

    def forward(self, tokens: Tensor, sees: Tensor) -> Tensor:
        """(B, n + M, features).

        Args:
            tokens: (B, n + M, features).
            sees: (n + M, n + M) True where the row's token attends to the column's.
        """
        n_episodes, n_tokens, n_features = tokens.shape
        projected = self.projection(self.before_attention(tokens))
        split = projected.reshape(n_episodes, n_tokens, 3, self.n_heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (B, h, n + M, features / h)
        read = functional.scaled_dot_product_attention(query, key, value, attn_mask=sees)
        tokens = tokens + self.output(read.transpose(1, 2).reshape(n_episodes, n_tokens, n_features))
        answered: Tensor = tokens + self.network(self.before_network(tokens))
        return answered


def visibility(n_support: int, n_query: int, device: torch.device) -> Tensor:
    """(n + M, n + M) all see the support set; a query sees itself, too."""
    sees = torch.eye(n_support + n_query, dtype=torch.bool, device=device)
    sees[:, :n_support] = True
    return sees
