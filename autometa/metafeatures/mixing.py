"""Hashing whole arrays of integers: SplitMix64."""

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray

HashArray = NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15


def mixed(numbers: NDArray[np.int64] | HashArray, *, seed: int = 0) -> HashArray:
    """A pseudo-random 64-bit integer for every integer.

    The finalizer of SplitMix64: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number
    generators", OOPSLA, figure 17 (with Stafford's variant 13 of the constants).

    Args:
        numbers: any 64-bit integers; arithmetic wraps around.
        seed: another seed, another hash; any integer.
    """
    z = numbers.view(np.uint64) + np.uint64((_GOLDEN * (seed + 1)) % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def unit_interval(hashes: HashArray) -> FloatArray:
    """Hashes as numbers in [0, 1)."""
    return np.asarray((hashes >> np.uint64(11)) * 2.0**-53, dtype=np.float64)
