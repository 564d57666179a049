"""tried_parameters: the trials of a search over a few-shot learner, as plain values."""

from dataclasses import dataclass

import optuna
from optuna.trial import FrozenTrial, TrialState

from autometa.optuna_spaces import fold_switches
from autometa.samplers.explanation import Notes, Origin
from autometa.search_space import Configuration
from autometa.tuning.ended import REASON
from autometa.tuning.search import FINISHED

INTERVAL = "ci95"  # user attribute of a trial
ORIGINS = {Origin.ENQUEUED: "default", Origin.OTHER: "base"}  # the others have the sampler's own names


@dataclass(frozen=True, slots=True)
class TriedParameters:
    """One trial of a search over a few-shot learner.

    Attributes:
        number: in the study.
        origin: "default" settings of the learner; or the sampler's word for who chose it, such as "portfolio"
            of past studies, "transfer" by past and own trials together, "probe" far from both, or "base" by
            the base sampler.
        params: its configuration.
        status: "complete", "failed", or "cut_off" by the end of the search.
        score: mean over the validation episodes; None unless complete.
        ci95: half the width of its 95 % interval; None likewise.
        seconds: wall time.
        reason: why it failed; empty if it did not.
    """

    number: int
    origin: str
    params: Configuration
    status: str
    score: float | None
    ci95: float | None
    seconds: float | None
    reason: str


def tried_parameters(study: optuna.Study) -> list[TriedParameters]:
    """The finished trials, in order.

    Args:
        study: of a search over a few-shot learner.
    """
    origins = {one.number: one.origin for one in Notes().explanations(study)}
    return [_tried(one, origins[one.number]) for one in study.get_trials(deepcopy=False, states=FINISHED)]


def _tried(trial: FrozenTrial, origin: Origin) -> TriedParameters:
    is_complete = trial.state is TrialState.COMPLETE
    reason = str(trial.user_attrs.get(REASON, ""))
    return TriedParameters(
        number=trial.number,
        origin=ORIGINS.get(origin, str(origin)),
        params=fold_switches(trial.params),
        status="complete" if is_complete else "failed" if reason else "cut_off",
        score=trial.value if is_complete else None,
        ci95=trial.user_attrs.get(INTERVAL),
        seconds=trial.duration.total_seconds() if trial.duration is not None else None,
        reason=reason,
    )
