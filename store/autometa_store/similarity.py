"""open_similarity: the learned similarity of the user's own store, else the shipped one."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from autometa.errors import StoreError
from autometa.similarity.trained import TrainedSimilarity
from autometa.warmstart import Recommender
from autometa_store.experience import open_experience
from autometa_store.location import VARIABLE, default_store_path, resolve_store_url

ARTIFACT = "similarity"
SIMILARITY_FILE = Path(__file__).parent / "knowledge" / "similarity.npz"


def open_recommender(url: str | None = None) -> Recommender:
    """A recommender over all that is known on this machine, with the similarity learned from it.

    Args:
        url: of the store; AUTOMETA_STORE, else the user's data folder where None.

    Raises:
        StoreError: the named store is missing, or it cannot be read.
    """
    return Recommender(open_experience(url), similarity=open_similarity(url))


def open_similarity(url: str | None = None) -> TrainedSimilarity:
    """The similarity that `autometa similarity train` left in the user's store, else the shipped one.

    Args:
        url: of the store; AUTOMETA_STORE, else the user's data folder where None.

    Raises:
        StoreError: the named store is missing, or it cannot be read.
    """
    found = existing_store(url)
    if found is None:
        return load_similarity()
    from autometa_store.trial_store import TrialStore  # a database driver only where there is a store

    with TrialStore.open(found, mode="read") as store:
        if ARTIFACT not in store.artifact_names():
            return load_similarity()
        arrays = store.artifact(ARTIFACT)
    return _read(lambda: TrainedSimilarity.from_arrays(arrays), f"artifact {ARTIFACT!r}")


def existing_store(url: str | None = None) -> str | None:
    """The URL of the store that was named or that is there; None where there is none yet."""
    is_named = url is not None or VARIABLE in os.environ
    return resolve_store_url(url) if is_named or default_store_path().exists() else None


def keep_similarity(trained: TrainedSimilarity, url: str) -> None:
    """Put the models into a store, in the place of those that were there.

    Args:
        trained: models and their evaluation.
        url: of an existing store.

    Raises:
        StoreError: the store cannot be written.
    """
    from autometa_store.trial_store import TrialStore

    with TrialStore.open(url) as store, store.transaction():
        store.add_artifact(ARTIFACT, trained.to_arrays())


def load_similarity(path: Path = SIMILARITY_FILE) -> TrainedSimilarity:
    """The shipped similarity.

    Args:
        path: of another file in the same form.

    Raises:
        StoreError: the file is missing or is not such a file.
    """

    def read() -> TrainedSimilarity:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return TrainedSimilarity.from_arrays({name: file[name] for name in file.files})

    return _read(read, path.name)


def save_similarity(trained: TrainedSimilarity, path: Path) -> None:
    """Write a file that `load_similarity` reads.

    Args:
        trained: models and their evaluation.
        path: of the file to write.
    """
    with path.open("wb") as file:
        np.savez_compressed(file, **trained.to_arrays())  # type: ignore[arg-type]


def _read(read: Callable[[], TrainedSimilarity], what: str) -> TrainedSimilarity:
    try:
        return read()
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise StoreError(
            f"{what} is not a trained similarity ({error}); train again with `autometa similarity train`"
        ) from error
