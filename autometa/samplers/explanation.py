"""Why a trial has the parameters it has: kept among the study's user attributes, one short entry a trial.

An entry stands under "autometa:NUMBER" and is written by the process that suggested the trial, so that
parallel workers never write the same key. "autometa:handed_over" is the first trial from which on the base
sampler decided alone; those after it have no entries of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import optuna
from optuna.trial import FrozenTrial

PREFIX = "autometa:"
HANDED_OVER = f"{PREFIX}handed_over"
MAX_SOURCES_NAMED = 5
_NOBODY: Mapping[str, float] = MappingProxyType({})


class Origin(StrEnum):
    """Who chose a trial's parameters."""

    PORTFOLIO = "portfolio"
    TRANSFER = "transfer"
    PROBE = "probe"
    BASE = "base"
    ENQUEUED = "enqueued"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a trial comes from.

    Attributes:
        number: of the trial.
        origin: "portfolio" before any score was known, "transfer" from past studies and own trials together,
            "probe" far from what was tried, to see whether past studies are of use, "base" from the base
            sampler, "enqueued" by the user, "other" from before the sampler was there.
        sources: the past studies that weighed most, with their shares.
        transfer_share: how much of the choice rested on past studies, from 0 to 1.
    """

    number: int
    origin: Origin
    sources: Mapping[str, float] = field(default_factory=lambda: _NOBODY)
    transfer_share: float = 0.0

    def to_attribute(self) -> dict[str, Any]:
        """JSON values; `from_attribute` gives the same explanation back."""
        shares = {name: round(share, 4) for name, share in self.sources.items()}
        return {"origin": self.origin.value, "sources": shares, "share": round(self.transfer_share, 4)}

    @classmethod
    def from_attribute(cls, number: int, attribute: Mapping[str, Any]) -> "Explanation":
        """The explanation that `to_attribute` wrote.

        Args:
            number: of the trial.
            attribute: as written.
        """
        return cls(number, Origin(attribute["origin"]), dict(attribute["sources"]), attribute["share"])


def largest(shares: Mapping[str, float]) -> dict[str, float]:
    """The sources that weigh most, the first one most; none without weight."""
    ranked = sorted(shares.items(), key=lambda item: -item[1])[:MAX_SOURCES_NAMED]
    return {name: share for name, share in ranked if share > 0}


class Notes:
    """Keeps explanations with the studies that they are of."""

    def __init__(self) -> None:
        self._unwritten: dict[str, dict[int, Explanation]] = {}
        self._handed_over: set[str] = set()

    def add(self, study: optuna.Study, explanation: Explanation) -> None:
        """Write an explanation; only remember it where Hyperband hides the study's attributes.

        Args:
            study: that the trial is of.
            explanation: of one trial.
        """
        if hasattr(study, "set_user_attr"):
            study.set_user_attr(f"{PREFIX}{explanation.number}", explanation.to_attribute())
        else:
            self._unwritten.setdefault(study.study_name, {})[explanation.number] = explanation

    def hand_over(self, study: optuna.Study, number: int) -> None:
        """Write once that the base sampler decides alone from this trial on.

        Args:
            study: that is handed over.
            number: of its first trial that is the base's.
        """
        if study.study_name in self._handed_over:
            return
        self._handed_over.add(study.study_name)
        if hasattr(study, "user_attrs") and HANDED_OVER not in study.user_attrs:
            study.set_user_attr(HANDED_OVER, number)

    def has_handed_over(self, study: optuna.Study) -> bool:
        """True if `hand_over` was called for the study."""
        return study.study_name in self._handed_over

    def explanations(self, study: optuna.Study) -> list[Explanation]:
        """One explanation a trial, in order.

        Args:
            study: of any number of objectives.
        """
        attributes = study.user_attrs
        remembered = self._unwritten.get(study.study_name, {})
        trials = study.get_trials(deepcopy=False)
        return [_explanation(trial, attributes, remembered) for trial in trials]


def _explanation(
    trial: FrozenTrial,
    attributes: Mapping[str, Any],
    remembered: Mapping[int, Explanation],
) -> Explanation:
    fixed = trial.system_attrs.get("fixed_params", {})
    if fixed and trial.params.keys() <= fixed.keys():
        return Explanation(trial.number, Origin.ENQUEUED)
    key = f"{PREFIX}{trial.number}"
    if key in attributes:
        return Explanation.from_attribute(trial.number, attributes[key])
    if trial.number in remembered:
        return remembered[trial.number]
    handed_over = attributes.get(HANDED_OVER)
    is_base = handed_over is not None and trial.number >= handed_over
    return Explanation(trial.number, Origin.BASE if is_base else Origin.OTHER)
