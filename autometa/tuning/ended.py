"""What is left when a search has ended: its complete trials, or why there are none; also after Ctrl-C."""

import optuna
from optuna.trial import FrozenTrial, TrialState

REASON = "reason"  # user attribute of a failed trial: what the library said


class Remembered:
    """A callback that keeps the study, so that Ctrl-C does not lose it."""

    study: optuna.Study | None = None

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Keep it."""
        self.study = study


def complete_trials(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that have a score."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def why_nothing(study: optuna.Study | None, *, advice: str) -> str:
    """One sentence for a search without a score, with the last reason that a trial gave.

    Args:
        study: that came to nothing; None if it never began.
        advice: what to try.
    """
    trials = [] if study is None else study.get_trials(deepcopy=False)
    reasons = [one.user_attrs[REASON] for one in trials if one.user_attrs.get(REASON)]
    last = f" (the last one: {' '.join(reasons[-1].split())})" if reasons else ""
    return f"none of {len(trials)} trials has a score{last}; {advice}"
