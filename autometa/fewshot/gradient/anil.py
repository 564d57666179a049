"""Almost no inner loop (Raghu, Raghu, Bengio & Vinyals 2020, Rapid Learning or Feature Reuse?).

Shapes: B episodes, W ways, S shots, M queries an episode, d features.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from autometa.fewshot.episodes import Episodes, RegressionEpisodes
from autometa.fewshot.gradient.base import Gradients, has_batch_statistics
from autometa.fewshot.gradient.episode_network import apply, expand
from autometa.fewshot.gradient.maml import MAML


class ANIL(MAML):
    """MAML whose inner loop adapts the last layer only; the body is learned by the outer loop (section 5).

    The body sees every example once an episode, and the inner loop runs on its features; their gradients go
    back through the body in one pass, so an inner step costs next to nothing.
    """

    def __init__(self, network: nn.Sequential, **settings: object):
        super().__init__(network.get_submodule("head"), **settings)  # type: ignore[arg-type]
        self.body = network.get_submodule("backbone")
        self.takes_masks = not has_batch_statistics(self.body)

    @property
    def is_transductive(self) -> bool:
        """True if the queries of an episode share their batch statistics."""
        return not self.is_inductive and has_batch_statistics(self.body)

    def outer(self) -> list[nn.Parameter]:
        """None that the inner loop uses itself: the body comes after it, in `training_step`."""
        return []

    def steps(self, episodes: Episodes | RegressionEpisodes) -> Sequence[Tensor]:
        """The answers after 0, 1, … inner steps."""
        return super().steps(self.features(episodes))

    def features(self, episodes: Episodes | RegressionEpisodes) -> Episodes | RegressionEpisodes:
        """The episodes with the body's features in the place of the examples."""
        weights = expand(dict(self.body.named_parameters()), len(episodes.query_inputs))
        support, query = episodes.support_inputs, episodes.query_inputs
        if self.is_inductive and has_batch_statistics(self.body):
            n_support = support.shape[1]
            both = apply(self.body, weights, torch.cat([support, query], dim=1), n_reference=n_support)
            return _with_inputs(episodes, both[:, :n_support], both[:, n_support:])
        return _with_inputs(episodes, apply(self.body, weights, support), apply(self.body, weights, query))

    def _differentiate(self, episodes: Episodes | RegressionEpisodes) -> tuple[Gradients, dict[str, Tensor]]:
        body, featured = list(self.body.parameters()), self.features(episodes)
        made = [featured.support_inputs, featured.query_inputs]
        cut = [one.detach().requires_grad_() for one in made]
        gradients, at_features, metrics = self._gradients(_with_inputs(featured, *cut), cut)
        found = [torch.zeros_like(one) if g is None else g for one, g in zip(cut, at_features, strict=True)]
        back = torch.autograd.grad(made, body, found, materialize_grads=True)
        return [*gradients, *zip(body, back, strict=True)], metrics


def _with_inputs(
    episodes: Episodes | RegressionEpisodes, support: Tensor, query: Tensor
) -> Episodes | RegressionEpisodes:
    """The episodes with other examples: (B, W·S, d) and (B, M, d), or (B, S, d) and (B, Q, d)."""
    if isinstance(episodes, RegressionEpisodes):
        return episodes._replace(support_inputs=support, query_inputs=query)
    n_way = episodes.n_way
    support, query = (one.reshape(len(one), n_way, -1, *one.shape[2:]) for one in (support, query))
    return episodes._replace(support=support, query=query)
