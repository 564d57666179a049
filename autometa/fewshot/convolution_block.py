"""A block of a convolutional backbone, run as one operation where that is the same and faster."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.fewshot.first_block import first_block, is_small
from autometa.fewshot.normalisation import BatchNorm
from autometa.fewshot.pooled_norm import pooled_norm


class ConvolutionBlock(nn.Sequential):
    """3×3 convolution, `BatchNorm`, ReLU, 2×2 max-pooling: those layers, run as one where that is the same.

    It is not in evaluation, with several episodes by themselves (see `per_episode`), and for a compiler,
    which fuses on its own.

    Args:
        convolution: with a bias.
        norm: whose statistics are those of the batch.
    """

    def __init__(self, convolution: nn.Conv2d, norm: BatchNorm):
        super().__init__(convolution, norm, nn.ReLU(), nn.MaxPool2d(2))

    def forward(self, values: Tensor) -> Tensor:
        """(n, c, h/2, w/2) of (n, c_in, h, w)."""
        if not self._is_one:
            plain: Tensor = super().forward(values)  # type: ignore[no-untyped-call]
            return plain
        convolution = cast(nn.Conv2d, self[0])
        if is_small(convolution) and not values.requires_grad:
            return first_block(values, convolution, cast(BatchNorm, self[1]))
        made = functional.conv2d(values, convolution.weight, None, convolution.stride, convolution.padding)
        return self.after(made)

    def after(self, made: Tensor) -> Tensor:
        """(n, c, h/2, w/2) of (n, c, h, w): what follows the convolution, made elsewhere without its bias."""
        bias, norm = cast(Tensor, self[0].bias), cast(BatchNorm, self[1])
        if self._is_one:
            return pooled_norm(made, norm, shift=bias)
        normalised = norm(made + bias.reshape(1, -1, 1, 1))
        plain: Tensor = self[3](self[2](normalised))
        return plain

    @property
    def _is_one(self) -> bool:
        norm = cast(BatchNorm, self[1])
        return self.training and norm.n_episodes == 1 and not torch.compiler.is_compiling()
