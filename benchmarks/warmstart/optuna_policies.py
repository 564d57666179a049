"""Optuna's samplers on a pool: what they propose is snapped to the nearest configuration that is free.

A sampler is told the snapped configuration and what it gave, so that it learns from what was really
evaluated; the proposal itself is closed as failed, which samplers ignore.

Shapes: m configurations in the pool, d dimensions.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from autometa.dataset import FloatArray
from benchmarks.warmstart.orders import nearest_first, plain_portfolio
from benchmarks.warmstart.parameters import Parameter, decode, encode
from benchmarks.warmstart.problems import BoolArray, Knowledge

N_ENQUEUED = 10  # best configurations of sources, or members of the portfolio, before the sampler starts
MAX_SOURCE_TRIALS = 500  # of the source that CMA-ES is warmed with


class OptunaPolicy:
    """A sampler at work on a pool.

    Args:
        known: the pool.
        sampler: any of Optuna's.
        first: configurations to propose before the sampler is asked, as `Study.enqueue_trial` does.
    """

    def __init__(self, known: Knowledge, sampler: BaseSampler, *, first: Sequence[int] = ()):
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._parameters, self._points = known.parameters, known.points
        self._first = list(first)
        self._asked: FrozenTrial | None = None

    def ask(self, free: BoolArray) -> int:
        """The free configuration that is nearest to what the sampler proposes."""
        while self._first:
            index = self._first.pop(0)
            if free[index]:
                return index
        trial = self._study.ask()
        params = suggest(trial, self._parameters)
        self._asked = self._study.trials[trial.number]
        self._study.tell(trial, state=TrialState.FAIL)
        return snap(encode(params, self._parameters, self._points.shape[1]), self._points, free)

    def tell(self, index: int, gain: float) -> None:
        """A finished trial with the parameters of the pool."""
        attrs = {} if self._asked is None else self._asked.system_attrs  # CMA-ES keeps its generation there
        self._study.add_trial(finished(self._points[index], gain, self._parameters, system_attrs=attrs))
        self._asked = None


def tpe(known: Knowledge, seed: int) -> OptunaPolicy:
    """Optuna's default sampler."""
    return OptunaPolicy(known, TPESampler(seed=seed))


def gp(known: Knowledge, seed: int) -> OptunaPolicy:
    """Optuna's Gaussian process."""
    return OptunaPolicy(known, GPSampler(seed=seed))


def warm_cmaes(known: Knowledge, seed: int) -> OptunaPolicy:
    """CMA-ES warmed with the trials of the nearest source (Nomura et al. 2021), by Optuna's `source_trials`.

    It knows numbers only: every column of the points is one, those of choices too.
    """
    names = tuple(Parameter(f"column_{column}", (column,)) for column in range(known.points.shape[1]))
    known = replace(known, parameters=names)
    source = nearest_first(known, seed)[0]
    gains, points = known.source_gains[source], known.source_points[source]
    chosen = np.random.default_rng([seed, 3]).permutation(len(gains))[:MAX_SOURCE_TRIALS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = CmaEsSampler(
            seed=seed,
            warn_independent_sampling=False,
            source_trials=[finished(points[i], float(gains[i]), known.parameters) for i in chosen],
        )
    return OptunaPolicy(known, sampler)


def enqueue_best(known: Knowledge, seed: int) -> OptunaPolicy:
    """The best configuration of each of the ten nearest sources enqueued, then TPE."""
    rows = nearest_first(known, seed)[:N_ENQUEUED]
    best = [known.source_points[row][int(known.source_gains[row].argmax())] for row in rows]
    everything = np.ones(len(known.points), dtype=bool)
    first = list(dict.fromkeys(snap(point, known.points, everything) for point in best))
    return OptunaPolicy(known, TPESampler(seed=seed), first=first)


def portfolio_then_tpe(known: Knowledge, seed: int) -> OptunaPolicy:
    """Ten members of the plain portfolio enqueued, then TPE."""
    order, everything = plain_portfolio(known, seed), np.ones(len(known.points), dtype=bool)
    first = [order.ask(everything) for _ in range(min(N_ENQUEUED, len(known.points)))]
    return OptunaPolicy(known, TPESampler(seed=seed), first=first)


def suggest(trial: optuna.Trial, parameters: Sequence[Parameter]) -> dict[str, float | int]:
    """Define by run: a parameter is asked for only where the choice that it depends on fits."""
    params: dict[str, float | int] = {}
    for parameter in parameters:
        condition = parameter.active_if
        if condition is not None and params.get(condition[0]) != condition[1]:
            continue
        if parameter.n_categories:
            params[parameter.name] = trial.suggest_categorical(parameter.name, range(parameter.n_categories))
        else:
            params[parameter.name] = trial.suggest_float(parameter.name, 0.0, 1.0)
    return params


def snap(point: FloatArray, points: FloatArray, free: BoolArray) -> int:
    """The free row of (m, d) points with the least Euclidean distance to a (d,) point."""
    gaps = ((points - point) ** 2).sum(axis=1)
    return int(np.argmin(np.where(free, gaps, np.inf)))


def finished(
    point: FloatArray, gain: float, parameters: Sequence[Parameter], *, system_attrs: Any = None
) -> FrozenTrial:
    """A complete trial at a point of a pool."""
    params = decode(point, parameters)
    kinds: dict[str, BaseDistribution] = {
        one.name: CategoricalDistribution(range(one.n_categories))
        if one.n_categories
        else FloatDistribution(0.0, 1.0)
        for one in parameters
        if one.name in params
    }
    return create_trial(params=params, distributions=kinds, value=gain, system_attrs=system_attrs or {})
