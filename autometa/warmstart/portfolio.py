"""The greedy portfolio: the configurations that together do well on many data sets, the most useful first.

Shapes: k data sets, c candidates.
"""

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.warmstart.sources import PerformanceTable

TRIVIAL = {"roc_auc": 0.5, "r2": 0.0}  # what a constant prediction scores; balanced accuracy: 1 / classes


def normalised_regret(table: PerformanceTable, n_classes: FloatArray) -> FloatArray:
    """(k, c) regret in [0, 1]: 0 is the best candidate on that data set, 1 the worst or a failure.

    The scale runs from the best score down to the worst, but not below what a constant prediction scores;
    metrics without such a value (log loss, RMSE) end at the median candidate. NaN where nothing was tried.

    Args:
        table: scores.
        n_classes: (k,) classes of each data set, 0 for regression or if unknown.
    """
    gains = table.gains
    best = _row_quantile(gains, 1.0)
    worst = _row_quantile(gains, 0.0)
    if table.metric == "balanced_accuracy":
        worst = np.maximum(worst, np.where(n_classes > 0, 1.0 / np.maximum(n_classes, 1.0), 0.0))
    elif table.metric in TRIVIAL:
        worst = np.maximum(worst, TRIVIAL[table.metric])
    else:
        worst = _row_quantile(gains, 0.5)
    span = np.maximum(best - worst, 1e-12)
    regret = np.clip((best[:, None] - gains) / span[:, None], 0.0, 1.0)
    return np.where(table.failed, 1.0, regret)


def greedy_portfolio(
    regrets: FloatArray,
    n: int,
    *,
    weights: FloatArray | None = None,
    seconds: FloatArray | None = None,
    time_budget: float | None = None,
) -> list[int]:
    """Candidates in the order in which each lowers the weighted mean of the best regret so far the most.

    Greedy selection is within 1 - 1/e of the best set of each size (Nemhauser et al. 1978); as a warm start:
    Wistuba, Schilling & Schmidt-Thieme 2015, "Sequential model-free hyperparameter tuning"; Feurer et al.
    2022 (auto-sklearn 2). Missing entries count as the data set's median regret, so that a candidate tried on
    a few data sets is chosen only where those weigh much.

    Args:
        regrets: (k, c) in [0, 1], NaN where not tried.
        n: how many at most; each candidate once.
        weights: (k,) importance of the data sets; equal where None.
        seconds: (c,) expected cost of each candidate; needed for a time budget.
        time_budget: the costs of the chosen together stay within it.

    Returns:
        Indices of candidates, the first to try first; fewer than n if the candidates or the time end.
    """
    filled = fill_missing(regrets)
    shares = np.full(len(filled), 1.0) if weights is None else weights
    shares = shares / shares.sum()
    left = np.inf if time_budget is None or seconds is None else time_budget
    cost = np.zeros(filled.shape[1]) if seconds is None else seconds
    free: NDArray[np.bool_] = np.ones(filled.shape[1], dtype=bool)
    best_so_far = np.ones(len(filled))
    chosen: list[int] = []
    while len(chosen) < n:
        allowed = free & (cost <= left)
        if not allowed.any():
            break
        reached = shares @ np.minimum(best_so_far[:, None], filled)  # (c,)
        tie_break = 1e-9 * (shares @ filled)  # of equally useful ones the better on average
        pick = int(np.argmin(np.where(allowed, reached + tie_break, np.inf)))
        chosen.append(pick)
        free[pick] = False
        left -= cost[pick]
        best_so_far = np.minimum(best_so_far, filled[:, pick])
    return chosen


def fill_missing(regrets: FloatArray) -> FloatArray:
    """(k, c) with NaN replaced by the row's median; rows without any entry become 1."""
    medians = np.nan_to_num(_row_quantile(regrets, 0.5), nan=1.0)
    return np.where(np.isnan(regrets), medians[:, None], regrets)


def _row_quantile(values: FloatArray, share: float) -> FloatArray:
    """(k,) quantile of what is not NaN in each row; NaN for an empty row."""
    known = ~np.isnan(values)
    result = np.full(len(values), np.nan)
    for row in np.flatnonzero(known.any(axis=1)):
        result[row] = np.quantile(values[row, known[row]], share)
    return result
