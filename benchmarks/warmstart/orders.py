"""Methods that fix an order of the pool beforehand: random, portfolios, the nearest source; and the oracles.

Shapes: k sources, m configurations in the pool.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.stats import rankdata

from autometa.dataset import FloatArray
from autometa.metafeatures import features
from autometa.similarity import ScaledL1, SimilarityModel, similarity_weights
from autometa.similarity.forest_training import grow_forest
from autometa.warmstart import greedy_portfolio
from benchmarks.warmstart.problems import BoolArray, Knowledge, PoolProblem

N_LOOKED_AT = 5_000  # of a larger pool, the configurations that a portfolio chooses among
N_PORTFOLIO = 50  # after that, the best on average


class Order:
    """Proposes in a fixed order, whatever it is told."""

    def __init__(self, order: Sequence[int]):
        self._order = iter(order)

    def ask(self, free: BoolArray) -> int:
        """The next of the order that is free."""
        return next(index for index in self._order if free[index])

    def tell(self, index: int, gain: float) -> None:
        """Not heard."""


def random_order(known: Knowledge, seed: int) -> Order:
    """Random search without repetition."""
    return Order(np.random.default_rng([seed, 1]).permutation(len(known.points)).tolist())


def plain_portfolio(known: Knowledge, seed: int) -> Order:
    """The greedy portfolio over the sources, every source the same."""
    return Order(portfolio(known, np.ones(len(known.regrets))))


def weighted_portfolio(known: Knowledge, seed: int) -> Order:
    """The greedy portfolio, sources weighted by similarity of meta-features, as `suggest` has it."""
    return Order(portfolio(known, source_weights(known)))


def nearest(known: Knowledge, seed: int) -> Order:
    """The best configurations of the source with the nearest meta-features; a random one if none has any."""
    order = nearest_first(known, seed)
    return Order(np.argsort(known.regrets[order[0]], kind="stable").tolist())


def oracle_nearest(problem: PoolProblem, seed: int) -> Order:
    """The best configurations of the source that truly correlates most with the target."""
    best = int(np.argmax(true_correlations(problem)))
    return Order(np.argsort(problem.known.regrets[best], kind="stable").tolist())


def oracle_portfolio(problem: PoolProblem, seed: int) -> Order:
    """The portfolio weighted by the true rank correlations."""
    return Order(portfolio(problem.known, similarity_weights(1.0 - true_correlations(problem))))


def portfolio(known: Knowledge, weights: FloatArray) -> list[int]:
    """All of the pool: first the greedy portfolio, then by weighted mean regret."""
    mean = weights @ known.regrets
    by_mean = np.argsort(mean, kind="stable")
    looked_at = np.union1d(by_mean[:N_LOOKED_AT], known.regrets.argmin(axis=1))
    chosen = greedy_portfolio(known.regrets[:, looked_at], min(N_PORTFOLIO, len(looked_at)), weights=weights)
    first = looked_at[chosen].tolist()
    return [*first, *(int(i) for i in by_mean if int(i) not in set(first))]


def source_weights(known: Knowledge) -> FloatArray:
    """(k,) what the sources weigh by their meta-features; all the same where there are none."""
    return compared(known)[1]


@lru_cache(maxsize=4)
def compared(known: Knowledge) -> tuple[FloatArray, FloatArray]:
    """(k,) distances of the sources' meta-features from the target's, NaN where there are none; (k,) weights.

    The similarity is learned from the sources where all tried the same configurations, as in the library;
    else it is `ScaledL1`. Each source counts as a family of its own: that is read only by the check that the
    forest learned anything, and families are known of few of these data sets.
    """
    meta, query = known.meta, known.query
    if meta is None or query is None:
        return np.full(len(known.regrets), np.nan), np.ones(len(known.regrets))
    described = features(meta.pack)
    if known.shares_pool:
        model: SimilarityModel = grow_forest(meta, described, known.regrets, known.source_ids)
    else:
        model = ScaledL1(described)
    distances = model.distances(query, meta)
    return distances, model.weights(distances)


def nearest_first(known: Knowledge, seed: int) -> list[int]:
    """Sources by distance; those without one in random order behind."""
    shuffled = np.random.default_rng([seed, 2]).permutation(len(known.regrets))
    return [int(i) for i in shuffled[np.argsort(compared(known)[0][shuffled], kind="stable")]]


def true_correlations(problem: PoolProblem) -> FloatArray:
    """(k,) rank correlation of each source's surface with the answers."""
    ranks = np.array([rankdata(row) for row in (*problem.known.surfaces, problem.gains)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    norms = np.maximum(np.linalg.norm(ranks, axis=1), np.finfo(float).tiny)
    correlations: FloatArray = (ranks[:-1] @ ranks[-1]) / (norms[:-1] * norms[-1])
    return correlations
