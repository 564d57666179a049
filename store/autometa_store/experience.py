"""open_experience: all that is known on this machine, i.e. the user's own store and the shipped knowledge."""

import os
from typing import TYPE_CHECKING

from autometa.dataset import TaskType
from autometa.metafeatures.base import MetaFeatureTable
from autometa.warmstart import DatasetInfo, MergedSource, PerformanceTable, TrialSource
from autometa_store.knowledge import load_starter
from autometa_store.location import VARIABLE, default_store_path, resolve_store_url

if TYPE_CHECKING:
    from autometa_store.trial_store import TrialStore


def open_experience(url: str | None = None) -> TrialSource:
    """The user's store before the shipped knowledge; the knowledge alone where there is no store yet.

    A store that was named, here or by AUTOMETA_STORE, must exist. Nothing is ever created, and nothing stays
    open between questions.

    Args:
        url: of the store; AUTOMETA_STORE, else the user's data folder where None.

    Raises:
        StoreError: the named store is missing, or it cannot be read.
    """
    starter = load_starter()
    is_named = url is not None or VARIABLE in os.environ
    if not is_named and not default_store_path().exists():
        return starter
    return MergedSource([StoreOnDemand(resolve_store_url(url)), starter])


class StoreOnDemand:
    """A `TrialSource` that opens the store for each question and closes it again.

    Args:
        url: of an existing store.

    Raises:
        StoreError: it is missing or cannot be read.
    """

    def __init__(self, url: str):
        self._url = url
        self._open().close()

    def datasets(self, task_type: TaskType) -> list[DatasetInfo]:
        """As the store knows them."""
        with self._open() as store:
            return store.datasets(task_type)

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """As the store knows them."""
        with self._open() as store:
            return store.meta_features(task_type, pack)

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        """As the store knows it."""
        with self._open() as store:
            return store.performance(task_type, metric)

    def _open(self) -> "TrialStore":
        from autometa_store.trial_store import TrialStore  # a database driver only where there is a store

        return TrialStore.open(self._url, mode="read")
