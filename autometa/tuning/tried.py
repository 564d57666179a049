"""tried_configurations: the trials of a search on a table, as plain values."""

from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from autometa.history import TrialStatus
from autometa.optuna_spaces import fold_switches
from autometa.samplers.explanation import Notes, Origin
from autometa.search_space import Configuration
from autometa.tuning.joint_space import LEARNER, split
from autometa.tuning.objective import SCORES, SECONDS, STATUS
from autometa.tuning.search import FINISHED

CUT_OFF = "cut_off"  # ended from outside: it says nothing about the configuration


@dataclass(frozen=True, slots=True)
class TriedConfiguration:
    """One trial of a search.

    Attributes:
        number: in the study.
        origin: "recommended" before anything was observed; then the sampler's own word, such as "transfer" by
            past studies and own trials together, "probe" far from all of them, or "base" by the base sampler.
        learner: its name.
        params: its configuration.
        status: as in a store, or "cut_off".
        score: cross-validated; None unless complete.
        n_folds: that were fitted.
        fit_seconds: CPU seconds of one fit, mean over those folds; None if there was none.
    """

    number: int
    origin: str
    learner: str
    params: Configuration
    status: str
    score: float | None
    n_folds: int
    fit_seconds: float | None


def tried_configurations(study: optuna.Study) -> list[TriedConfiguration]:
    """The finished trials, in order.

    Args:
        study: of a search on a table.
    """
    origins = {one.number: one.origin for one in Notes().explanations(study)}
    finished = study.get_trials(deepcopy=False, states=FINISHED)
    return [_tried(trial, origins[trial.number]) for trial in finished if LEARNER in trial.params]


def _tried(trial: FrozenTrial, origin: Origin) -> TriedConfiguration:
    learner, params = split(fold_switches(trial.params))
    names = {Origin.ENQUEUED: "recommended", Origin.PORTFOLIO: "recommended", Origin.OTHER: "base"}
    scores: dict[str, Any] = trial.user_attrs.get(SCORES, {})
    return TriedConfiguration(
        number=trial.number,
        origin=names.get(origin, str(origin)),
        learner=learner,
        params=params,
        status=_status(trial),
        score=trial.value if trial.state is TrialState.COMPLETE else None,
        n_folds=max((len(values) for values in scores.values()), default=0),
        fit_seconds=trial.user_attrs.get(SECONDS),
    )


def _status(trial: FrozenTrial) -> str:
    if trial.state is TrialState.COMPLETE:
        return str(TrialStatus.COMPLETE)
    if trial.state is TrialState.PRUNED:
        return str(TrialStatus.PRUNED)
    return str(trial.user_attrs.get(STATUS, CUT_OFF))
