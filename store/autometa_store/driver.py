"""Plain SQL straight to the driver, for what SQLAlchemy takes longer to prepare than the database to do."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError


def placeholder(connection: Connection) -> str:
    """What stands for a bound value in the driver's SQL."""
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def fetch_rows(connection: Connection, sql: str, bound: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
    """What a query gives, as plain tuples.

    Args:
        connection: of the store. Outside a transaction, SQLite answers each query from a snapshot of its own.
        sql: with a `placeholder` for every bound value.
        bound: the values in their order.

    Raises:
        DatabaseError: with the driver's error inside, as SQLAlchemy raises it.
    """
    try:
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(sql, bound)
            return cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        raise DatabaseError(sql, bound, error) from error


def insert_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> int:
    """Insert thousands of rows; one whose key is there already is left as it is.

    Args:
        connection: of the store, in a transaction.
        table: name.
        columns: of every row; those left out become what the table gives them.
        rows: values as the driver takes them.

    Returns:
        How many were new.
    """
    if not rows:
        return 0
    marks = ", ".join([placeholder(connection)] * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
    return connection.exec_driver_sql(sql, rows).rowcount
