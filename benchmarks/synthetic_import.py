"""A synthetic import, page by page, whose every row is known: what is killed, interrupted and measured."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial
from autometa.metafeatures.base import MetaFeatures
from autometa.search_space import Choice, FloatRange, SearchSpace
from autometa.warmstart.sources import DatasetInfo
from autometa_store.import_progress import ImportProgress
from autometa_store.trial_store import TrialStore

SPACE = SearchSpace(
    "svm/classification", 1, (FloatRange("C", 1e-3, 1e9, log=True), Choice("kernel", ("rbf", "poly")))
)
SOURCE = "synthetic"
PAGE_SIZE = 50
N_DATASETS = 7


def import_pages(url: str, notes: Path, *, n_pages: int = 1_000_000, source: str = SOURCE) -> None:
    """Go on with an import, up to a number of pages, one transaction each.

    Args:
        url: of the store.
        notes: file that gets the number of each page when it is begun.
        n_pages: where to end.
        source: of cursor and studies.
    """
    with TrialStore.open(url) as store, notes.open("ab", buffering=0) as file:
        for number in range(next_page(store, source), n_pages):
            file.write(b"%d\n" % number)
            with store.transaction():
                _add_page(store, number, source)
                store.add_progress(ImportProgress(source, {"page": number + 1}))


def next_page(store: TrialStore, source: str = SOURCE) -> int:
    """How many pages the store's cursor says are done."""
    progress = store.progress(source)
    return int(str(progress.cursor["page"])) if progress else 0


def committed_pages(url: str) -> int | None:
    """The pages that the store's cursor says, if the rows agree and nothing is damaged; else None."""
    with TrialStore.open(url, mode="read") as store:
        n_pages = next_page(store)
        counts = store.counts()
        is_right = counts["trials"] == counts["configurations"] == n_pages * PAGE_SIZE
        return n_pages if is_right and not store.find_damage() else None


def page_trials(number: int) -> Iterator[PriorTrial]:
    """The trials of a page, different from those of every other."""
    for index in range(number * PAGE_SIZE, (number + 1) * PAGE_SIZE):
        params = {"C": 0.5 + index, "kernel": "rbf" if index % 2 else "poly"}
        yield PriorTrial(params, 1 / (2 + index), seed=index, fold_scores=(0.25, index), fit_seconds=0.5)


def _add_page(store: TrialStore, number: int, source: str) -> None:
    name = f"d{number % N_DATASETS}"
    store.add_dataset(DatasetInfo(name, name, name, TaskType.CLASSIFICATION, 150, 4, 3, source))
    store.add_meta_features(name, MetaFeatures("core", 1, ("rank",), np.array([float(number % N_DATASETS)])))
    trials = tuple(page_trials(number))
    store.add_study(PriorStudy(name, SPACE, "balanced_accuracy", "maximize", trials, source))
