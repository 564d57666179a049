"""Inserting what is not there yet, the same on SQLite and PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

from autometa_store.models import Base


def insert_new(connection: Connection, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows in bulk; one whose key is there already is left as it is.

    Returns:
        How many were new.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return connection.execute(statement, list(rows)).rowcount if rows else 0


def key_of(
    connection: Connection,
    key: InstrumentedAttribute[int],
    unique: Mapping[str, Any],
    other: Mapping[str, Any],
) -> int:
    """The key of the row with these unique values, made from both mappings if there is none."""
    model: type[Base] = key.parent.class_
    query = select(key).filter_by(**unique)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        insert_new(connection, model, [{**unique, **other}])
        found = connection.execute(query).scalar_one()
    return found
