"""Whose turn a trial is: what keeps past studies that are of no use from doing harm.

Trials that past studies chose tell little about whether these are right: they lie where all of them are good.
So two early trials are probes, far from everything tried. If past studies are right, probes are worse than
what was chosen, as foretold, and the posterior's support stays high (medians .9 and more in the benchmark of
the sampler); if they are wrong or unlike, it falls below one half within a probe or two.

Shapes: n observed trials.
"""

import numpy as np

from autometa.dataset import FloatArray

PROBES = (3, 6)  # numbers of the trials that are probes
MIN_SUPPORT = 0.5  # probability that past studies are of use, below which every other trial is not theirs
N_STARTUP = 10  # trials, among which those are probes, too: base samplers would draw at random there
N_PATIENCE = 4  # later trials without progress, after which every other one is the base sampler's
PROGRESS = 0.02  # of the way from the median gain to the best one, that counts as progress


def is_optional(number: int) -> bool:
    """True if past studies lose the trial of this number while they are of no use, or lead nowhere."""
    return number % 2 == 1


def has_stalled(gains: FloatArray) -> bool:
    """True if the latest trials are hardly better than the best before them.

    The posterior may sit in a hollow that unlike studies led it to; the base sampler looks elsewhere then.

    Args:
        gains: (n,) in the order of the trials.
    """
    if len(gains) <= N_PATIENCE:
        return False
    before, latest = gains[:-N_PATIENCE], gains[-N_PATIENCE:]
    step = PROGRESS * (before.max() - float(np.median(gains)))
    return bool(latest.max() <= before.max() + max(step, 0.0))
