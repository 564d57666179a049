"""The methods that `bench_suggest` compares: each orders the candidates for one held-out data set.

Shapes: k source data sets, c candidates, m meta-features.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, features
from autometa.similarity import ScaledL1, similarity_weights
from autometa.warmstart.forecast import predict_with_residuals
from autometa.warmstart.portfolio import fill_missing, greedy_portfolio
from autometa.warmstart.selection import select

N_SUGGESTIONS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One held-out data set with its sources.

    Attributes:
        regrets: (k, c) of the sources.
        target_regrets: (c,) of the held-out data set; only the oracle may look.
        known: (k, m) meta-features of the sources.
        query: of the held-out data set.
        shuffled: the same sources' and the query's meta-features dealt to wrong data sets.
        learned_weights: (k,) of the sources, by the shipped kind of similarity, trained on them alone.
        defaults: indices of the library defaults, in the catalogue's order.
    """

    regrets: FloatArray
    target_regrets: FloatArray
    known: MetaFeatureTable
    query: MetaFeatures
    shuffled_known: MetaFeatureTable
    shuffled_query: MetaFeatures
    learned_weights: FloatArray
    defaults: tuple[int, ...]


Method = Callable[[Case], list[int]]
_CORE = ScaledL1(features("core"))


def library_defaults(case: Case) -> list[int]:
    """Every learner's own default, gradient boosting first."""
    return list(case.defaults)


def average_regret(case: Case) -> list[int]:
    """Configuration-only model: the best on average first."""
    return [int(i) for i in np.argsort(fill_missing(case.regrets).mean(axis=0))[:N_SUGGESTIONS]]


def plain_portfolio(case: Case) -> list[int]:
    """Greedy portfolio, every source the same."""
    return greedy_portfolio(case.regrets, N_SUGGESTIONS)


def nearest_best(case: Case) -> list[int]:
    """The best configurations of the nearest source, best first."""
    distances = _CORE.distances(case.query, case.known)
    return _best_of(case.regrets[int(np.nanargmin(distances))])


def weighted_portfolio(case: Case) -> list[int]:
    """The portfolio with sources weighted by scaled L1 distance of meta-features, nothing learned."""
    weights = similarity_weights(_CORE.distances(case.query, case.known))
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=weights)


def learned_portfolio(case: Case) -> list[int]:
    """What autometa builds on: the portfolio with sources weighted by the learned similarity."""
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=case.learned_weights)


def five_as_printed(case: Case) -> list[int]:
    """The five that `suggest` prints: the learned portfolio with a library default always in it."""
    return select(case.regrets, case.learned_weights, 5, defaults=case.defaults)


def regression(case: Case) -> list[int]:
    """Ridge regression of regrets on meta-features: the least expected regret first."""
    filled = fill_missing(case.regrets)
    expected, _ = predict_with_residuals(case.known.values, case.query.values, filled)
    return [int(i) for i in np.argsort(expected, kind="stable")[:N_SUGGESTIONS]]


def shuffled_portfolio(case: Case) -> list[int]:
    """Control: the weighted portfolio with meta-features dealt to wrong data sets."""
    weights = similarity_weights(_CORE.distances(case.shuffled_query, case.shuffled_known))
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=weights)


def oracle_portfolio(case: Case) -> list[int]:
    """Ceiling: the same with the true rank correlation of performance as similarity."""
    ranks = _ranks(fill_missing(np.vstack([case.regrets, case.target_regrets])))
    correlation = np.corrcoef(ranks)[-1, :-1]
    weights = similarity_weights(1.0 - np.nan_to_num(correlation))
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=weights)


def oracle_nearest(case: Case) -> list[int]:
    """Ceiling: the best configurations of the source that truly correlates most."""
    ranks = _ranks(fill_missing(np.vstack([case.regrets, case.target_regrets])))
    return _best_of(case.regrets[int(np.nanargmax(np.corrcoef(ranks)[-1, :-1]))])


METHODS: Mapping[str, Method] = {
    "library defaults": library_defaults,
    "configuration only": average_regret,
    "portfolio": plain_portfolio,
    "nearest": nearest_best,
    "weighted portfolio": weighted_portfolio,
    "learned portfolio": learned_portfolio,
    "five as printed": five_as_printed,
    "regression": regression,
    "weighted, shuffled": shuffled_portfolio,
    "oracle nearest": oracle_nearest,
    "oracle portfolio": oracle_portfolio,
}


def _best_of(regrets: FloatArray) -> list[int]:
    return [int(i) for i in np.argsort(np.nan_to_num(regrets, nan=1.0), kind="stable")[:N_SUGGESTIONS]]


def _ranks(values: FloatArray) -> FloatArray:
    return np.argsort(np.argsort(values, axis=1, kind="stable"), axis=1, kind="stable").astype(float)
