"""Relation networks (Sung, Yang, Zhang, Xiang, Torr & Hospedales 2018, Learning to Compare).

Shapes: B episodes, W ways, S shots, M queries an episode, c channels of a map of h × w pixels, d features.
"""

from dataclasses import dataclass
from math import prod
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.embedding import embed
from autometa.fewshot.episodes import Episodes, EpisodeShape, RegressionEpisodes
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.normalisation import BatchNorm
from autometa.fewshot.plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class RelationSettings:
    """Hyper-parameters.

    Attributes:
        n_filters: of each convolution; units of the layers for vectors.
        n_hidden: units of the hidden layer that judges the relation.
    """

    n_filters: int = 64
    n_hidden: int = 8


class RelationNetwork(FewShotLearner):
    """Learns the metric, too: a small network judges how a query relates to the sum of a class's embeddings.

    Convolutions have padding 1 throughout; the authors' code leaves it out in some, which gives smaller maps.
    """

    settings_type = RelationSettings
    allows_bfloat16 = True

    def __init__(self, backbone: nn.Module, relation: nn.Module):
        super().__init__()
        self.backbone, self.relation = backbone, relation

    @classmethod
    def build(cls, shape: EpisodeShape, settings: RelationSettings) -> Self:
        """A fresh learner for episodes of this shape."""
        if len(shape.feature_shape) == 3:
            return cls(*_for_images(shape.feature_shape, settings))
        return cls(*_for_vectors(prod(shape.feature_shape), settings))

    @classmethod
    def default_plan(cls, shape: EpisodeShape) -> TrainingPlan:
        """Adam 1e-3 halved every 2,000 steps, gradients clipped to .5 as in the authors' code."""
        del shape
        return TrainingPlan(n_steps=8000, schedule="step", decay_every=2000, gradient_clip=0.5)

    def forward(self, episodes: Episodes) -> Tensor:
        """(B, M, W) logits of the relation scores (equation 1)."""
        support, query = embed(self.backbone, episodes)
        classes = support.sum(dim=2)  # (B, W, c, …)
        n_episodes, n_way, n_query = *classes.shape[:2], query.shape[1]
        shape = (n_episodes, n_query, n_way, *classes.shape[2:])
        pairs = torch.cat([classes[:, None].expand(shape), query[:, :, None].expand(shape)], dim=3)
        logits: Tensor = self.relation(pairs.flatten(0, 2)).reshape(shape[:3])
        return logits

    def objective(self, answers: Tensor, episodes: Episodes | RegressionEpisodes) -> Tensor:
        """() mean squared error of the scores against 1 for the query's class and 0 (equation 2)."""
        scores = torch.sigmoid(answers.float())
        return functional.mse_loss(
            scores, functional.one_hot(episodes.query_targets, scores.shape[2]).float()
        )


def _for_images(feature_shape: tuple[int, ...], settings: RelationSettings) -> tuple[nn.Module, nn.Module]:
    """Four blocks of which two halve, and two blocks that halve on the joined maps (section 4, figure 3)."""
    width = settings.n_filters
    backbone = nn.Sequential(
        *_block(feature_shape[0], width, halves=True),
        *_block(width, width, halves=True),
        *_block(width, width, halves=False),
        *_block(width, width, halves=False),
    )
    side = [size // 16 for size in feature_shape[1:]]
    relation = nn.Sequential(
        *_block(2 * width, width, halves=True),
        *_block(width, width, halves=True),
        nn.Flatten(),
        nn.Linear(width * side[0] * side[1], settings.n_hidden),
        nn.ReLU(),
        nn.Linear(settings.n_hidden, 1),
    )
    return backbone.to(memory_format=torch.channels_last), relation  # type: ignore[call-overload]


def _for_vectors(n_inputs: int, settings: RelationSettings) -> tuple[nn.Module, nn.Module]:
    """Two layers, and two that judge, for examples that are no images."""
    width = settings.n_filters
    backbone = nn.Sequential(nn.Flatten(), *_layer(n_inputs, width), *_layer(width, width))
    return backbone, nn.Sequential(*_layer(2 * width, width), nn.Linear(width, 1))


def _block(n_inputs: int, n_outputs: int, *, halves: bool) -> list[nn.Module]:
    block = [nn.Conv2d(n_inputs, n_outputs, kernel_size=3, padding=1), BatchNorm(n_outputs), nn.ReLU()]
    return [*block, nn.MaxPool2d(2)] if halves else block


def _layer(n_inputs: int, n_outputs: int) -> list[nn.Module]:
    return [nn.Linear(n_inputs, n_outputs), BatchNorm(n_outputs), nn.ReLU()]
