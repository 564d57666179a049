"""FoldPruner: ends a cross-validated trial when its remaining folds cannot make it the best any more.

Shapes: k folds measured, K folds in all, t finished trials.
"""

import math

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from scipy.special import ndtri

from autometa.dataset import FloatArray

N_STARTUP = 5
RISK = 0.01


class FoldPruner(BasePruner):
    """Compares a trial with the best one on the same folds, and counts on what is still to come.

    Trials report the running mean over folds 1 to k at step k, the same folds in the same order. With paired
    differences d_i to the best trial, the final difference lies around the one so far with variance
    s^2 (1/k - 1/K), as for a sample from a finite population (Cochran 1977, "Sampling Techniques", equation
    2.8). A trial ends when a final difference in its favour is less likely than `risk`. The idea is that of
    racing (Maron & Moore 1994, "Hoeffding races"); s^2 is pooled over the finished trials, so that two folds
    suffice where a spread of their own would be unknown.

    A pruner that compares running means with a median of other trials would end half of all trials here,
    many of them for an unlucky first fold: a warm start begins among good configurations.

    Args:
        n_folds: K.
        n_startup: finished trials before the first one may be ended.
        risk: largest chance, under normal differences, of ending what would have become the best.
    """

    def __init__(self, n_folds: int, *, n_startup: int = N_STARTUP, risk: float = RISK):
        self._n_folds = n_folds
        self._n_startup = max(n_startup, 2)
        self._quantile = float(ndtri(1.0 - risk))

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """True if the trial should end. See the base class."""
        scores = fold_scores(trial)
        k = len(scores)
        if k == 0 or k >= self._n_folds:
            return False
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        known = [fold_scores(one) for one in finished if len(one.intermediate_values) == self._n_folds]
        if len(known) < self._n_startup:
            return False
        sign = 1.0 if study.direction == StudyDirection.MAXIMIZE else -1.0
        return self._is_hopeless(sign * np.stack(known), sign * scores)

    def _is_hopeless(self, finished: FloatArray, scores: FloatArray) -> bool:
        """Whether (k,) gains can no longer lead to the best of (t, K) finished ones."""
        best = int(np.argmax(finished.mean(axis=1)))
        differences = np.delete(finished[best] - finished, best, axis=0)  # (t - 1, K)
        spread = math.sqrt(float(differences.var(axis=1, ddof=1).mean()))
        k = len(scores)
        behind = float((finished[best, :k] - scores).mean())
        return behind > self._quantile * spread * math.sqrt(1.0 / k - 1.0 / self._n_folds)


def fold_scores(trial: FrozenTrial) -> FloatArray:
    """(k,) scores of the folds behind a trial's running means.

    Args:
        trial: with intermediate values at steps 1 to k.
    """
    means = np.array([trial.intermediate_values[step] for step in sorted(trial.intermediate_values)])
    sums = means * np.arange(1, len(means) + 1)
    return np.diff(sums, prepend=0.0)
