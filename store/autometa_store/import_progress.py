"""How far an import has come: a cursor that is stored in one transaction with the page it stands for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from sqlalchemy import Connection, select, update

from autometa_store.codecs import encode_json
from autometa_store.faults import as_refused_values
from autometa_store.models import SourceRow
from autometa_store.upserts import insert_new

ImportState = Literal["running", "done"]


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Where an import of a source stands.

    Attributes:
        source: as in `PriorStudy.source`.
        cursor: what the importer needs to go on; JSON values only.
        state: "running" from the first page on, "done" after the last.
    """

    source: str
    cursor: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    state: ImportState = "running"


@as_refused_values()
def write_progress(connection: Connection, progress: ImportProgress) -> None:
    """Store where the import stands, in the place of what was stored."""
    insert_new(connection, SourceRow, [{"name": progress.source}])
    values = {"cursor": encode_json(dict(progress.cursor)), "state": progress.state}
    connection.execute(update(SourceRow).where(SourceRow.name == progress.source).values(**values))


def add_new_progress(connection: Connection, progress: ImportProgress) -> None:
    """Store where the import stands, unless it is known."""
    stored = select(SourceRow.cursor).where(SourceRow.name == progress.source)
    if connection.execute(stored).scalar_one_or_none() is None:
        write_progress(connection, progress)


def read_progress(connection: Connection, source: str | None = None) -> list[ImportProgress]:
    """Of every source that was imported page by page, or of one, in the order in which they came."""
    query = select(SourceRow.name, SourceRow.cursor, SourceRow.state).where(SourceRow.cursor.is_not(None))
    if source is not None:
        query = query.where(SourceRow.name == source)
    rows = connection.execute(query.order_by(SourceRow.source_id))
    return [
        ImportProgress(name, json.loads(cursor or "{}"), "done" if state == "done" else "running")
        for name, cursor, state in rows
    ]
