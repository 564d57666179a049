"""One network with different weights in each episode, all episodes in one call.

Where the layers are known, a convolution over B episodes is one grouped convolution (Krizhevsky et al.
2012) and a linear layer one batched product, so that the number of kernels does not grow with B; any other
module is called by `torch.func.functional_call`, under `vmap` for more than one episode. Only plain
operations are used, so derivatives of any order are exact.

Shapes: B episodes, n examples of each, c channels, d features. Maps travel as (n, B·c, h, w), vectors as
    (B, n, d).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional

from autometa.fewshot.backbones import MeanPixels, ResidualBlock
from autometa.fewshot.gradient.channel_moments import moments
from autometa.fewshot.gradient.convolution import Geometry, convolve
from autometa.fewshot.gradient.image_moments import has_few_values, image_moments
from autometa.fewshot.gradient.pooling import max_pool
from autometa.fewshot.gradient.products import outputs
from autometa.fewshot.normalisation import BatchNorm

Weights = dict[str, Tensor]  # dotted name → (B, *shape)
Moments = tuple[Tensor, Tensor]  # (1, B·c, 1, 1) mean and variance

_ELEMENTWISE = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.Identity)

_is_tracing: ContextVar[bool] = ContextVar("is_tracing", default=False)


@contextmanager
def tracing() -> Iterator[None]:
    """Within, nothing depends on the numbers, so that operations can be written down once for all."""
    token = _is_tracing.set(True)
    try:
        yield
    finally:
        _is_tracing.reset(token)


def is_tracing() -> bool:
    """True within `tracing`."""
    return _is_tracing.get()


def expand(parameters: Mapping[str, Tensor], n_episodes: int) -> Weights:
    """The same weights for every episode, without copying.

    Args:
        parameters: name → (*shape).
        n_episodes: B.
    """
    return {name: value.expand(n_episodes, *value.shape) for name, value in parameters.items()}


def apply(
    network: nn.Module, weights: Mapping[str, Tensor], inputs: Tensor, *, n_reference: int | None = None
) -> Tensor:
    """The network's outputs, each episode with its own weights.

    Args:
        network: its own parameters are not used.
        weights: dotted name → (B, *shape), for every parameter.
        inputs: (B, n, *feature_shape).
        n_reference: batch normalisation takes its statistics from the first so many examples of an episode;
            from all where None. Only for known layers.

    Returns:
        (B, n, *output).
    """
    if is_known(network):
        return _Grouped(weights, len(inputs), n_reference)(network, inputs)
    if n_reference is not None:
        raise NotImplementedError(f"{type(network).__name__} has layers whose statistics cannot be chosen")
    if len(inputs) == 1:
        single = {name: value[0] for name, value in weights.items()}
        outputs: Tensor = functional_call(network, single, (inputs[0],))
        return outputs[None]
    batched: Tensor = vmap(lambda one, examples: functional_call(network, one, (examples,)))(
        dict(weights), inputs
    )
    return batched


def is_known(network: nn.Module) -> bool:
    """True if every layer can run for many episodes as one kernel."""
    if isinstance(network, nn.Sequential):
        return all(is_known(layer) for layer in network)
    if isinstance(network, ResidualBlock):
        return is_known(network.body) and is_known(network.shortcut)
    if isinstance(network, nn.Conv2d):
        has_numbers = not isinstance(network.padding, str)
        return network.groups == 1 and network.padding_mode == "zeros" and has_numbers
    if isinstance(network, BatchNorm):
        return network.running_mean is None
    if isinstance(network, nn.Flatten):
        return network.start_dim == 1 and network.end_dim == -1
    return isinstance(network, (nn.Linear, nn.MaxPool2d, MeanPixels, *_ELEMENTWISE))


class _Grouped:
    """A pass through known layers."""

    def __init__(self, weights: Mapping[str, Tensor], n_episodes: int, n_reference: int | None):
        self._weights, self._n_episodes, self._n_reference = weights, n_episodes, n_reference
        self._layers: dict[type[nn.Module], Callable[[Any, Tensor, str], Tensor]] = {
            nn.Sequential: self._sequence,
            ResidualBlock: self._residual,
            nn.Conv2d: self._convolution,
            nn.Linear: self._linear,
            nn.MaxPool2d: lambda layer, values, name: max_pool(values, layer),
            BatchNorm: self._norm,
            nn.Flatten: lambda layer, values, name: self._vectors(values),
            MeanPixels: lambda layer, values, name: self._by_episode(values.mean(dim=(2, 3))),
        }

    def __call__(self, network: nn.Module, inputs: Tensor) -> Tensor:
        """(B, n, *output)."""
        outputs = self._layer(network, _maps(inputs) if inputs.ndim == 5 else inputs.flatten(2), "")
        if outputs.ndim == 3:
            return outputs
        n_examples, _, *pixels = outputs.shape
        return outputs.reshape(n_examples, self._n_episodes, -1, *pixels).transpose(0, 1)

    def _layer(self, layer: nn.Module, values: Tensor, name: str) -> Tensor:
        run = self._layers.get(nn.Sequential if isinstance(layer, nn.Sequential) else type(layer))
        if run is None:
            passed: Tensor = layer(values)
            return passed
        return run(layer, values, name)

    def _sequence(self, layers: nn.Sequential, values: Tensor, name: str) -> Tensor:
        parts = [(f"{name}{part}.", layer) for part, layer in layers.named_children()]
        known: Moments | None = None
        while parts:
            (own, layer), *rest = parts
            after = [following for _, following in rest[:2]]
            if isinstance(layer, nn.Conv2d) and after and isinstance(after[0], BatchNorm):
                known = self._foreseen(layer, values, own)
                values, parts = self._convolution(layer, values, own, has_bias=False), rest
            elif isinstance(layer, BatchNorm):
                values, n_done = self._norm_and_after(layer, after, values, own, known)
                known, parts = None, rest[n_done:]
            else:
                values, parts = self._layer(layer, values, own), rest
        return values

    def _norm_and_after(
        self, layer: BatchNorm, after: list[nn.Module], values: Tensor, name: str, known: Moments | None
    ) -> tuple[Tensor, int]:
        """What the normalisation makes, with ReLU and max-pooling if both follow; and how many did."""
        if len(after) == 2 and isinstance(after[0], nn.ReLU) and isinstance(after[1], nn.MaxPool2d):
            return self._pooled_norm(layer, after[1], values, name, known), 2
        return self._norm(layer, values, name, known), 0

    def _foreseen(self, layer: nn.Conv2d, values: Tensor, name: str) -> Moments | None:
        """Mean and variance of what the layer will make, where images tell."""
        if values.requires_grad or not has_few_values(layer):
            return None
        return image_moments(values[: self._n_reference], self._weights[f"{name}weight"], layer)

    def _residual(self, block: ResidualBlock, values: Tensor, name: str) -> Tensor:
        body = self._layer(block.body, values, f"{name}body.")
        shortcut = self._layer(block.shortcut, values, f"{name}shortcut.")
        return functional.max_pool2d(functional.leaky_relu(body + shortcut, 0.1), 2)

    def _convolution(self, layer: nn.Conv2d, values: Tensor, name: str, *, has_bias: bool = True) -> Tensor:
        """A bias before a batch normalisation is left out: it cancels, and its gradient is zero."""
        weight, bias = self._weights[f"{name}weight"], self._weights.get(f"{name}bias")
        made = convolve(values, weight.flatten(0, 1), Geometry.of(layer, self._n_episodes))
        return made + bias.reshape(1, -1, 1, 1) if has_bias and bias is not None else made

    def _linear(self, layer: nn.Linear, values: Tensor, name: str) -> Tensor:
        del layer
        weight, bias = self._weights[f"{name}weight"], self._weights.get(f"{name}bias")
        if 1 in weight.shape[1:]:  # no product worth the call; a compiler makes it part of what is around it
            made = values * weight.mT if weight.shape[2] == 1 else (values * weight).sum(dim=2, keepdim=True)
            return made if bias is None else made + bias[:, None, :]
        if is_tracing():  # a call from Python costs as much as a small product; traced, it costs nothing
            made = outputs(values, weight)
            return made if bias is None else made + bias[:, None, :]
        if bias is None:
            return values @ weight.mT
        return torch.baddbmm(bias[:, None, :], values, weight.mT)

    def _norm(self, layer: BatchNorm, values: Tensor, name: str, known: Moments | None = None) -> Tensor:
        """Each episode by its own statistics: a channel of an episode is a channel of the map."""
        weight, bias = self._weights[f"{name}weight"], self._weights[f"{name}bias"]
        if values.ndim == 3:
            reference = values[:, : self._n_reference]
            variance, mean = torch.var_mean(reference, dim=1, correction=0, keepdim=True)
            scale = torch.rsqrt(variance + layer.epsilon) * weight[:, None, :]
            return (values - mean) * scale + bias[:, None, :]
        scale, shift = self._scale_and_shift(layer, values, name, known)
        return values * scale + shift

    def _pooled_norm(
        self, layer: BatchNorm, pool: nn.MaxPool2d, values: Tensor, name: str, known: Moments | None
    ) -> Tensor:
        """Normalisation, ReLU, max-pooling; pooled first, so that what follows runs on a smaller map.

        Both rise with the values, or fall where the scale is negative; the largest stays the largest.
        """
        scale, shift = self._scale_and_shift(layer, values, name, known)
        return functional.relu(_extremes(pool, values, scale.detach() < 0) * scale + shift)

    def _scale_and_shift(
        self, layer: BatchNorm, values: Tensor, name: str, known: Moments | None
    ) -> tuple[Tensor, Tensor]:
        """(1, B·c, 1, 1) factors and summands that normalise the map."""
        weight, bias = (self._weights[f"{name}{kind}"].reshape(1, -1, 1, 1) for kind in ("weight", "bias"))
        mean, variance = known or moments(values[: self._n_reference])
        scale = torch.rsqrt(variance + layer.epsilon) * weight
        return scale, bias - mean * scale

    def _vectors(self, values: Tensor) -> Tensor:
        return values if values.ndim == 3 else self._by_episode(values.flatten(2).flatten(1))

    def _by_episode(self, values: Tensor) -> Tensor:
        """(B, n, d) of (n, B·d)."""
        return values.reshape(len(values), self._n_episodes, -1).transpose(0, 1)


def _extremes(pool: nn.MaxPool2d, values: Tensor, is_falling: Tensor) -> Tensor:
    """Max-pooled (n, c, h, w); channels that are falling, (1, c, 1, 1) and rare, give their least values."""
    may_look = values.device.type == "cpu" and not is_tracing()  # elsewhere a look means waiting
    if may_look and not is_falling.any():
        return max_pool(values, pool)
    sign = torch.where(is_falling, -1.0, 1.0).to(values.dtype)
    return max_pool(values * sign, pool) * sign


def _maps(inputs: Tensor) -> Tensor:
    """(n, B·c, h, w) of (B, n, c, h, w); channels last in memory, where pooling is many times faster."""
    n_channels, width = len(inputs) * inputs.shape[2], inputs.shape[4]
    rows = inputs.permute(1, 3, 4, 0, 2).flatten(2)  # (n, h, w·B·c)
    maps = rows.reshape(*rows.shape[:2], width, n_channels)  # so that one channel has stride 1
    return maps.permute(0, 3, 1, 2)
