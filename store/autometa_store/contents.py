"""Everything that a store holds, noun by noun, and taking it into another: what is stored already stays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from sqlalchemy import Connection

from autometa.history import PriorStudy
from autometa.metafeatures.base import MetaFeatures
from autometa.warmstart.sources import DatasetInfo
from autometa_store import artifacts, import_progress, reading, recording
from autometa_store.import_progress import ImportProgress


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredDataset:
    """One pack's numbers of a data set."""

    dataset_id: str
    meta_features: MetaFeatures


@dataclass(frozen=True, slots=True, eq=False)
class NamedArrays:
    """An artifact."""

    name: str
    arrays: Mapping[str, NDArray[Any]]


Noun = DatasetInfo | MeasuredDataset | PriorStudy | ImportProgress | NamedArrays


def read_contents(connection: Connection) -> Iterator[Noun]:
    """All there is, in an order in which it can be taken in.

    Raises:
        StoreError: an artifact is damaged.
    """
    yield from reading.read_datasets(connection)
    for dataset_id, meta_features in reading.read_meta_features(connection):
        yield MeasuredDataset(dataset_id, meta_features)
    yield from reading.read_studies(connection)
    yield from import_progress.read_progress(connection)
    for name in artifacts.artifact_names(connection):
        yield NamedArrays(name, artifacts.get_arrays(connection, name))


def take_in(connection: Connection, noun: Noun) -> int:
    """Store what is not stored yet; returns how many trials were new.

    A cursor is taken only where the import is not known: whatever it stands for came along.

    Raises:
        StoreError: it contradicts what is stored.
    """
    match noun:
        case PriorStudy():
            return recording.record_study(connection, noun)
        case DatasetInfo():
            recording.record_dataset(connection, noun)
        case MeasuredDataset():
            recording.add_new_meta_features(connection, noun.dataset_id, noun.meta_features)
        case ImportProgress():
            import_progress.add_new_progress(connection, noun)
        case NamedArrays():
            artifacts.add_new_arrays(connection, noun.name, noun.arrays)
    return 0
