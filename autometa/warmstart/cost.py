"""What one fit of a candidate costs on a new data set.

Shapes: k data sets, c candidates.
"""

from collections.abc import Sequence

import numpy as np

from autometa.dataset import FloatArray

SHORTEST = 1e-4  # seconds; below this the clock's grain decides
MAX_EXPONENT = 3.0  # no learner here grows faster than the cube of a size


def forecast_seconds(
    sizes: FloatArray, query: FloatArray, seconds: FloatArray, groups: Sequence[str]
) -> FloatArray:
    """(c,) expected CPU seconds of one fit on all rows of the query.

    log seconds = a_c + b_g . log sizes: every candidate has a level, every learner its own exponents of rows,
    columns and classes, by least squares, none negative. Beyond the sizes seen this is an extrapolation.

    Args:
        sizes: (k, 3) rows fitted on, columns, classes (1 for regression) of the known data sets.
        query: (3,) the same of the new one.
        seconds: (k, c) measured, NaN where unknown.
        groups: (c,) the candidates' learners.
    """
    logs = np.log(np.maximum(sizes, 1.0))
    centre = logs.mean(axis=0)
    inputs, asked = logs - centre, np.log(np.maximum(query, 1.0)) - centre
    times = np.log(np.maximum(seconds, SHORTEST))
    result = np.full(seconds.shape[1], np.nan)
    names = np.array(groups)
    for name in dict.fromkeys(groups):
        columns = np.flatnonzero(names == name)
        block = times[:, columns]
        known = ~np.isnan(block)
        if not known.any():
            continue
        level = np.where(known, block, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        rows, members = np.nonzero(known)
        slopes, *_ = np.linalg.lstsq(inputs[rows], block[rows, members] - level[members], rcond=None)
        exponents = np.clip(slopes, 0.0, MAX_EXPONENT)
        result[columns] = np.exp(level + asked @ exponents)
    return result
