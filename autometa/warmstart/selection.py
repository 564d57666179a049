"""Selection: which candidates to try on a new data set, given how far the known data sets are from it.

Shapes: k data sets, c candidates.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from autometa.dataset import FloatArray
from autometa.warmstart.portfolio import greedy_portfolio
from autometa.warmstart.sources import PerformanceTable


def select(
    regrets: FloatArray,
    expected: FloatArray,
    weights: FloatArray,
    n: int,
    *,
    defaults: Sequence[int] = (),
    seconds: FloatArray | None = None,
    time_budget: float | None = None,
) -> list[int]:
    """The best guess for this data set first, then what complements it on similar data sets.

    The first is the candidate with the least expected regret; the others follow greedily by how much they
    lower the similarity-weighted mean of the best regret so far. If no library default is among them, the one
    with the least expected regret takes the last place.

    Args:
        regrets: (k, c) of the known data sets, NaN where not tried.
        expected: (c,) regret to expect on the query.
        weights: (k,) similarity of the known data sets to the query.
        n: how many at most.
        defaults: candidates that are library defaults.
        seconds: (c,) expected cost; needed for a time budget.
        time_budget: seconds for all together; None is no limit.

    Returns:
        Indices of candidates, the first to try first; none if nothing fits the budget.
    """
    cost = np.zeros(len(expected)) if seconds is None else seconds
    budget = np.inf if time_budget is None else time_budget
    if not (cost <= budget).any():
        return []
    first = int(np.argmin(np.where(cost <= budget, expected, np.inf)))
    chosen = greedy_portfolio(
        regrets, n, given=[first], weights=weights, seconds=cost, time_budget=time_budget
    )
    kept = chosen[: n - 1]
    affordable = [index for index in defaults if cost[index] <= budget - cost[kept].sum()]
    if set(chosen) & set(defaults) or not affordable:
        return chosen
    return [*kept, min(affordable, key=lambda index: float(expected[index]))]


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
