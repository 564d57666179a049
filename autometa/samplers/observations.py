"""What a study's own trials say: configurations with gains, and configurations that are still running.

Shapes: n observed trials.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from autometa.dataset import FloatArray
from autometa.optuna_spaces import fold_switches
from autometa.optuna_studies import violation
from autometa.search_space import Configuration

MAX_OBSERVED = 100  # that enter the posterior: of more, the best half and the latest half


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """A study's own evidence.

    Attributes:
        numbers: (n,) of the trials.
        configurations: (n,) with active parameters only.
        gains: (n,) finite, larger is better, whatever the study's direction.
        pending: configurations of running trials by number, as far as they are known.
        n_finished: trials that are over, with or without a score.
    """

    numbers: tuple[int, ...]
    configurations: tuple[Configuration, ...]
    gains: FloatArray
    pending: Mapping[int, Configuration]
    n_finished: int


def observe(trials: Sequence[FrozenTrial], direction: StudyDirection, *, apart_from: int) -> Observations:
    """The evidence in a study's trials.

    As TPE ranks them: complete trials before pruned ones, which count by their last intermediate value but
    never as better than the worst complete one; then those that break a constraint, which count as the worst
    seen, or by how much they break it while none is feasible. Failed trials, which TPE ignores, count as the
    worst seen too (as in auto-sklearn), and so does an infinite loss. Without a single score there are no
    observations.

    Args:
        trials: of the study, by number.
        direction: of the objective; this is the only place where it matters.
        apart_from: number of the trial that is about to be suggested.
    """
    sign = 1.0 if direction == StudyDirection.MAXIMIZE else -1.0
    others = [trial for trial in trials if trial.number != apart_from]
    finished = [trial for trial in others if trial.state.is_finished()]
    tried = [trial for trial in finished if trial.params]
    gains = _gains(tried, sign)
    kept = _informative(gains)
    return Observations(
        numbers=tuple(tried[index].number for index in kept),
        configurations=tuple(fold_switches(tried[index].params) for index in kept),
        gains=gains[kept] if len(gains) else gains,
        pending={t.number: fold_switches(t.params) for t in others if t.state == TrialState.RUNNING},
        n_finished=len(finished),
    )


def _gains(tried: Sequence[FrozenTrial], sign: float) -> FloatArray:
    """(n,) finite gains; empty if no trial has a score."""
    complete = np.array([_complete_gain(trial, sign) for trial in tried])
    pruned = np.array([_pruned_gain(trial, sign) for trial in tried])
    if np.isfinite(complete).any():
        pruned = np.minimum(pruned, complete[np.isfinite(complete)].min())
    gains = np.where(np.isnan(complete), pruned, complete)
    if not np.isfinite(gains).any():
        gains = np.array([-violation(trial) or math.nan for trial in tried])
    finite = gains[np.isfinite(gains)]
    if not len(finite):
        return np.zeros(0)
    return np.nan_to_num(gains, nan=finite.min(), neginf=finite.min(), posinf=finite.max())


def _complete_gain(trial: FrozenTrial, sign: float) -> float:
    if trial.state != TrialState.COMPLETE or trial.value is None or violation(trial):
        return math.nan
    return sign * trial.value


def _pruned_gain(trial: FrozenTrial, sign: float) -> float:
    if trial.state != TrialState.PRUNED or not trial.intermediate_values or violation(trial):
        return math.nan
    return sign * trial.intermediate_values[max(trial.intermediate_values)]


def _informative(gains: FloatArray) -> list[int]:
    """Positions of at most `MAX_OBSERVED` gains, in order."""
    if len(gains) <= MAX_OBSERVED:
        return list(range(len(gains)))
    latest = range(len(gains) - MAX_OBSERVED // 2, len(gains))
    ranked = np.argsort(-gains, kind="stable").tolist()
    best = [index for index in ranked if index not in latest][: MAX_OBSERVED - len(latest)]
    return sorted([*best, *latest])
