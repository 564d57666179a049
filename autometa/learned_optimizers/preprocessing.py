"""Gradients as a network sees them: logarithm of the size and sign (Andrychowicz et al. 2016, appendix A)."""

from math import exp

import torch
from torch import Tensor


def log_and_sign(values: Tensor, *, magnitude: float) -> Tensor:
    """(2, *shape): (log|x| / p, sgn x) where |x| ≥ e⁻ᵖ, else (-1, eᵖ x).

    Args:
        values: of any shape and size.
        magnitude: p.
    """
    seen = values.new_empty((2, *values.shape))
    write_log_and_sign(values, magnitude=magnitude, out=seen)
    return seen


def write_log_and_sign(values: Tensor, *, magnitude: float, out: Tensor) -> None:
    """`log_and_sign` into rows that exist.

    The first row is max(log|x| / p, -1), the second is eᵖ x cut off at ±1: the same values without branches.
    """
    torch.abs(values, out=out[0]).log_().div_(magnitude).clamp_(min=-1.0)
    torch.mul(values, exp(magnitude), out=out[1]).clamp_(-1.0, 1.0)
