"""When a loss has gone astray: the rule by which a learned optimizer is relieved."""

import math
from dataclasses import dataclass, replace

SMOOTHING = 0.9
TOLERANCE = 0.5


@dataclass(frozen=True, slots=True)
class LossTrack:
    """What is remembered of the losses seen.

    Attributes:
        first: the first one; NaN before it.
        lowest: the lowest one.
        smoothed: exponential mean with weight .9 on the past.
        lowest_smoothed: the lowest of those.
    """

    first: float = math.nan
    lowest: float = math.inf
    smoothed: float = math.nan
    lowest_smoothed: float = math.inf

    @property
    def has_begun(self) -> bool:
        """A loss was seen."""
        return not math.isnan(self.first)

    def with_loss(self, loss: float) -> "LossTrack":
        """The track with one more loss."""
        if not self.has_begun:
            return LossTrack(loss, loss, loss, loss)
        smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * loss
        lowest = min(self.lowest, loss)
        return replace(
            self, lowest=lowest, smoothed=smoothed, lowest_smoothed=min(self.lowest_smoothed, smoothed)
        )

    @property
    def has_diverged(self) -> bool:
        """The smoothed loss is not finite, or has given back half of its gain and half of the first loss."""
        if not self.has_begun:
            return False
        if not math.isfinite(self.smoothed):
            return True
        gain = self.first - self.lowest_smoothed
        return self.smoothed - self.lowest_smoothed > max(gain / 2, TOLERANCE * abs(self.first))
