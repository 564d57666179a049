"""The methods by name, and how much of each is run: slow ones get fewer data sets, seeds and trials."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.warmstart import optuna_policies, orders, ours
from benchmarks.warmstart.problems import Knowledge, Policy, PoolProblem
from benchmarks.warmstart.rgpe import Rgpe

EXPECTED_RANDOM = "random, expected"
Maker = Callable[[PoolProblem, int], Policy]


@dataclass(frozen=True, slots=True)
class Method:
    """A method and the limits of its runs.

    Attributes:
        make: a policy for a problem and a seed; None for the exact expectation of random search.
        needs_meta: True if it is another method's double where there are no meta-features.
        needs_flat: True if it cannot work where parameters depend on each other.
        is_random: False if all seeds do the same where no initial configurations are given.
        max_seeds: at most so many.
        max_tasks: at most so many data sets of a table, drawn at random once for all.
        max_trials: at most so many.
    """

    make: Maker | None
    needs_meta: bool = False
    needs_flat: bool = False
    is_random: bool = True
    max_seeds: int = 5
    max_tasks: int = 1_000
    max_trials: int = 100


def honest(make: Callable[[Knowledge, int], Policy]) -> Maker:
    """Sees what is known, not the answers."""
    return lambda problem, seed: make(problem.known, seed)


METHODS: Mapping[str, Method] = {
    EXPECTED_RANDOM: Method(None, is_random=False, max_seeds=1),
    "random": Method(honest(orders.random_order)),
    "TPE": Method(honest(optuna_policies.tpe)),
    "GP": Method(honest(optuna_policies.gp), max_seeds=1, max_tasks=20),
    "CMA-ES, warm": Method(honest(optuna_policies.warm_cmaes), needs_flat=True),
    "enqueue best, TPE": Method(honest(optuna_policies.enqueue_best), max_seeds=1),
    "portfolio, TPE": Method(honest(optuna_policies.portfolio_then_tpe), max_seeds=1),
    "portfolio": Method(honest(orders.plain_portfolio), is_random=False),
    "weighted portfolio": Method(honest(orders.weighted_portfolio), needs_meta=True, is_random=False),
    "nearest": Method(honest(orders.nearest), is_random=False, needs_meta=True),
    "RGPE": Method(honest(Rgpe), max_seeds=2),
    "ours": Method(ours.ours, is_random=False),
    "ours, shuffled meta-features": Method(ours.ours_shuffled, needs_meta=True),
    "ours, no meta-features": Method(ours.ours_without_meta, needs_meta=True, is_random=False),
    "oracle nearest": Method(orders.oracle_nearest, is_random=False),
    "oracle portfolio": Method(orders.oracle_portfolio, is_random=False),
}
