"""Episodes: a batch of small learning problems, each with a support set to learn from and queries to answer.

Shapes: B episodes, W ways (classes), S shots (examples a class to learn from), Q queries a class; M = W·Q.
The label of an example is the index of its way. Flattened examples go way by way: position m is way m // Q.
"""

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor


class EpisodeShape(NamedTuple):
    """What a learner has to know of the episodes before it sees one.

    Attributes:
        feature_shape: of one example, e.g. (1, 28, 28).
        n_way: classes an episode; the most there can be if that varies; 1 for regression.
        n_shot: examples a class to learn from (the most there can be).
        n_query: queries a class (the most there can be).
        n_targets: width of a regression target; 0 for classes.
    """

    feature_shape: tuple[int, ...]
    n_way: int
    n_shot: int
    n_query: int
    n_targets: int = 0


class Episodes(NamedTuple):
    """Classification episodes.

    Attributes:
        support: (B, W, S, *feature_shape).
        query: (B, W, Q, *feature_shape).
        support_mask: (B, W, S) True where the example is real, False where padding; None if all are real.
            A way without any real support example is padding itself.
        query_mask: (B, W, Q) likewise.
    """

    support: Tensor
    query: Tensor
    support_mask: Tensor | None = None
    query_mask: Tensor | None = None

    @property
    def n_way(self) -> int:
        """W."""
        return self.support.shape[1]

    @property
    def support_inputs(self) -> Tensor:
        """(B, W·S, *feature_shape)."""
        return self.support.flatten(1, 2)

    @property
    def query_inputs(self) -> Tensor:
        """(B, W·Q, *feature_shape)."""
        return self.query.flatten(1, 2)

    @property
    def support_targets(self) -> Tensor:
        """(B, W·S) int64 labels, -100 (what cross-entropy ignores) where the example is padding."""
        return _labels(self.support, self.support_mask)

    @property
    def query_targets(self) -> Tensor:
        """(B, W·Q) int64 labels, -100 where the query is padding."""
        return _labels(self.query, self.query_mask)

    @property
    def way_mask(self) -> Tensor | None:
        """(B, W) True where the way is real; None if all are."""
        return None if self.support_mask is None else self.support_mask.any(dim=2)


class RegressionEpisodes(NamedTuple):
    """Regression episodes: S support points and Q queries of one unknown function each.

    Attributes:
        support_inputs: (B, S, *feature_shape).
        support_targets: (B, S, n_targets) float.
        query_inputs: (B, Q, *feature_shape).
        query_targets: (B, Q, n_targets) float.
    """

    support_inputs: Tensor
    support_targets: Tensor
    query_inputs: Tensor
    query_targets: Tensor


class EpisodeSource(Protocol):
    """What training and evaluation draw from; every sampler here is one.

    Attributes:
        shape: of all episodes that it gives.
        generator: where its randomness comes from; its state is all the state there is, so that a run resumes
            exactly where it stopped.
    """

    @property
    def shape(self) -> EpisodeShape: ...  # noqa: D102

    @property
    def generator(self) -> torch.Generator: ...  # noqa: D102

    def sample(self, n_episodes: int) -> Any:
        """`Episodes`, or `RegressionEpisodes` where `shape.n_targets > 0`, on the generator's device."""


def _labels(examples: Tensor, mask: Tensor | None) -> Tensor:
    n_episodes, n_way, n_examples = examples.shape[:3]
    ways = torch.arange(n_way, device=examples.device).repeat_interleave(n_examples)
    labels = ways.expand(n_episodes, -1)
    return labels if mask is None else labels.masked_fill(~mask.flatten(1), -100)
