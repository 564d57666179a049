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
    BASE = "base"
    ENQUEUED = "enqueued"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a trial comes from.

    Attributes:
        number: of the trial.
        origin: "portfolio" before any score was known, "transfer" from past studies and own trials together,
            "base" from the base sampler, "enqueued" by the user, "other" from before the sampler was there.
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


def explanations(study: optuna.Study, remembered: Mapping[int, Explanation]) -> list[Explanation]:
    """One explanation a trial, in order.

    Args:
        study: of any number of objectives.
        remembered: by number, where the study could not be written to.
    """
    attributes = study.user_attrs
    handed_over = attributes.get(HANDED_OVER)
    return [
        _explanation(trial, attributes, remembered, handed_over) for trial in study.get_trials(deepcopy=False)
    ]


def _explanation(
    trial: FrozenTrial,
    attributes: Mapping[str, Any],
    remembered: Mapping[int, Explanation],
    handed_over: int | None,
) -> Explanation:
    fixed = trial.system_attrs.get("fixed_params", {})
    if fixed and trial.params.keys() <= fixed.keys():
        return Explanation(trial.number, Origin.ENQUEUED)
    key = f"{PREFIX}{trial.number}"
    if key in attributes:
        return Explanation.from_attribute(trial.number, attributes[key])
    if trial.number in remembered:
        return remembered[trial.number]
    is_base = handed_over is not None and trial.number >= handed_over
    return Explanation(trial.number, Origin.BASE if is_base else Origin.OTHER)
