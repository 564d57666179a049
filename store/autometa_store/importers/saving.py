"""Saving what importers give: one transaction an item, its cursor in the same transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from autometa.errors import DuplicateStudyError
from autometa.history import TrialStatus
from autometa_store.import_progress import ImportProgress
from autometa_store.importers.base import Cursor, CursorOf, ImportedStudies, Importer, Item, LeftOut
from autometa_store.trial_store import TrialStore


@dataclass(frozen=True, slots=True)
class SavedItem:
    """What became of the trials of an item.

    Attributes:
        item: what was saved.
        n_new: trials that were not stored before.
        n_known: trials that were.
        n_removed: stored trials that the source has no more.
    """

    item: ImportedStudies
    n_new: int
    n_known: int
    n_removed: int = 0


@dataclass(slots=True)
class ImportTally:
    """Counts that add up: items seen = new + known + unchanged + skipped, trials read = new + known.

    Attributes:
        n_new: items with at least one new trial.
        n_known: items that were read and had none.
        n_unchanged: items that were not read again.
        skipped: items that cannot be used.
        n_trials: trials that were not stored before.
        n_known_trials: trials that were.
        n_removed_trials: stored ones that their source has no more.
        n_by_status: trials read, by how they ended.
    """

    n_new: int = 0
    n_known: int = 0
    n_unchanged: int = 0
    skipped: list[LeftOut] = field(default_factory=list)
    n_trials: int = 0
    n_known_trials: int = 0
    n_removed_trials: int = 0
    n_by_status: dict[TrialStatus, int] = field(default_factory=dict)

    @property
    def n_seen(self) -> int:
        """Items that the importer spoke of."""
        return self.n_new + self.n_known + self.n_unchanged + len(self.skipped)

    def add(self, outcome: SavedItem | LeftOut) -> None:
        """Count an item."""
        if isinstance(outcome, LeftOut):
            self.n_unchanged += outcome.why == "unchanged"
            self.skipped += [outcome] if outcome.why == "unusable" else []
            return
        self.n_new += outcome.n_new > 0
        self.n_known += outcome.n_new == 0
        self.n_trials += outcome.n_new
        self.n_known_trials += outcome.n_known
        self.n_removed_trials += outcome.n_removed
        for study in outcome.item.studies:
            for trial in study.trials:
                self.n_by_status[trial.status] = self.n_by_status.get(trial.status, 0) + 1


def stored_cursors(store: TrialStore) -> CursorOf:
    """What the store remembers of sources."""

    def cursor_of(source: str) -> Cursor | None:
        progress = store.progress(source)
        return None if progress is None else progress.cursor

    return cursor_of


def save_all(store: TrialStore, importer: Importer) -> Iterator[SavedItem | LeftOut]:
    """Every item of the importer, as soon as it is stored.

    An interrupted run has stored all items that came out, and the next one goes on after them.

    Args:
        store: open for writing.
        importer: read one item at a time, outside of any transaction.
    """
    for item in importer.items(stored_cursors(store)):
        yield save_item(store, item)


def save_item(store: TrialStore, item: Item) -> SavedItem | LeftOut:
    """Store an item and its cursor in one transaction; one whose scores contradict the store is left out.

    Raises:
        StoreError: the store cannot be written, or the item's data sets contradict it.
    """
    if isinstance(item, LeftOut):
        return item
    try:
        with store.transaction():
            return _stored(store, item)
    except DuplicateStudyError as error:
        return LeftOut(item.source, item.title, "unusable", str(error))


def _stored(store: TrialStore, item: ImportedStudies) -> SavedItem:
    for info in item.datasets:
        store.add_dataset(info)
    for dataset_id, meta_features in item.meta_features:
        store.add_meta_features(dataset_id, meta_features)
    if item.is_whole:
        n_before, n_after = store.replace_studies(item.source, item.studies)
        n_new, n_removed = max(n_after - n_before, 0), max(n_before - n_after, 0)
    else:
        n_new, n_removed = sum(store.add_study(study) for study in item.studies), 0
    store.add_progress(ImportProgress(item.source, item.cursor, "done" if item.is_last else "running"))
    n_read = sum(len(study.trials) for study in item.studies)
    return SavedItem(item, n_new, n_read - n_new, n_removed)
