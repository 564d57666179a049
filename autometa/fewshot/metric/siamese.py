"""Siamese neural networks for one-shot image recognition (Koch, Zemel & Salakhutdinov 2015).

Shapes: B episodes, W ways, S shots, M queries an episode, d features.
"""

from dataclasses import dataclass, field
from math import prod
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.backbones import BackboneSettings, build_backbone, output_shape
from autometa.fewshot.embedding import embed
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.learner import FewShotLearner, Measured, episode_accuracy
from autometa.fewshot.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class SiameseSettings:
    """Hyper-parameters.

    Attributes:
        backbone: the twins' embedding; the paper's own is larger.
        n_features: units of the layer that the twins end in, with a sigmoid (section 3.1).
    """

    backbone: BackboneSettings = field(default_factory=BackboneSettings)
    n_features: int = 256


class SiameseNetwork(FewShotLearner):
    """Judges whether two examples are of one class; a query goes to the class it is judged alike with most.

    Trained on all pairs of a query and a support example of an episode, where the paper draws pairs; pairs of
    one class weigh as much in sum as the others, as if half of all pairs were of one class. With several
    shots, their logits are averaged.
    """

    settings_type = SiameseSettings
    allows_bfloat16 = True

    def __init__(self, backbone: nn.Module, *, n_inputs: int, settings: SiameseSettings):
        super().__init__()
        self.backbone, self.settings = backbone, settings
        self.twin = nn.Linear(n_inputs, settings.n_features)
        self.alike = nn.Linear(settings.n_features, 1)
        for layer in (self.twin, self.alike):  # wide, so that pairs differ from the start (section 3.2)
            nn.init.normal_(layer.weight, std=0.2)
            nn.init.normal_(layer.bias, mean=0.5, std=0.01)

    @classmethod
    def build(cls, shape: EpisodeShape, settings: SiameseSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        backbone = build_backbone(shape.feature_shape, settings.backbone)
        return cls(backbone, n_inputs=prod(output_shape(backbone, shape.feature_shape)), settings=settings)

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3, halved every 2,000 episodes; the paper's layerwise momentum is left out."""
        del shape
        return TrainingPlan(n_steps=4000, schedule="step", decay_every=2000)

    @property
    def is_transductive(self) -> bool:
        """True if the batch normalisation takes the statistics of the episode."""
        return self.settings.backbone.statistics == "episode"

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, M, W) mean logit of a query being of the class of each support example."""
        return self.pair_logits(episodes).mean(dim=3)

    def pair_logits(self, episodes: Episodes) -> Tensor:
        """(B, M, W, S) logit that a query and a support example are of one class (section 3.1)."""
        support, query = (torch.sigmoid(self.twin(one)) for one in embed(self.backbone, episodes))
        gaps = (query[:, :, None, None] - support[:, None]).abs()  # (B, M, W, S, d)
        logits: Tensor = self.alike(gaps).squeeze(4)
        return logits

    def measure(self, episodes: Episodes | RegressionEpisodes) -> Measured:
        """Binary cross-entropy over all pairs (section 3.2)."""
        if isinstance(episodes, RegressionEpisodes):
            raise TypeError("Siamese networks compare classes; there are none in a regression")
        logits, n_way = self.pair_logits(episodes).float(), episodes.n_way
        is_alike = functional.one_hot(episodes.query_targets, n_way).to(logits.dtype)[..., None]
        balance = logits.new_tensor(float(n_way - 1))
        loss = functional.binary_cross_entropy_with_logits(
            logits, is_alike.expand_as(logits), pos_weight=balance
        )
        accuracy = episode_accuracy(logits.detach().mean(dim=3), episodes).mean()
        return Measured(loss, {"loss": loss.detach(), "accuracy": accuracy})
