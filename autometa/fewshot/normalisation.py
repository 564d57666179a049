"""Batch normalisation of our own: whose statistics are used is stated, and two derivatives are exact.

The fused `batch_norm` with affine weights under `torch.func.grad(vmap(grad))` gives wrong second-order
gradients without a word; the mean and variance written out are exact. First-order learners may use
the fused kernel.

Shapes: n images, c channels; E episodes of equal size, one after the other along the first dimension.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional


class BatchNorm(nn.Module):
    """Batch normalisation (Ioffe & Szegedy 2015, algorithm 1) of (n, c) or (n, c, h, w).

    Args:
        n_channels: c.
        statistics: "episode" always normalises with the batch at hand (transductive when queries are in it);
            "running" does so in training, and with running averages in evaluation (inductive).
        is_fused: use torch's fused kernel, for first-order gradients only; else it is written out.
        momentum: weight of the batch at hand in the running averages.
        epsilon: added to the variance.

    Attributes:
        n_episodes: E; each episode of the batch is normalised by itself (see `per_episode`).
    """

    running_mean: Tensor | None
    running_variance: Tensor | None

    def __init__(
        self,
        n_channels: int,
        *,
        statistics: Literal["episode", "running"] = "running",
        is_fused: bool = True,
        momentum: float = 0.1,
        epsilon: float = 1e-5,
    ):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n_channels))
        self.bias = nn.Parameter(torch.zeros(n_channels))
        self.is_fused, self.momentum, self.epsilon, self.n_episodes = is_fused, momentum, epsilon, 1
        keeps = statistics == "running"
        self.register_buffer("running_mean", torch.zeros(n_channels) if keeps else None)
        self.register_buffer("running_variance", torch.ones(n_channels) if keeps else None)

    def forward(self, values: Tensor) -> Tensor:
        """Values of the same shape, normalised."""
        if self.running_mean is not None and not self.training:
            return functional.batch_norm(
                values, self.running_mean, self.running_variance, self.weight, self.bias, eps=self.epsilon
            )
        if self.n_episodes > 1:
            return self._each(values)
        if self.is_fused:
            return functional.batch_norm(
                values,
                self.running_mean,
                self.running_variance,
                self.weight,
                self.bias,
                training=True,
                momentum=self.momentum,
                eps=self.epsilon,
            )
        normalised, mean, variance = normalise(values, self.weight, self.bias, epsilon=self.epsilon)
        self.remember(mean, variance, values.numel() // values.shape[1])
        return normalised

    def _each(self, values: Tensor) -> Tensor:
        """Every episode by itself; running averages take the mean of the episodes' statistics."""
        grouped = values.reshape(self.n_episodes, -1, *values.shape[1:])  # (E, n/E, c, …)
        dims = [1, *range(3, grouped.ndim)]
        variance, mean = torch.var_mean(grouped, dim=dims, correction=0, keepdim=True)
        scale = torch.rsqrt(variance + self.epsilon) * _along_channels(self.weight, grouped.ndim, 2)
        shift = _along_channels(self.bias, grouped.ndim, 2) - mean * scale
        self.remember(
            mean.flatten(1).mean(0), variance.flatten(1).mean(0), grouped[0].numel() // values.shape[1]
        )
        normalised: Tensor = (grouped * scale + shift).flatten(0, 1)
        return normalised

    def remember(self, mean: Tensor, variance: Tensor, n_values: int) -> None:
        """Move the running averages; the variance as an unbiased estimate, as torch does."""
        if self.running_mean is None or self.running_variance is None:
            return
        unbiased = variance.detach() * (n_values / max(n_values - 1, 1))
        self.running_mean.lerp_(mean.detach().to(self.running_mean.dtype), self.momentum)
        self.running_variance.lerp_(unbiased.to(self.running_variance.dtype), self.momentum)


def normalise(
    values: Tensor, weight: Tensor | None, bias: Tensor | None, *, epsilon: float = 1e-5
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalisation with its own statistics, by plain operations: any order of derivative is exact.

    Args:
        values: (n, c) or (n, c, h, w).
        weight: (c,) scale, or None for 1.
        bias: (c,) shift, or None for 0.
        epsilon: added to the variance.

    Returns:
        Values of the same shape; (c,) mean; (c,) variance without Bessel's correction.
    """
    dims = [0, *range(2, values.ndim)]
    variance, mean = torch.var_mean(values, dim=dims, correction=0, keepdim=True)
    scale = torch.rsqrt(variance + epsilon)
    if weight is not None:
        scale = scale * _along_channels(weight, values.ndim, 1)
    normalised = (values - mean) * scale
    if bias is not None:
        normalised = normalised + _along_channels(bias, values.ndim, 1)
    return normalised, mean.flatten(), variance.flatten()


@contextmanager
def per_episode(module: nn.Module, n_episodes: int) -> Iterator[None]:
    """Within, every `BatchNorm` of the module takes its batch for so many episodes of equal size."""
    norms = [part for part in module.modules() if isinstance(part, BatchNorm)]
    try:
        for norm in norms:
            norm.n_episodes = n_episodes
        yield
    finally:
        for norm in norms:
            norm.n_episodes = 1


def _along_channels(vector: Tensor, n_dims: int, axis: int) -> Tensor:
    """The vector shaped to multiply a tensor of n_dims along this axis."""
    return vector.reshape([-1 if dim == axis else 1 for dim in range(n_dims)])
