"""What every importer gives: an iterator of plain data about one item after the other, never a write.

An item is what is stored in one transaction: a study of a storage, a data set of a table, a page of a server.
Its source is a name under which `store` knows its trials and the cursor that says how far they were read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

from autometa.errors import ImporterError
from autometa.history import PriorStudy
from autometa.metafeatures.base import MetaFeatures
from autometa.warmstart.sources import DatasetInfo

Cursor = Mapping[str, object]
CursorOf = Callable[[str], Cursor | None]
"""A source's name gives the cursor that was stored with its last item; None if there is none yet."""

_NO_CURSOR: Cursor = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class ImportedStudies:
    """What is known of one item; stored as a whole, or not at all.

    Attributes:
        source: as in `PriorStudy.source` of every study, e.g. "optuna:sqlite:////data/x.db#tune".
        title: of the item, for people.
        datasets: that the studies are about; none for those that the store knows already.
        meta_features: by data set's id, whatever packs are known.
        studies: of this source only.
        cursor: what the importer wants to be told the next time; JSON values only. One that names a stored
            data set under "dataset_id" is dropped when that data set is forgotten.
        is_whole: True if the studies are all that the source has, so that they take the place of what is
            stored of it; False if they go beside it.
        is_last: False if the source has further items.
        notes: sentences about what was chosen for the user.
    """

    source: str
    title: str
    datasets: tuple[DatasetInfo, ...]
    meta_features: tuple[tuple[str, MetaFeatures], ...]
    studies: tuple[PriorStudy, ...]
    cursor: Cursor = field(default_factory=lambda: _NO_CURSOR)
    is_whole: bool = True
    is_last: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that all studies are the source's."""
        for study in self.studies:
            if study.source != self.source:
                raise ImporterError(
                    f"{self.title}: a study is of the source {study.source!r}, its item of {self.source!r}; "
                    "give both one name"
                )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that is not read, and why.

    Attributes:
        source: as in `ImportedStudies`.
        title: of the item, for people.
        why: "unchanged" since it was stored, or "unusable".
        reason: one sentence.
    """

    source: str
    title: str
    why: Literal["unchanged", "unusable"]
    reason: str


Item = ImportedStudies | LeftOut


class Importer(Protocol):
    """A foreign place with past experience."""

    def items(self, cursor_of: CursorOf) -> Iterator[Item]:
        """All items of the place, one at a time; what is stored and unchanged is left out.

        Args:
            cursor_of: what the store remembers of a source.

        Raises:
            ImporterError: the place cannot be read (any more).
        """
        ...


def nothing_stored(source: str) -> Cursor | None:
    """The cursors of a store that does not exist."""
    return None
