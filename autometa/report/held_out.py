"""HeldOut: how soon lists of suggestions find what is good on data sets that they do not know.

Shapes: k data sets, c candidates, t trials of the portfolio.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.similarity.examples import family_folds
from autometa.warmstart.portfolio import greedy_portfolio, normalised_regret
from autometa.warmstart.sources import DatasetInfo, PerformanceTable

N_FOLDS, N_BOOTSTRAP = 10, 1000
N_TRIALS = 20
MIN_FAMILIES = 20  # fewer tell nothing
MIN_TRIED = 0.5  # of the configurations, on every data set that takes part


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Mean regret of the best so far over data sets, each held out with its family once.

    Attributes:
        portfolio: (t,) trying the portfolio of the other families.
        interval: (t, 2) its 95 % interval, families drawn with replacement.
        chance: (c,) trying configurations at random, the exact expectation.
        n_datasets: that take part.
    """

    portfolio: FloatArray
    interval: FloatArray
    chance: FloatArray
    n_datasets: int

    def random_trials_for(self, n: int) -> int | None:
        """Random trials that are as good as the first n of the portfolio; None if all of them are worse."""
        as_good = self.chance <= self.portfolio[n - 1]
        return int(as_good.argmax()) + 1 if as_good.any() else None


def hold_out(performance: PerformanceTable, infos: Mapping[str, DatasetInfo]) -> HeldOut | None:
    """Ten folds over families of the plain portfolio: without similarity, so that nothing is trained.

    Args:
        performance: scores of all known data sets.
        infos: the data sets by id.

    Returns:
        None where too few families were tried on enough configurations.
    """
    tried = ~np.isnan(performance.scores) | performance.failed
    rows = np.flatnonzero(tried.mean(axis=1) >= MIN_TRIED) if tried.size else np.zeros(0, dtype=int)
    known = [infos[performance.dataset_ids[row]] for row in rows]
    families = [info.family for info in known]
    if len(set(families)) < MIN_FAMILIES:
        return None
    n_classes = np.array([infos[one].n_classes for one in performance.dataset_ids], dtype=float)
    regrets = normalised_regret(performance, n_classes)[rows]
    n_trials = min(N_TRIALS, regrets.shape[1])
    curves = np.zeros((len(rows), n_trials))
    for train, test in family_folds(families, N_FOLDS, seed=0):
        order = greedy_portfolio(regrets[train], n_trials)
        curves[test] = np.minimum.accumulate(np.nan_to_num(regrets[test][:, order], nan=1.0), axis=1)
    return HeldOut(
        portfolio=curves.mean(axis=0),
        interval=_interval(curves, families),
        chance=np.mean([expected_best(row[~np.isnan(row)], len(row)) for row in regrets], axis=0),
        n_datasets=len(rows),
    )


def expected_best(regrets: FloatArray, n_trials: int) -> FloatArray:
    """(t,) the expected least of 1, 2, … t values drawn without replacement.

    The i-th smallest of c is the least of j draws with probability C(c - i, j - 1) / C(c, j).

    Args:
        regrets: (c,) finite.
        n_trials: t; beyond c the least of all.
    """
    ordered = np.sort(regrets)
    n, expected = len(ordered), np.full(n_trials, ordered[0])
    still = np.ones(n)  # chance that none of the first j draws is smaller than the i-th: falls with j
    for trial in range(min(n_trials, n)):
        still = (
            still * np.maximum(n - np.arange(n) - trial, 0) / (n - trial)
        )  # P(all draws so far are >= i-th)
        chances = still - np.append(still[1:], 0.0)
        expected[trial] = float(chances @ ordered)
    return expected


def _interval(curves: FloatArray, families: list[str]) -> FloatArray:
    """(t, 2) of the mean; families are drawn whole, for copies of one data set are not two witnesses."""
    codes = np.unique(families, return_inverse=True)[1]
    sums = np.zeros((codes.max() + 1, curves.shape[1]))
    np.add.at(sums, codes, curves)
    counts = np.bincount(codes)
    draws = np.random.default_rng(0).integers(len(sums), size=(N_BOOTSTRAP, len(sums)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)[:, None]
    bounds: FloatArray = np.quantile(means, [0.025, 0.975], axis=0).T
    return bounds
