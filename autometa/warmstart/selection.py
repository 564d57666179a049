"""Selection: which candidates to try on a new data set, given how far the known data sets are from it.

Shapes: k data sets, c candidates.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from autometa.dataset import FloatArray
from autometa.similarity.base import similarity_weights
from autometa.warmstart.portfolio import fill_missing, greedy_portfolio, normalised_regret
from autometa.warmstart.sources import DatasetInfo, PerformanceTable


def select(
    table: PerformanceTable,
    infos: Mapping[str, DatasetInfo],
    distances: FloatArray,
    n: int,
    *,
    seconds: FloatArray,
    time_budget: float | None = None,
) -> list[int]:
    """Candidates of the similarity-weighted portfolio; a library default is always among them.

    Where the portfolio has no default, the one with the least weighted regret takes the last place.

    Args:
        table: scores.
        infos: the data sets by id.
        distances: (k,) of the query to the table's data sets; NaN where nothing can be compared.
        n: how many at most.
        seconds: (c,) expected cost; NaN counts as nothing.
        time_budget: seconds for all together; None is no limit.

    Returns:
        Indices of candidates, the first to try first; none if nothing fits the budget.
    """
    n_classes = np.array([infos[dataset_id].n_classes for dataset_id in table.dataset_ids], dtype=float)
    regrets = normalised_regret(table, n_classes)
    weights = similarity_weights(distances)
    cost = np.nan_to_num(seconds)
    chosen = greedy_portfolio(regrets, n, weights=weights, seconds=cost, time_budget=time_budget)
    defaults = [index for index, candidate in enumerate(table.candidates) if candidate.is_default]
    if not chosen or set(chosen) & set(defaults):
        return chosen
    kept = chosen[: n - 1]
    left = np.inf if time_budget is None else time_budget - cost[kept].sum()
    mean_regret = weights @ fill_missing(regrets) / weights.sum()
    affordable = [index for index in defaults if cost[index] <= left]
    if not affordable:
        return chosen
    return [*kept, min(affordable, key=lambda index: float(mean_regret[index]))]


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
