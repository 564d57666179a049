"""Forgetting a data set or a source, with everything that was learned from it.

Beside the rows themselves go the configurations, search spaces, lists of meta-feature names and sources that
nothing else needs, and every artifact: the store does not know what a model was fitted to, so each may have
learned from what is forgotten. Surfaces are fitted again when they are next asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from autometa.errors import UnknownNameError
from autometa_store.artifacts import artifact_names
from autometa_store.chunks import chunks
from autometa_store.import_progress import read_progress
from autometa_store.models import (
    ArtifactRow,
    Base,
    ConfigurationRow,
    DatasetRow,
    MetaFeatureRow,
    MetaFeatureSetRow,
    SearchSpaceRow,
    SourceRow,
    StudyRow,
    TrialRow,
)
from autometa_store.reading import count_rows

Kind = Literal["dataset", "source"]

_INDEX = "ix_forgetting"  # for the time of one transaction: without it, every orphan reads all trials


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed.

    Attributes:
        kind: what the name stands for.
        name: the data set's id, or the source's name.
        counts: how many of everything were removed, as in `TrialStore.counts`.
        artifacts: names of the removed ones.
    """

    kind: Kind
    name: str
    counts: Mapping[str, int]
    artifacts: tuple[str, ...]


def forget(connection: Connection, name: str, *, kind: Kind | None = None) -> Forgotten:
    """Remove a data set or a source, and everything that was learned from it.

    A data set goes with a source if no study of another source is left on it. How far the sources of a data
    set's studies were read is forgotten with it: the next import of one reads it from its beginning, and
    brings the data set back.

    Args:
        connection: of the store, in a transaction.
        name: a data set's id or name, or a source's name.
        kind: which of the two, where both have the name.

    Raises:
        UnknownNameError: there is neither, or there are several.
    """
    kind, name, key = _resolve(connection, name, kind)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # nothing readable stays in free pages
    before = count_rows(connection)
    if kind == "dataset":
        _rewind_sources(connection, [key])
        _remove_studies(connection, StudyRow.dataset_key == key)
        _remove_datasets(connection, [key])
    else:
        datasets = _datasets_of(connection, key, name)
        _remove_studies(connection, StudyRow.source_id == key)
        left = _without_study(connection, datasets)
        _rewind_sources(connection, left)
        _remove_datasets(connection, left)
        _remove(connection, SourceRow, SourceRow.source_id == key)
    _remove_orphans(connection)
    names = artifact_names(connection)
    _remove(connection, ArtifactRow)
    after = count_rows(connection)
    return Forgotten(kind, name, {what: before[what] - after[what] for what in before}, tuple(names))


def _resolve(connection: Connection, name: str, kind: Kind | None) -> tuple[Kind, str, int]:
    """What is meant: its kind, its full name, its key."""
    found: list[tuple[Kind, str, int]] = []
    if kind != "source":
        query = select(DatasetRow.dataset_id, DatasetRow.dataset_key, DatasetRow.name)
        rows = connection.execute(query.where(or_(DatasetRow.dataset_id == name, DatasetRow.name == name)))
        datasets = list(rows)
        exact = [row for row in datasets if row[0] == name]  # an id wins over names
        found += [("dataset", dataset_id, key) for dataset_id, key, _ in exact or datasets]
    if kind != "dataset":
        query_source = select(SourceRow.name, SourceRow.source_id).where(SourceRow.name == name)
        found += [("source", source, key) for source, key in connection.execute(query_source)]
    if len(found) > 1:
        listed = ", ".join(f"{kind} {full!r}" for kind, full, _ in found)
        raise UnknownNameError(f"{name!r} may be {listed}; give the id, or say of which kind it is")
    if not found:
        known = [*connection.scalars(select(SourceRow.name)), *connection.scalars(select(DatasetRow.name))]
        raise UnknownNameError.of("data set or source", name, known)
    return found[0]


def _datasets_of(connection: Connection, source_id: int, name: str) -> list[int]:
    """Keys of the data sets that came from a source, or that it has studies of."""
    of_source = exists().where(
        StudyRow.dataset_key == DatasetRow.dataset_key, StudyRow.source_id == source_id
    )
    return list(
        connection.scalars(select(DatasetRow.dataset_key).where(or_(DatasetRow.source == name, of_source)))
    )


def _without_study(connection: Connection, datasets: Sequence[int]) -> list[int]:
    used = set(connection.scalars(select(StudyRow.dataset_key).distinct()))
    return [key for key in datasets if key not in used]


def _rewind_sources(connection: Connection, datasets: Sequence[int]) -> None:
    """Forget how far sources were read that have studies of the data sets, or whose cursor names one."""
    for keys in chunks(datasets):
        ids = set(connection.scalars(select(DatasetRow.dataset_id).where(DatasetRow.dataset_key.in_(keys))))
        named = [one.source for one in read_progress(connection) if one.cursor.get("dataset_id") in ids]
        of_studies = select(StudyRow.source_id).where(StudyRow.dataset_key.in_(keys))
        _rewind(connection, SourceRow.source_id.in_(of_studies))
        for names in chunks(named):
            _rewind(connection, SourceRow.name.in_(names))


def _rewind(connection: Connection, condition: ColumnElement[bool]) -> None:
    connection.execute(update(SourceRow).where(condition).values(cursor=None, state=None))


def _remove_studies(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Remove studies, their trials, and the configurations that no other study has tried."""
    connection.exec_driver_sql(f"CREATE INDEX {_INDEX} ON trial (config_id)")
    _remove(connection, TrialRow, TrialRow.study_id.in_(select(StudyRow.study_id).where(condition)))
    _remove(connection, StudyRow, condition)
    _remove(connection, ConfigurationRow, ~exists().where(TrialRow.config_id == ConfigurationRow.config_id))
    connection.exec_driver_sql(f"DROP INDEX {_INDEX}")


def _remove_datasets(connection: Connection, datasets: Sequence[int]) -> None:
    """Remove data sets without studies, and their numbers."""
    for keys in chunks(datasets):
        _remove(connection, MetaFeatureRow, MetaFeatureRow.dataset_key.in_(keys))
        _remove(connection, DatasetRow, DatasetRow.dataset_key.in_(keys))


def _remove_orphans(connection: Connection) -> None:
    """Remove lists of names, search spaces and sources that nothing has any more."""
    has_vector = exists().where(MetaFeatureRow.set_id == MetaFeatureSetRow.set_id)
    _remove(connection, MetaFeatureSetRow, ~has_vector)
    has_study = exists().where(StudyRow.space_id == SearchSpaceRow.space_id)
    _remove(connection, SearchSpaceRow, ~has_study)
    is_needed = exists().where(StudyRow.source_id == SourceRow.source_id)
    _remove(connection, SourceRow, ~is_needed, SourceRow.cursor.is_(None))


def _remove(connection: Connection, model: type[Base], *conditions: ColumnElement[bool]) -> None:
    connection.execute(delete(model).where(*conditions))
