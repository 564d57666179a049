"""Prototypical networks (Snell, Swersky & Zemel 2017, Prototypical Networks for Few-shot Learning).

Shapes: B episodes, W ways, S shots, Q queries a way, d features.
"""

from dataclasses import dataclass, field
from typing import Literal, Self

import torch
from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings, build_backbone
from autometa.fewshot.embedding import embed
from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class PrototypicalSettings:
    """Hyper-parameters.

    Attributes:
        backbone: the embedding.
        distance: "euclidean" is the squared distance, which the paper found best; "cosine" the similarity.
    """

    backbone: BackboneSettings = field(default_factory=BackboneSettings)
    distance: Literal["euclidean", "cosine"] = "euclidean"


class PrototypicalNetwork(FewShotLearner):
    """A query belongs to the class whose mean support embedding is nearest."""

    settings_type = PrototypicalSettings
    takes_masks = True
    allows_bfloat16 = True
    allows_compile = True

    def __init__(self, backbone: nn.Module, *, settings: PrototypicalSettings | None = None):
        super().__init__()
        self.backbone, self.settings = backbone, settings or PrototypicalSettings()

    @classmethod
    def build(cls, shape: EpisodeShape, settings: PrototypicalSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        return cls(build_backbone(shape.feature_shape, settings.backbone), settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, halved every 2,000 episodes (section 3.1)."""
        del shape
        return TrainingPlan(n_steps=2000, schedule="step", decay_every=2000)

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.settings.backbone.statistics == "episode"

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, W·Q, W) minus the squared distances to the prototypes (equations 1 and 2)."""
        support, query = embed(self.backbone, episodes)
        means = prototypes(support, episodes.support_mask)  # (B, W, d)
        if self.settings.distance == "cosine":
            return nn.functional.normalize(query, dim=2) @ nn.functional.normalize(means, dim=2).mT
        return -square_distances(query, means)


def prototypes(support: Tensor, mask: Tensor | None = None) -> Tensor:
    """(B, W, d) mean embedding of the real examples of each class (equation 1); 0 where there are none.

    Args:
        support: (B, W, S, d).
        mask: (B, W, S) True where real.
    """
    if mask is None:
        return support.mean(dim=2)
    counts = mask.sum(dim=2, keepdim=True).clamp(min=1)
    return (support * mask[..., None]).sum(dim=2) / counts


def square_distances(query: Tensor, means: Tensor) -> Tensor:
    """(B, M, W) squared Euclidean distances, by one batched matrix product.

    Args:
        query: (B, M, d).
        means: (B, W, d).
    """
    query, means = query.float(), means.float()  # cancellation: never in bfloat16
    with torch.autocast(query.device.type, enabled=False):
        products = query @ means.mT
        return query.square().sum(2)[:, :, None] + means.square().sum(2)[:, None, :] - 2.0 * products
