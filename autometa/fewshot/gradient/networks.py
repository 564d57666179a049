"""The networks that inner loops adapt: a backbone, and a linear layer for the classes or targets."""

from collections import OrderedDict
from dataclasses import replace
from math import prod

from torch import nn

from autometa.fewshot.backbones import BackboneSettings, build_backbone, output_shape
from autometa.fewshot.episodes import EpisodeShape


def inner_backbone() -> BackboneSettings:
    """Strided convolutions and a mean over pixels (Finn et al. 2017, Omniglot), normalised by episode."""
    return BackboneSettings(downsampling="stride", pooling="mean", statistics="episode", is_fused=False)


def classifier(shape: EpisodeShape, settings: BackboneSettings) -> nn.Sequential:
    """The backbone and a linear layer to the ways, or to the targets of a regression.

    A regression takes two layers of 40 units without normalisation (Finn et al. 2017, section 5.1), unless
    the settings name a backbone.

    Args:
        shape: of the episodes.
        settings: of the backbone; its normalisation is written out, because second derivatives are taken.
    """
    if shape.n_targets and settings.name == "auto":
        settings = replace(settings, n_filters=40, n_layers=2, statistics="none")
    backbone = build_backbone(shape.feature_shape, replace(settings, is_fused=False))
    n_features = prod(output_shape(backbone, shape.feature_shape))
    head = nn.Linear(n_features, shape.n_targets or shape.n_way)
    return nn.Sequential(OrderedDict(backbone=backbone, head=head))
