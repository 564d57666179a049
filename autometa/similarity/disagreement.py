"""How much two data sets disagree on which configurations are good: what a learned distance predicts.

Shapes: k data sets, c candidates.
"""

import numpy as np

from autometa.dataset import FloatArray

N_TOP = 5  # configurations of a source that are carried over
MIN_SHARED = 20  # candidates tried on both data sets, below which a pair is not compared


def transfer_regret(regrets: FloatArray) -> FloatArray:
    """(k, k) mean regret on data set i of the five configurations that are best on data set j.

    What a warm start feels: how much is lost when i takes over what j recommends. In [0, 1], on the
    diagonal next to 0; NaN where fewer than 20 candidates were tried on both. The rank correlation of
    whole response surfaces (`rank_disagreement`) mostly tells how the bad configurations are ordered: weights
    from it, even the true one, hardly improve the first suggestion for classification (docs/similarity.md).

    Args:
        regrets: (k, c) in [0, 1], NaN where not tried.
    """
    n_datasets = len(regrets)
    result = np.full((n_datasets, n_datasets), np.nan)
    for source, row in enumerate(regrets):
        shared = ~np.isnan(regrets) & ~np.isnan(row)  # (k, c)
        ranked = np.argsort(np.where(shared, row, np.inf), axis=1, kind="stable")[:, :N_TOP]
        carried = np.take_along_axis(regrets, ranked, axis=1).mean(axis=1)
        result[:, source] = np.where(shared.sum(axis=1) >= MIN_SHARED, carried, np.nan)
    return result


def rank_disagreement(regrets: FloatArray) -> FloatArray:
    """(k, k) one minus Spearman's rank correlation over the candidates tried on both; 0 to 2.

    NaN where fewer than 20 were, or where all of them are alike on one of the two.

    Args:
        regrets: (k, c), NaN where not tried.
    """
    n_datasets = len(regrets)
    result = np.full((n_datasets, n_datasets), np.nan)
    for first in range(n_datasets):
        for second in range(first, n_datasets):
            shared = ~np.isnan(regrets[first]) & ~np.isnan(regrets[second])
            if shared.sum() >= MIN_SHARED:
                rho = rank_correlation(regrets[first, shared], regrets[second, shared])
                result[first, second] = result[second, first] = 1.0 - rho
    return result


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman's correlation with mid-ranks for ties; NaN where one side does not vary.

    Args:
        first: (c,) without NaN.
        second: (c,) without NaN.
    """
    ranks = np.stack([mid_ranks(first), mid_ranks(second)])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).sum(axis=1).prod())
    return float(centred[0] @ centred[1] / spread) if spread > 0 else float("nan")


def mid_ranks(values: FloatArray) -> FloatArray:
    """Ranks from 0.5 up to the number of values less a half; ties share their mean.

    Args:
        values: (c,) without NaN.
    """
    ordered = np.sort(values)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2.0
