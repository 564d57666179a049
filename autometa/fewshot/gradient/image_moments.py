"""Mean and variance of what a convolution makes of the images themselves, without a look at what it makes.

A convolution is a product with P, the few values around every pixel. So its mean is W·mean(P), its variance
wᵀ Cov(P) w for every row w of W, and both are differentiated, twice, on matrices as small as the kernel; the
maps, the largest of a network, need not be passed for the statistics at all.

Shapes: B episodes, n images of each, k channels, h × w pixels; K = k·kernel height·kernel width.
"""

from torch import Tensor, nn
from torch.nn import functional

MOST_VALUES = 32  # K, above which P is larger than the map


def has_few_values(convolution: nn.Conv2d) -> bool:
    """True if the kernel has few values, and its padding is in numbers."""
    return convolution.weight[0].numel() <= MOST_VALUES and not isinstance(convolution.padding, str)


def image_moments(images: Tensor, weight: Tensor, convolution: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """(1, B·c, 1, 1) mean and variance (without Bessel's correction) of each channel of the map.

    Args:
        images: (n, B·k, h, w), for which no gradient is wanted.
        weight: (B, c, k, kernel height, kernel width), without groups.
        convolution: how it moves; small, without its bias.
    """
    geometry = (convolution.dilation, convolution.padding, convolution.stride)
    around = functional.unfold(images, convolution.kernel_size, *geometry)  # type: ignore[arg-type]
    around = around.reshape(len(images), len(weight), -1, around.shape[2]).permute(1, 2, 0, 3).flatten(2)
    center = around.mean(dim=2, keepdim=True)  # (B, K, 1)
    centered = around - center
    rows = weight.flatten(2)  # (B, c, K)
    variance = (rows @ (centered @ centered.mT / around.shape[2]) * rows).sum(dim=2)
    return (rows @ center).reshape(1, -1, 1, 1), variance.reshape(1, -1, 1, 1)
