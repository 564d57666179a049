"""Embedding whole batches of episodes: support and queries in one pass through the backbone.

Shapes: B episodes, W ways, S shots, Q queries a way, d features; n examples.
"""

import torch
from torch import Tensor, nn

from autometa.fewshot.episodes import Episodes
from autometa.fewshot.normalisation import BatchNorm, per_episode


def embed(backbone: nn.Module, episodes: Episodes) -> tuple[Tensor, Tensor]:
    """The features of all examples; padding gets zeros and is seen by no batch normalisation.

    Batch normalisation in training takes the statistics of the whole step; where the backbone's norms keep no
    running averages (statistics "episode"), each episode is normalised by itself, in training and evaluation.

    Returns:
        (B, W, S, *d) of the support set and (B, W·Q, *d) of the queries; *d is whatever the backbone makes.
    """
    support, query = episodes.support_inputs, episodes.query_inputs
    examples = torch.cat([support, query], dim=1)  # (B, n, …)
    masks = (episodes.support_mask, episodes.query_mask)
    if masks[0] is None or masks[1] is None:
        features = _embed_all(backbone, examples)
    else:
        real = torch.cat([masks[0].flatten(1), masks[1].flatten(1)], dim=1)
        features = _embed_real(backbone, examples, real)
    n_support = support.shape[1]
    made = features[:, :n_support]
    return made.reshape(*episodes.support.shape[:3], *made.shape[2:]), features[:, n_support:]


def _embed_all(backbone: nn.Module, examples: Tensor) -> Tensor:
    """(B, n, *d) of (B, n, *feature_shape)."""
    n_episodes, n_examples = examples.shape[:2]
    flat = examples.flatten(0, 1)  # episode by episode
    if _is_normalised_by_episode(backbone):
        with per_episode(backbone, n_episodes):
            features = backbone(flat)
    else:
        features = backbone(flat)
    return torch.as_tensor(features.reshape(n_episodes, n_examples, *features.shape[1:]))


def _embed_real(backbone: nn.Module, examples: Tensor, real: Tensor) -> Tensor:
    """(B, n, *d) of (B, n, *feature_shape), zeros where `real` (B, n) is False."""
    if _is_normalised_by_episode(backbone):
        parts = [backbone(episode[mask]) for episode, mask in zip(examples, real, strict=True)]
        features = torch.cat(parts)
    else:
        features = backbone(examples[real])
    whole = features.new_zeros((*real.shape, *features.shape[1:]))
    whole[real] = features
    return whole


def _is_normalised_by_episode(backbone: nn.Module) -> bool:
    return any(isinstance(part, BatchNorm) and part.running_mean is None for part in backbone.modules())
