"""FoldObjective: the cross-validated score of a learner's configuration, reported to Optuna fold by fold."""

from contextlib import closing
from statistics import fmean

import optuna

from autometa.evaluation.job import Attempt
from autometa.optuna_spaces import suggest_configuration
from autometa.search_space import SearchSpace
from autometa.tuning.ended import REASON
from autometa.tuning.folds import FitFailedError, FoldServers
from autometa.tuning.joint_space import split

SCORES, SECONDS, STATUS = "scores", "fit_seconds", "status"  # user attributes of a trial


class FoldObjective:
    """An objective for Optuna: the mean of the metric over the folds; `FoldPruner` may end it earlier.

    A trial keeps the scores of its folds and the mean CPU seconds of a fit among its user attributes; one
    that failed, its status and the reason.

    Args:
        servers: fit.
        search_space: the joint one.
        metric: to return.
    """

    def __init__(self, servers: FoldServers, search_space: SearchSpace, *, metric: str):
        self._servers = servers
        self._search_space = search_space
        self._metric = metric

    def __call__(self, trial: optuna.Trial) -> float:
        """The mean over all folds.

        Raises:
            TrialPruned: the remaining folds cannot make it the best.
            FitFailedError: a fold could not be fitted.
            SearchEndedError: the search was ended meanwhile.
        """
        attempt = Attempt(*split(suggest_configuration(trial, self._search_space)))
        scores: dict[str, list[float]] = {}
        seconds: list[float] = []
        try:
            with closing(self._servers.folds(attempt)) as folds:
                for step, fold in enumerate(folds, start=1):
                    for name, value in fold.scores.items():
                        scores.setdefault(name, []).append(value)
                    seconds.append(fold.seconds)
                    trial.report(fmean(scores[self._metric]), step)
                    if step < self._servers.n_folds and trial.should_prune():
                        raise optuna.TrialPruned
        except FitFailedError as error:
            trial.set_user_attr(STATUS, str(error.status))
            trial.set_user_attr(REASON, error.reason)
            raise
        finally:
            if seconds:
                trial.set_user_attr(SCORES, scores)
                trial.set_user_attr(SECONDS, fmean(seconds))
        return fmean(scores[self._metric])
