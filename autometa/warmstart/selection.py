"""Selection: which candidates to try on a new data set, given how far the known data sets are from it.

Shapes: k data sets, c candidates.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from autometa.dataset import FloatArray
from autometa.warmstart.portfolio import fill_missing, greedy_portfolio
from autometa.warmstart.sources import PerformanceTable


def select(
    regrets: FloatArray,
    weights: FloatArray,
    n: int,
    *,
    defaults: Sequence[int] = (),
    seconds: FloatArray | None = None,
    time_budget: float | None = None,
) -> list[int]:
    """The similarity-weighted portfolio, with a library default always in it.

    Where the portfolio has no default, the one with the least weighted regret takes the last place.

    Args:
        regrets: (k, c) of the known data sets, NaN where not tried.
        weights: (k,) similarity of the known data sets to the query.
        n: how many at most.
        defaults: candidates that are library defaults.
        seconds: (c,) expected cost; needed for a time budget.
        time_budget: seconds for all together; None is no limit.

    Returns:
        Indices of candidates, the first to try first; none if nothing fits the budget.
    """
    chosen = greedy_portfolio(regrets, n, weights=weights, seconds=seconds, time_budget=time_budget)
    if not chosen or set(chosen) & set(defaults):
        return chosen
    kept = chosen[: n - 1]
    cost = np.zeros(regrets.shape[1]) if seconds is None else seconds
    left = np.inf if time_budget is None else time_budget - cost[kept].sum()
    affordable = [index for index in defaults if cost[index] <= left]
    expected = weights @ fill_missing(regrets)
    return [*kept, min(affordable, key=lambda index: float(expected[index]))] if affordable else chosen


def keep_learners(table: PerformanceTable, learners: Collection[str] | None) -> PerformanceTable:
    """The table with the candidates of these learners only; all of them where None."""
    if learners is None:
        return table
    kept = [index for index, candidate in enumerate(table.candidates) if candidate.learner in learners]
    return replace(
        table,
        candidates=tuple(table.candidates[index] for index in kept),
        scores=table.scores[:, kept],
        failed=table.failed[:, kept],
        fit_seconds=table.fit_seconds[:, kept],
    )
