"""Embedding whole batches of episodes: support and queries in one pass through the backbone.

Shapes: B episodes, W ways, S shots, Q queries a way, d features.
"""

import torch
from torch import Tensor, nn

from autometa.fewshot.episodes import Episodes
from autometa.fewshot.normalisation import BatchNorm, per_episode


def embed(backbone: nn.Module, episodes: Episodes) -> tuple[Tensor, Tensor]:
    """The features of all examples.

    Batch normalisation in training takes the statistics of the whole step; where the backbone's norms keep no
    running averages (statistics "episode"), each episode is normalised by itself, in training and evaluation.

    Returns:
        (B, W, S, *d) of the support set and (B, W·Q, *d) of the queries; *d is whatever the backbone makes.
    """
    support, query = episodes.support_inputs, episodes.query_inputs
    n_episodes, n_support = support.shape[:2]
    examples = torch.cat([support, query], dim=1).flatten(0, 1)  # episode by episode
    if _is_normalised_by_episode(backbone):
        with per_episode(backbone, n_episodes):
            features = backbone(examples)
    else:
        features = backbone(examples)
    features = features.unflatten(0, (n_episodes, -1))
    shape = episodes.support.shape[1:3]
    return features[:, :n_support].unflatten(1, shape), features[:, n_support:]


def _is_normalised_by_episode(backbone: nn.Module) -> bool:
    return any(isinstance(part, BatchNorm) and part.running_mean is None for part in backbone.modules())
