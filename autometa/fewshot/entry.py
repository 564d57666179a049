"""One entry of the catalogue of few-shot learners."""

from dataclasses import dataclass
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
    """

    name: str
    paper: str
    family: Literal["metric", "gradient", "memory"]
    learner: str
    needs: str

    def learner_type(self) -> "type[FewShotLearner]":
        """The class, loaded."""
        module, _, name = self.learner.partition(":")
        loaded: type[FewShotLearner] = getattr(import_module(module), name)
        return loaded
