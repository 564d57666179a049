"""Matching networks (Vinyals et al. 2016), with and without full context embeddings.

Shapes: B episodes, W ways, S shots, n = W·S support examples, M queries an episode, d features.
"""

from dataclasses import dataclass, field
from math import log, prod
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.backbones import BackboneSettings, build_backbone, output_shape
from autometa.fewshot.embedding import embed
from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.metric.full_context import AttentionLSTM, BidirectionalContext
from autometa.fewshot.metric.prototypical import square_distances
from autometa.fewshot.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class MatchingSettings:
    """Hyper-parameters.

    Attributes:
        backbone: of both embeddings.
        distance: "cosine" as in the paper, or minus the squared "euclidean" distance.
        scale: that the cosine is multiplied by before the softmax, as a start; it is learned. The paper has
            1, and a softmax of numbers in [-1, 1] can hardly be sure of anything.
        n_reads: attention steps of the full context embedding of a query (K of section A.1); 0 does without
            it and without the context of the support set.
    """

    backbone: BackboneSettings = field(default_factory=BackboneSettings)
    distance: Literal["cosine", "euclidean"] = "cosine"
    scale: float = 10.0
    n_reads: int = 0


class MatchingNetwork(FewShotLearner):
    """A query's label is the mean of the support labels, weighted by attention (equation 1)."""

    settings_type = MatchingSettings
    allows_bfloat16 = True

    def __init__(self, backbone: nn.Module, *, n_features: int, settings: MatchingSettings):
        super().__init__()
        self.backbone, self.settings = backbone, settings
        self.log_scale = nn.Parameter(torch.tensor(log(settings.scale)))
        has_context = settings.n_reads > 0
        self.support_context = BidirectionalContext(n_features) if has_context else None
        self.query_context = AttentionLSTM(n_features, settings.n_reads) if has_context else None

    @classmethod
    def build(cls, shape: EpisodeShape, settings: MatchingSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        backbone = build_backbone(shape.feature_shape, settings.backbone)
        return cls(backbone, n_features=prod(output_shape(backbone, shape.feature_shape)), settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, halved every 2,000 episodes."""
        del shape
        return TrainingPlan(n_steps=4000, schedule="step", decay_every=2000)

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.settings.backbone.statistics == "episode"

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, M, W) logarithms of the classes' shares of the attention."""
        support, query = embed(self.backbone, episodes)
        n_way, n_shot = support.shape[1:3]
        support = support.flatten(1, 2)  # (B, n, d)
        if self.support_context is not None and self.query_context is not None:
            support = self.support_context(support, self.generator)
            query = self.query_context(query, support)
        attention = functional.log_softmax(self.similarities(query, support).float(), dim=2)
        shares: Tensor = attention.reshape(*attention.shape[:2], n_way, n_shot).logsumexp(dim=3)
        return shares

    def similarities(self, query: Tensor, support: Tensor) -> Tensor:
        """(B, M, n)."""
        if self.settings.distance == "euclidean":
            return -square_distances(query, support)
        return (
            self.log_scale.exp()
            * functional.normalize(query, dim=2)
            @ functional.normalize(support, dim=2).mT
        )


@dataclass(frozen=True, slots=True)
class MatchingFCESettings(MatchingSettings):
    """Hyper-parameters; those of `MatchingSettings` with full context embeddings."""

    n_reads: int = 5


class MatchingNetworkFCE(MatchingNetwork):
    """Matching networks whose embeddings see the whole support set (section 2.1.2, appendix A)."""

    settings_type = MatchingFCESettings
