"""One entry of the catalogue of few-shot learners."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from autometa.fewshot.learner import FewShotLearner


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What there is to know of a learner before it is loaded.

    Attributes:
        name: as in `--learner`.
        paper: authors, year, title.
        family: metric, gradient or memory.
        learner: "module:Class".
        needs: what it asks of data or training, in a few words, e.g. "fixed way".
        reported: the paper's accuracies in percent, by data, way and shot: {"omniglot 5-way 1-shot": 98.8}.
    """

    name: str
    paper: str
    family: Literal["metric", "gradient", "memory"]
    learner: str
    needs: str
    reported: Mapping[str, float] = field(default_factory=dict)

    def learner_type(self) -> "type[FewShotLearner]":
        """The class, loaded."""
        module, _, name = self.learner.partition(":")
        loaded: type[FewShotLearner] = getattr(import_module(module), name)
        return loaded
