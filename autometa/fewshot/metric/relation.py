"""Relation networks (Sung, Yang, Zhang, Xiang, Torr & Hospedales 2018, Learning to Compare).

Shapes: B episodes, W ways, S shots, M queries an episode, c channels of a map of h × w pixels, d features.
"""

from dataclasses import dataclass
from math import prod
from typing import Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.convolution_block import ConvolutionBlock
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
        logits: Tensor = self.relation(support.sum(dim=2), query)
        return logits

    def objective(self, answers: Tensor, episodes: Episodes | RegressionEpisodes) -> Tensor:
        """() mean squared error of the scores against 1 for the query's class and 0 (equation 2)."""
        scores = torch.sigmoid(answers.float())
        return functional.mse_loss(
            scores, functional.one_hot(episodes.query_targets, scores.shape[2]).float()
        )


class Relation(nn.Module):
    """Judges how each query relates to each class, by layers on the joined embeddings.

    The first layer is linear before its normalisation, so its part on the class and its part on the query are
    made once for each of them and added for each pair.

    Args:
        first: from 2c channels or features; classes come first in them.
        rest: of the layers, to one number.
    """

    def __init__(self, first: ConvolutionBlock | nn.Linear, rest: nn.Module):
        super().__init__()
        self.first, self.rest = first, rest

    def forward(self, classes: Tensor, query: Tensor) -> Tensor:
        """(B, M, W) of (B, W, c, …) and (B, M, c, …)."""
        n_episodes, n_way, n_query = *classes.shape[:2], query.shape[1]
        by_class, by_query = (
            made.reshape(n_episodes, -1, *made.shape[1:])  # (B, W or M, …, c)
            for made in self._halves(classes.flatten(0, 1), query.flatten(0, 1))
        )
        pairs = (by_class[:, None] + by_query[:, :, None]).flatten(0, 2).movedim(-1, 1)
        made = pairs + self.first.bias if isinstance(self.first, nn.Linear) else self.first.after(pairs)
        answers: Tensor = self.rest(made)
        return answers.reshape(n_episodes, n_query, n_way)

    def _halves(self, classes: Tensor, query: Tensor) -> tuple[Tensor, Tensor]:
        """What the first layer makes of either, without its bias; channels or features last."""
        if isinstance(self.first, nn.Linear):
            for_classes, for_query = self.first.weight.chunk(2, dim=1)
            return functional.linear(classes, for_classes), functional.linear(query, for_query)
        for_classes, for_query = cast(Tensor, self.first[0].weight).chunk(2, dim=1)
        made = functional.conv2d(classes, for_classes, padding=1).movedim(1, -1)
        return made, functional.conv2d(query, for_query, padding=1).movedim(1, -1)


def _for_images(feature_shape: tuple[int, ...], settings: RelationSettings) -> tuple[nn.Module, nn.Module]:
    """Four blocks of which two halve, and two blocks that halve on the joined maps (section 4, figure 3)."""
    width = settings.n_filters
    backbone = nn.Sequential(
        _halving(feature_shape[0], width),
        _halving(width, width),
        *_same_size(width, width),
        *_same_size(width, width),
    )
    side = [size // 16 for size in feature_shape[1:]]
    rest = nn.Sequential(
        _halving(width, width),
        nn.Flatten(),
        nn.Linear(width * side[0] * side[1], settings.n_hidden),
        nn.ReLU(),
        nn.Linear(settings.n_hidden, 1),
    )
    parts = nn.ModuleList([backbone, Relation(_halving(2 * width, width), rest)])
    backbone, relation = parts.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return backbone, relation


def _for_vectors(n_inputs: int, settings: RelationSettings) -> tuple[nn.Module, nn.Module]:
    """Two layers, and two that judge, for examples that are no images."""
    width = settings.n_filters
    backbone = nn.Sequential(nn.Flatten(), *_layer(n_inputs, width), *_layer(width, width))
    rest = nn.Sequential(BatchNorm(width), nn.ReLU(), nn.Linear(width, 1))
    return backbone, Relation(nn.Linear(2 * width, width), rest)


def _halving(n_inputs: int, n_outputs: int) -> ConvolutionBlock:
    return ConvolutionBlock(nn.Conv2d(n_inputs, n_outputs, kernel_size=3, padding=1), BatchNorm(n_outputs))


def _same_size(n_inputs: int, n_outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(n_inputs, n_outputs, kernel_size=3, padding=1), BatchNorm(n_outputs), nn.ReLU()]


def _layer(n_inputs: int, n_outputs: int) -> list[nn.Module]:
    return [nn.Linear(n_inputs, n_outputs), BatchNorm(n_outputs), nn.ReLU()]
