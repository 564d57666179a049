"""Backbones: networks from examples to feature vectors or feature maps. Any other `nn.Module` does, too.

Shapes: n examples, c channels, h × w pixels, d features.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.errors import InvalidDatasetError
from autometa.fewshot.convolution_block import ConvolutionBlock
from autometa.fewshot.normalisation import BatchNorm


@dataclass(frozen=True, slots=True)
class BackboneSettings:
    """Which backbone, and how it is built.

    Attributes:
        name: "auto" is conv4 for images and mlp for vectors.
        n_filters: of each convolution of conv4, of the first block of resnet12; units of a layer of the mlp.
        n_layers: blocks of conv4, hidden layers of the mlp.
        downsampling: of conv4: 2×2 max-pooling after each block (Vinyals 2016), or convolutions of stride 2
            (Finn 2017 on Omniglot).
        pooling: "flatten" gives (n, d) of the last map, "mean" its mean over the pixels,
            "none" the map itself.
        statistics: of the batch normalisation: "running" averages in evaluation (inductive), or always those
            of the "episode" (transductive); "none" leaves it out.
        is_fused: fused batch normalisation; False where second derivatives are taken.
    """

    name: Literal["auto", "conv4", "resnet12", "mlp"] = "auto"
    n_filters: int = 64
    n_layers: int = 4
    downsampling: Literal["max_pool", "stride"] = "max_pool"
    pooling: Literal["flatten", "mean", "none"] = "flatten"
    statistics: Literal["running", "episode", "none"] = "running"
    is_fused: bool = True


def build_backbone(feature_shape: tuple[int, ...], settings: BackboneSettings) -> nn.Module:
    """The backbone for examples of this shape, channels-last in memory where it convolves.

    Args:
        feature_shape: (c, h, w) of images, or any other shape for the mlp, which flattens.
        settings: of the backbone.

    Raises:
        InvalidDatasetError: convolutions for something that is no image.
    """
    is_image = len(feature_shape) == 3
    name = settings.name if settings.name != "auto" else "conv4" if is_image else "mlp"
    if name == "mlp":
        return mlp(prod(feature_shape), settings)
    if not is_image:
        raise InvalidDatasetError(
            f"examples have shape {feature_shape}; backbone {name!r} wants images (channels, height, width); "
            "choose 'mlp'"
        )
    network = conv4(feature_shape[0], settings) if name == "conv4" else resnet12(feature_shape[0], settings)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def output_shape(backbone: nn.Module, feature_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of what the backbone makes of one example, without the first dimension."""
    was_training = backbone.training
    reference = next(backbone.parameters(), torch.empty(0))
    with torch.no_grad():
        made = backbone.eval()(reference.new_zeros((2, *feature_shape)))
    backbone.train(was_training)
    return tuple(made.shape[1:])


def conv4(n_channels: int, settings: BackboneSettings) -> nn.Sequential:
    """Blocks of 3×3 convolution, batch normalisation, ReLU, halving (Vinyals et al. 2016, section 4)."""
    widths = [n_channels] + [settings.n_filters] * settings.n_layers
    blocks = [_conv_block(before, after, settings) for before, after in pairwise(widths)]
    return nn.Sequential(*blocks, _pooling(settings))


def mlp(n_inputs: int, settings: BackboneSettings) -> nn.Sequential:
    """Hidden layers of equal width: linear, batch normalisation, ReLU."""
    widths = [n_inputs] + [settings.n_filters] * settings.n_layers
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), *_norm(after, settings), nn.ReLU()]
    return nn.Sequential(*layers)


def resnet12(n_channels: int, settings: BackboneSettings) -> nn.Sequential:
    """Four residual blocks of three convolutions (Oreshkin et al. 2018, section 4), without DropBlock.

    The widths grow as in Lee et al. 2019: 1, 2.5, 5, 10 times the first.
    """
    widths = [n_channels] + [int(settings.n_filters * factor) for factor in (1, 2.5, 5, 10)]
    blocks = [ResidualBlock(before, after, settings) for before, after in pairwise(widths)]
    return nn.Sequential(*blocks, _pooling(settings))


class ResidualBlock(nn.Module):
    """Three 3×3 convolutions beside a 1×1 one, leaky ReLU, halving."""

    def __init__(self, n_inputs: int, n_outputs: int, settings: BackboneSettings):
        super().__init__()
        convolution = partial(nn.Conv2d, kernel_size=3, padding=1, bias=settings.statistics == "none")
        self.body = nn.Sequential(
            *(convolution(n_inputs, n_outputs), *_norm(n_outputs, settings), nn.LeakyReLU(0.1)),
            *(convolution(n_outputs, n_outputs), *_norm(n_outputs, settings), nn.LeakyReLU(0.1)),
            *(convolution(n_outputs, n_outputs), *_norm(n_outputs, settings)),
        )
        bias = settings.statistics == "none"
        self.shortcut = nn.Sequential(
            nn.Conv2d(n_inputs, n_outputs, kernel_size=1, bias=bias), *_norm(n_outputs, settings)
        )

    def forward(self, images: Tensor) -> Tensor:
        """(n, n_outputs, h/2, w/2)."""
        summed = functional.leaky_relu(self.body(images) + self.shortcut(images), 0.1)
        return functional.max_pool2d(summed, 2)


class MeanPixels(nn.Module):
    """(n, d) means of a (n, d, h, w) map."""

    def forward(self, maps: Tensor) -> Tensor:
        """(n, d)."""
        return maps.mean(dim=(2, 3))


def _conv_block(n_inputs: int, n_outputs: int, settings: BackboneSettings) -> nn.Sequential:
    stride = 2 if settings.downsampling == "stride" else 1
    convolution = nn.Conv2d(n_inputs, n_outputs, kernel_size=3, stride=stride, padding=1)
    halving = [nn.MaxPool2d(2)] if stride == 1 else []
    norms = _norm(n_outputs, settings)
    if settings.is_fused and norms and halving:
        return ConvolutionBlock(convolution, norms[0])
    return nn.Sequential(convolution, *norms, nn.ReLU(), *halving)


def _norm(n_channels: int, settings: BackboneSettings) -> list[BatchNorm]:
    if settings.statistics == "none":
        return []
    return [BatchNorm(n_channels, statistics=settings.statistics, is_fused=settings.is_fused)]


def _pooling(settings: BackboneSettings) -> nn.Module:
    kinds: dict[str, Callable[[], nn.Module]] = {
        "flatten": nn.Flatten,
        "mean": MeanPixels,
        "none": nn.Identity,
    }
    return kinds[settings.pooling]()
