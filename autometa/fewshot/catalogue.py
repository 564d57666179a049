"""The catalogue: every few-shot learner here, with its paper and what it needs."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch

from autometa.errors import UnknownNameError
from autometa.fewshot.entry import CatalogueEntry
from autometa.fewshot.episodes import EpisodeShape
from autometa.fewshot.gradient.catalogue import GRADIENT_LEARNERS
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.memory.catalogue import MEMORY_LEARNERS
from autometa.fewshot.metric.catalogue import METRIC_LEARNERS

LEARNERS: tuple[CatalogueEntry, ...] = METRIC_LEARNERS + GRADIENT_LEARNERS + MEMORY_LEARNERS


def entry(name: str) -> CatalogueEntry:
    """The learner of this name.

    Raises:
        UnknownNameError: there is none.
    """
    by_name = {member.name: member for member in LEARNERS}
    if name not in by_name:
        raise UnknownNameError.of("few-shot learner", name, list(by_name))
    return by_name[name]


def build(
    name: str, shape: EpisodeShape, *, seed: int = 0, settings: Mapping[str, Any] | None = None
) -> FewShotLearner:
    """A fresh learner, its weights drawn from the seed; torch's global generator is left as it was.

    Args:
        name: of the catalogue.
        shape: of the episodes.
        seed: of the initial weights.
        settings: what departs from the learner's defaults, by (dotted) field name.

    Raises:
        UnknownNameError: no such learner or field.
    """
    learner_type = entry(name).learner_type()
    chosen = changed(learner_type.settings_type(), settings or {})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return learner_type.build(shape, chosen)


def changed(settings: Any, changes: Mapping[str, Any]) -> Any:
    """The settings with these changes; keys may be dotted, `{"backbone.n_filters": 32}`, or values nested.

    Raises:
        UnknownNameError: no such field.
    """
    for key, value in changes.items():
        first, _, rest = key.partition(".")
        names = [field.name for field in fields(settings)]
        if first not in names:
            raise UnknownNameError.of("setting", first, names)
        current = getattr(settings, first)
        if rest:
            value = changed(current, {rest: value})
        elif is_dataclass(current) and isinstance(value, Mapping):
            value = changed(current, value)
        settings = replace(settings, **{first: value})
    return settings
