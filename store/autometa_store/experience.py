"""open_experience: all that is known on this machine, i.e. the user's own store and the shipped knowledge."""

import os

from autometa.warmstart import MergedSource, TrialSource
from autometa_store.knowledge import load_starter
from autometa_store.location import VARIABLE, default_store_path, resolve_store_url


def open_experience(url: str | None = None) -> TrialSource:
    """The user's store before the shipped knowledge; the knowledge alone where there is no store yet.

    A store that was named, here or by AUTOMETA_STORE, must exist. Nothing is ever created.

    Args:
        url: of the store; AUTOMETA_STORE, else the user's data folder where None.

    Raises:
        StoreError: the named store is missing, or it cannot be read.
    """
    starter = load_starter()
    is_named = url is not None or VARIABLE in os.environ
    if not is_named and not default_store_path().exists():
        return starter
    from autometa_store.trial_store import TrialStore

    return MergedSource([TrialStore.open(resolve_store_url(url), mode="read"), starter])
