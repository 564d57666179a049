"""Search: the trials of a study as plain values, with who chose each of them and the best so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from autometa.dataset import FloatArray
from autometa.errors import InvalidDatasetError
from autometa.history import Direction
from autometa.report.learner_kinds import title_of
from autometa.report.words import configuration_text

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

_NOBODY: Mapping[str, float] = MappingProxyType({})
UNMARKED = "other"  # the origin of trials that no warm sampler chose


@dataclass(frozen=True, slots=True)
class SearchTrial:
    """One trial.

    Attributes:
        number: in the study.
        value: of the objective; None where there is none (failed, pruned, running).
        state: "complete", "pruned", "fail", "running" or "waiting".
        origin: who chose it, in the words of `autometa.samplers.explanation.Origin`.
        transfer_share: how much of the choice rested on past studies, in [0, 1].
        sources: shares of the past studies that weighed most.
        params: as text.
    """

    number: int
    value: float | None
    state: str
    origin: str = UNMARKED
    transfer_share: float = 0.0
    sources: Mapping[str, float] = field(default_factory=lambda: _NOBODY)
    params: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A study of one objective.

    Attributes:
        name: of the study.
        metric: what the objective is called.
        direction: of it.
        trials: by number.
    """

    name: str
    metric: str
    direction: Direction
    trials: tuple[SearchTrial, ...]

    @property
    def is_explained(self) -> bool:
        """True if a warm sampler wrote down who chose the trials."""
        return any(trial.origin != UNMARKED for trial in self.trials)

    def incumbents(self) -> FloatArray:
        """(trials,) the best value up to each trial; NaN before the first one."""
        worst, best_of = (-np.inf, np.fmax) if self.direction == "maximize" else (np.inf, np.fmin)
        values = np.array([np.nan if trial.value is None else trial.value for trial in self.trials])
        so_far: FloatArray = best_of.accumulate(np.where(np.isnan(values), worst, values))
        return np.where(np.isfinite(so_far), so_far, np.nan)

    def best(self) -> SearchTrial | None:
        """The first trial with the best value; None where no trial has one."""
        incumbents = self.incumbents()
        if not len(incumbents) or np.isnan(incumbents[-1]):
            return None
        return next(trial for trial in self.trials if trial.value == incumbents[-1])

    def trials_to_reach(self, value: float) -> int | None:
        """How many trials it took to be at least as good; None if it never was."""
        incumbents = self.incumbents()
        reached = incumbents >= value if self.direction == "maximize" else incumbents <= value
        return int(reached.argmax()) + 1 if reached.any() else None


def search_from_optuna(study: "optuna.Study") -> Search:
    """The study as plain values.

    Args:
        study: of one objective.

    Raises:
        InvalidDatasetError: it has several objectives, or no trial.
    """
    from autometa.optuna_studies import METRIC
    from autometa.samplers.explanation import Notes

    if len(study.directions) > 1:
        raise InvalidDatasetError(
            f"study {study.study_name!r} has {len(study.directions)} objectives; reports show studies of one"
        )
    trials = study.get_trials(deepcopy=False)
    if not trials:
        raise InvalidDatasetError(f"study {study.study_name!r} has no trial yet; run it first")
    explained = {one.number: one for one in Notes().explanations(study)}
    direction: Direction = "maximize" if study.direction.name == "MAXIMIZE" else "minimize"
    return Search(
        name=study.study_name,
        metric=(study.metric_names or [study.user_attrs.get(METRIC, "objective")])[0],
        direction=direction,
        trials=tuple(
            SearchTrial(
                number=trial.number,
                value=_value(trial),
                state=trial.state.name.lower(),
                origin=str(explained[trial.number].origin),
                transfer_share=explained[trial.number].transfer_share,
                sources=explained[trial.number].sources,
                params=_params(trial),
            )
            for trial in trials
        ),
    )


def _value(trial: "FrozenTrial") -> float | None:
    """The value of a complete trial that is finite and breaks no constraint."""
    from autometa.optuna_studies import violation

    if trial.state.name != "COMPLETE" or trial.value is None or not np.isfinite(trial.value):
        return None
    return None if violation(trial) else float(trial.value)


def _params(trial: "FrozenTrial") -> str:
    """The configuration as text; that of a search over several learners begins with the learner's title."""
    from autometa.optuna_spaces import fold_switches
    from autometa.tuning.joint_space import LEARNER, split

    params = fold_switches(trial.params)
    if LEARNER not in params:
        return configuration_text(params)
    learner, own = split(params)
    return f"{title_of(learner)}: {configuration_text(own)}"
