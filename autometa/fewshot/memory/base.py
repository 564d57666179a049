"""What learners with a memory share: an embedding, and labels beside the support examples.

Shapes: B episodes, W ways, S shots, M queries an episode, d features.
"""

from dataclasses import dataclass, field
from math import prod

from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings, build_backbone, output_shape
from autometa.fewshot.embedding import embed
from autometa.fewshot.episodes import Episodes, EpisodeShape


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """The embedding below a memory.

    Attributes:
        backbone: of the embedding; not used where `n_features` is 0.
        n_features: d, of a linear layer above it; 0 takes the examples as they are, flattened.
    """

    backbone: BackboneSettings = field(default_factory=BackboneSettings)
    n_features: int = 64


class Embedding(nn.Module):
    """From episodes to vectors of support and queries."""

    def __init__(self, shape: EpisodeShape, settings: EmbeddingSettings):
        super().__init__()
        self.settings = settings
        if settings.n_features == 0:
            self.network: nn.Module = nn.Flatten()
            self.n_features = prod(shape.feature_shape)
            return
        backbone = build_backbone(shape.feature_shape, settings.backbone)
        self.n_features = settings.n_features
        head = nn.Linear(prod(output_shape(backbone, shape.feature_shape)), self.n_features)
        self.network = nn.Sequential(backbone, nn.Flatten(), head)

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.settings.n_features > 0 and self.settings.backbone.statistics == "episode"

    def forward(self, episodes: Episodes) -> tuple[Tensor, Tensor]:
        """(B, W, S, d) and (B, M, d)."""
        return embed(self.network, episodes)
