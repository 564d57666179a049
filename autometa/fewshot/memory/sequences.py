"""Support sets as sequences, for learners that read one example after another.

Shapes: B episodes, W ways, S shots, n = W·S support examples, M queries, d features.
"""

import torch
from torch import Tensor
from torch.nn import functional


def labelled(support: Tensor) -> Tensor:
    """(B, n, d + W) each support embedding beside the one-hot of its way.

    Args:
        support: (B, W, S, d).
    """
    n_episodes, n_way, n_shot = support.shape[:3]
    ways = torch.eye(n_way, dtype=support.dtype, device=support.device).repeat_interleave(n_shot, dim=0)
    return torch.cat([support.flatten(1, 2), ways.expand(n_episodes, -1, -1)], dim=2)


def unlabelled(query: Tensor, n_way: int) -> Tensor:
    """(B, M, d + W) query embeddings beside zeros.

    Args:
        query: (B, M, d).
        n_way: W.
    """
    return functional.pad(query, (0, n_way))


def shuffled(sequence: Tensor, generator: torch.Generator | None) -> Tensor:
    """(B, n, …) each episode's sequence in an order of its own.

    Args:
        sequence: (B, n, …).
        generator: of the orders, on the sequence's device; the order stays as it is where None.
    """
    if generator is None:
        return sequence
    keys = torch.rand(sequence.shape[:2], generator=generator, device=sequence.device)
    rows = torch.arange(len(sequence), device=sequence.device)[:, None]
    return sequence[rows, keys.argsort(dim=1)]
