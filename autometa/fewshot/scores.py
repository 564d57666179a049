"""Scores of two-way episodes beside accuracy: areas under curves, as molecule benchmarks report them.

Shapes: B episodes, M queries an episode. Way 1 is the positive class.
"""

import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.fewshot.episodes import Episodes


def roc_auc(logits: Tensor, episodes: Episodes) -> Tensor:
    """(B,) areas under the ROC curve: how often a positive query is ranked above a negative one, ties half.

    Args:
        logits: (B, M, 2).
        episodes: whose queries were answered.

    Raises:
        TrainingError: the episodes have another number of ways than two.
    """
    return torch.stack([_auc(scores, positive) for scores, positive in _rankings(logits, episodes)])


def average_precision(logits: Tensor, episodes: Episodes) -> Tensor:
    """(B,) areas under the precision-recall curve, as the mean precision at each positive query.

    Raises:
        TrainingError: the episodes have another number of ways than two.
    """
    return torch.stack([_precision(scores, positive) for scores, positive in _rankings(logits, episodes)])


def delta_auprc(logits: Tensor, episodes: Episodes) -> Tensor:
    """(B,) average precision less the share of positive queries (Stanley et al. 2021, FS-Mol).

    Raises:
        TrainingError: the episodes have another number of ways than two.
    """
    shares = [positive.double().mean() for _, positive in _rankings(logits, episodes)]
    return average_precision(logits, episodes) - torch.stack(shares)


def _rankings(logits: Tensor, episodes: Episodes) -> list[tuple[Tensor, Tensor]]:
    """Of each episode the real queries: scores of the positive class, and who belongs to it."""
    if episodes.n_way != 2:
        raise TrainingError(f"these episodes have {episodes.n_way} ways; this score wants 2, e.g. --way 2")
    difference, targets = (logits[:, :, 1] - logits[:, :, 0]).detach().double(), episodes.query_targets
    return [(s[t >= 0], t[t >= 0] == 1) for s, t in zip(difference, targets, strict=True)]


def _auc(scores: Tensor, positive: Tensor) -> Tensor:
    """The Mann-Whitney statistic by mean ranks."""
    _, place, counts = torch.unique(scores, return_inverse=True, return_counts=True)
    ranks = (counts.cumsum(0) - (counts - 1) / 2.0)[place]
    n_positive, n_negative = positive.sum(), (~positive).sum()
    wins: Tensor = ranks[positive].double().sum() - n_positive * (n_positive + 1) / 2
    return wins / (n_positive * n_negative)


def _precision(scores: Tensor, positive: Tensor) -> Tensor:
    """Precision at each threshold, weighted by the recall that it adds."""
    thresholds, place = torch.unique(scores, return_inverse=True)
    hits = torch.zeros_like(thresholds).index_add_(0, place, positive.to(thresholds.dtype)).flip(0)
    taken = torch.zeros_like(thresholds).index_add_(0, place, torch.ones_like(scores)).flip(0)
    return ((hits.cumsum(0) / taken.cumsum(0)) * hits).sum() / hits.sum()
