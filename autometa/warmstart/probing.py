"""Probes: a few cheap configurations measured on part of a new data set, which sharpen what is known of it.

The observed scores stand beside those that past data sets have for the same configurations: where the same
ones won by as much, past experience counts more. Scores on part of the rows are lower than on all of them,
so only the differences between probes are compared, from which a common shift cancels. After Pfahringer,
Bensusan & Giraud-Carrier 2000, "Meta-learning by landmarking various learning algorithms", and Fürnkranz &
Petrak 2001, "An evaluation of landmarking variants" (subsamples, pairwise differences).

Shapes: k known data sets, c candidates, p probes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.similarity.base import similarity_weights
from autometa.warmstart.portfolio import fill_missing, greedy_portfolio
from autometa.warmstart.sources import Candidate, PerformanceTable, candidate_key

N_PROBES = 3
UNIT_FREE = {"rmse": "r2"}  # metrics in the target's unit are compared through one without


@dataclass(frozen=True, slots=True)
class Probe:
    """A candidate that was measured on part of the new data set.

    Attributes:
        candidate: what was fitted.
        scores: by metric, each in its own sign; means over folds.
        seconds: wall time of all its folds.
        n_rows: that were used for it.
    """

    candidate: Candidate
    scores: Mapping[str, float]
    seconds: float
    n_rows: int


class Observed(NamedTuple):
    """Probes beside the table that they are compared with.

    Attributes:
        columns: (p,) of the table.
        gains: (p,) scores, turned so that larger is better.
        sign: -1 where the metric is minimised.
        n_rows: (p,) that were used.
    """

    columns: NDArray[np.intp]
    gains: FloatArray
    sign: float
    n_rows: Sequence[int]


def choose_probes(
    regrets: FloatArray,
    weights: FloatArray,
    learners: Sequence[str],
    *,
    seconds: FloatArray,
    time_budget: float,
    n: int = N_PROBES,
) -> list[int]:
    """The first members of the portfolio that are of different learners and together fit the budget.

    Once every learner that fits has one, a learner may have several.

    Args:
        regrets: (k, c) in [0, 1], NaN where not tried.
        weights: (k,) similarity of the known data sets to the new one.
        learners: (c,) the candidates' learners.
        seconds: (c,) expected cost of each probe; NaN is taken as free, infinite as impossible.
        time_budget: the expected costs of the chosen together stay within it.
        n: how many at most.

    Returns:
        Indices of candidates, the first to probe first; fewer than n where candidates or time run out.
    """
    filled, names, cost = fill_missing(regrets), np.array(learners), np.nan_to_num(seconds, posinf=np.inf)
    chosen: list[int] = []
    left = time_budget
    while len(chosen) < n:
        fits = np.isfinite(cost) & (cost <= left) & ~np.isin(np.arange(len(names)), chosen)
        is_new = fits & ~np.isin(names, names[chosen])
        free = np.flatnonzero(is_new if is_new.any() else fits)
        if not len(free):
            break
        reached = np.minimum(filled, filled[:, chosen].min(axis=1, initial=1.0)[:, None])
        pick = int(free[greedy_portfolio(reached[:, free], 1, weights=weights)[0]])
        chosen.append(pick)
        left -= cost[pick]
    return chosen


def probe_disagreement(known: FloatArray, observed: FloatArray) -> FloatArray:
    """(k,) how differently the probes do on each known data set and on the new one.

    The standard deviation of the differences in gain, so that scores which are all lower by as much, as on
    part of the rows, agree fully. NaN where fewer than two probes can be compared.

    Args:
        known: (k, p) gains of the probes on the known data sets, NaN where not tried.
        observed: (p,) gains on the new one.
    """
    differences = known - observed
    there = ~np.isnan(differences)
    counts = there.sum(axis=1)
    filled = np.where(there, differences, 0.0)
    shift = filled.sum(axis=1) / np.maximum(counts, 1)
    square = np.where(there, (filled - shift[:, None]) ** 2, 0.0).sum(axis=1)
    return np.where(counts > 1, np.sqrt(square / np.maximum(counts - 1, 1)), np.nan)


def sharpened(
    weights: FloatArray, dataset_ids: Sequence[str], table: PerformanceTable, probes: Sequence[Probe]
) -> FloatArray:
    """(k,) the weights of the known data sets, times how well the probes agree there.

    A data set that cannot be compared counts as the others do on average; nothing changes where none can.

    Args:
        weights: (k,) by meta-features.
        dataset_ids: (k,) what they belong to.
        table: scores in a metric that has no unit; its data sets may be others, in another order.
        probes: observed on the new data set.
    """
    observed = observe(table, probes)
    found = probe_disagreement(table.gains[:, observed.columns], observed.gains)
    by_id = dict(zip(table.dataset_ids, found, strict=True))
    disagreement = np.array([by_id.get(dataset_id, np.nan) for dataset_id in dataset_ids])
    known = ~np.isnan(disagreement)
    if not known.any():
        return weights
    agreement = similarity_weights(disagreement)
    agreement[~known] = agreement[known].mean()
    return weights * agreement


def observe(table: PerformanceTable, probes: Sequence[Probe]) -> Observed:
    """The probes that a table has, in its metric.

    Args:
        table: gives the columns, the metric and its direction.
        probes: observed on the new data set.
    """
    column_of = {candidate_key(candidate): column for column, candidate in enumerate(table.candidates)}
    found = [
        (column_of[candidate_key(probe.candidate)], probe.scores[table.metric], probe.n_rows)
        for probe in probes
        if candidate_key(probe.candidate) in column_of and table.metric in probe.scores
    ]
    sign = 1.0 if table.direction == "maximize" else -1.0
    columns = np.array([column for column, _, _ in found], dtype=np.intp)
    return Observed(
        columns, sign * np.array([score for _, score, _ in found]), sign, [n for _, _, n in found]
    )
