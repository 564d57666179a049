"""Random changes of training images, on the device.

Shapes: k images, c channels, h × w pixels.
"""

import torch
from torch import Tensor
from torch.nn import functional


def random_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """(k, c, h, w) each mirrored left to right with probability one half."""
    flips = torch.rand((len(images), 1, 1, 1), generator=generator, device=images.device) < 0.5
    return torch.where(flips, images.flip(3), images)


def random_shift(images: Tensor, generator: torch.Generator, *, n_pixels: int = 8) -> Tensor:
    """(k, c, h, w) each moved by up to n_pixels in both directions; zeros come in at the edges."""
    n_images, _, height, width = images.shape
    shifts = torch.randint(0, 2 * n_pixels + 1, (2, n_images, 1), generator=generator, device=images.device)
    rows = shifts[0] + torch.arange(height, device=images.device)  # (k, h) in the padded image
    columns = shifts[1] + torch.arange(width, device=images.device)
    padded = functional.pad(images, [n_pixels] * 4)
    each = torch.arange(n_images, device=images.device)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)
