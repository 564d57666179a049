"""The catalogue: every few-shot learner here, with its paper and what it needs."""

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

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

    Args:
        settings: a frozen dataclass.
        changes: field name → value; lists stand for tuples, as in JSON.

    Raises:
        UnknownNameError: no such field, or not a value that it can have.
    """
    hints = get_type_hints(type(settings))
    for key, value in changes.items():
        first, _, rest = key.partition(".")
        if first not in hints:
            raise UnknownNameError.of("setting", first, list(hints))
        current = getattr(settings, first)
        if rest or (is_dataclass(current) and isinstance(value, Mapping)):
            value = changed(current, {rest: value} if rest else value)
        settings = replace(settings, **{first: _fitting(first, value, hints[first])})
    return settings


def _fitting(name: str, value: Any, hint: Any) -> Any:
    """The value if a field of this type can have it; whole numbers for floats and lists for tuples, too.

    Raises:
        UnknownNameError: it cannot.
    """
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for option in options:
        origin = get_origin(option) or option
        if origin is Literal and value in get_args(option):
            return value
        if origin is tuple and isinstance(value, list | tuple):
            return tuple(value)
        if origin is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if origin is int and isinstance(value, bool):
            continue
        if isinstance(origin, type) and isinstance(value, origin):
            return value
    if any(get_origin(option) is Literal for option in options):
        allowed = [str(choice) for option in options for choice in get_args(option)]
        raise UnknownNameError.of(f"value of {name}", str(value), allowed)
    raise UnknownNameError(f"{name} cannot be {value!r}; it wants {getattr(hint, '__name__', hint)}")
