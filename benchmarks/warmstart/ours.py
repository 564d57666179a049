"""What autometa does, on a pool: the weighted portfolio first, then the posterior over past studies.

Thin: everything is the library's. Of a large pool, every ask looks at the configurations that the sources
like best, at those nearest to the best one observed, and at random ones, much as `WarmStartSampler` does.
Where there are no meta-features all sources count the same beforehand.

Shapes: k sources, m configurations in the pool, n observed.
"""

import numpy as np

from autometa.dataset import IntArray
from autometa.samplers.proposals import MIN_SCORES
from autometa.warmstart.transfer import (
    expected_improvement,
    learned_length_scales,
    plain_length_scales,
    transfer_posterior,
)
from benchmarks.warmstart.orders import source_weights, weighted_portfolio
from benchmarks.warmstart.problems import BoolArray, Knowledge, PoolProblem

N_LIKED, N_NEAR, N_RANDOM = 1_500, 500, 1_000  # of a pool that has more


class Ours:
    """The library's transfer at work on one problem."""

    def __init__(self, known: Knowledge, seed: int):
        self._known = known
        weights = source_weights(known)
        self._prior = weights / weights.sum()
        self._portfolio = weighted_portfolio(known, seed)
        self._rng = np.random.default_rng([seed, 5])
        self._liked = np.argsort(-(self._prior @ known.surfaces), kind="stable")[:N_LIKED]
        learned = learned_length_scales(known.points, known.surfaces[np.argsort(-weights)], seed=seed)
        self._lengths = np.stack([learned, plain_length_scales(len(learned))])  # as the sampler does
        self._told: list[int] = []
        self._gains: list[float] = []

    def ask(self, free: BoolArray) -> int:
        """The largest expected improvement; the portfolio's next until two different scores are known."""
        if len(set(self._gains)) < MIN_SCORES:
            return self._portfolio.ask(free)
        known, candidates = self._known, self._candidates(free)
        posterior = transfer_posterior(
            known.surfaces[:, candidates],
            known.surfaces[:, self._told],
            known.points[candidates],
            known.points[self._told],
            np.array(self._gains),
            prior_weights=self._prior,
            length_scales=self._lengths,
        )
        return int(candidates[np.argmax(expected_improvement(posterior, posterior.best))])

    def tell(self, index: int, gain: float) -> None:
        """One more observation."""
        self._told.append(index)
        self._gains.append(gain)

    def _candidates(self, free: BoolArray) -> IntArray:
        open_ones = np.flatnonzero(free)
        if len(open_ones) <= N_LIKED + N_NEAR + N_RANDOM:
            return open_ones
        best = self._known.points[self._told[int(np.argmax(self._gains))]]
        gaps = ((self._known.points - best) ** 2).sum(axis=1)
        near = np.argpartition(gaps, N_NEAR)[:N_NEAR]
        drawn = self._rng.choice(open_ones, N_RANDOM, replace=False)
        looked_at = np.union1d(np.union1d(self._liked, near), drawn)
        kept: IntArray = looked_at[free[looked_at]]
        return kept


def ours(problem: PoolProblem, seed: int) -> Ours:
    """With everything that is known."""
    return Ours(problem.known, seed)


def ours_shuffled(problem: PoolProblem, seed: int) -> Ours:
    """Control: meta-features dealt to wrong data sets."""
    return Ours(problem.shuffled, seed)


def ours_without_meta(problem: PoolProblem, seed: int) -> Ours:
    """From scores alone."""
    return Ours(problem.known.without_meta(), seed)
