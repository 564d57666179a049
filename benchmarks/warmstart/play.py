"""One method on one problem: its regret after every trial, and what asking it cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from benchmarks.warmstart.problems import Policy, PoolProblem


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What a method did.

    Attributes:
        regrets: (trials + 1,) least regret so far; the first entry is before the method's first proposal:
            of the initial configurations, or 1.
        first_ask_seconds: CPU, from knowing the problem to the first proposal, preparations included.
        ask_seconds: CPU, median of telling and asking from the second proposal on; NaN if there was none.
    """

    regrets: FloatArray
    first_ask_seconds: float
    ask_seconds: float


def play(problem: PoolProblem, make: Callable[[], Policy], *, seed: int, n_trials: int) -> Played:
    """Initial configurations, then proposals, until the best is found or nothing is left.

    Args:
        problem: with the answers, which the policy is told one by one.
        make: the policy, with all its preparations.
        seed: chooses the initial configurations.
        n_trials: proposals.

    Raises:
        ValueError: the policy proposed what was tried before.
    """
    initial = problem.initial(seed)
    free = np.ones(len(problem.gains), dtype=bool)
    best = min((float(problem.regrets[index]) for index in initial), default=1.0)
    curve, seconds = [best], []
    start = time.process_time()
    policy = make()
    for index in initial:
        free[index] = False
        policy.tell(index, float(problem.gains[index]))
    for _ in range(n_trials):
        if best <= 0.0 or not free.any():
            break
        index = policy.ask(free)
        seconds.append(time.process_time() - start)
        if not free[index]:
            raise ValueError(f"{problem.table}/{problem.dataset_id}: configuration {index} proposed twice")
        free[index] = False
        best = min(best, float(problem.regrets[index]))
        curve.append(best)
        start = time.process_time()
        policy.tell(index, float(problem.gains[index]))
    curve.extend([best] * (n_trials + 1 - len(curve)))
    return Played(
        np.array(curve),
        seconds[0] if seconds else float("nan"),
        float(np.median(seconds[1:])) if len(seconds) > 1 else float("nan"),
    )


def expected_random(problem: PoolProblem, *, n_trials: int) -> Played:
    """Random search without repetition, exactly: the expectation over all its orders."""
    ordered = np.sort(problem.regrets)
    m = len(ordered)
    curve = []
    for n_drawn in range(problem.n_initial, problem.n_initial + n_trials + 1):
        curve.append(_expected_least(ordered, min(n_drawn, m)))
    return Played(np.array(curve), float("nan"), float("nan"))


def _expected_least(ordered: FloatArray, n_drawn: int) -> float:
    """Mean of the least of n values drawn without replacement; 1 if none is drawn."""
    if not n_drawn:
        return 1.0
    m = len(ordered)
    left = np.arange(m - n_drawn + 1)  # the least drawn is the i-th of all
    survives = np.concatenate([[1.0], np.cumprod((m - n_drawn - left[:-1]) / (m - left[:-1]))])
    probability = survives * n_drawn / (m - left)
    return float(ordered[: m - n_drawn + 1] @ probability)
