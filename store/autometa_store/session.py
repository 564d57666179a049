"""Engines: one way to open SQLite and PostgreSQL, for reading or for writing.

SQLite: WAL, synchronous NORMAL (a killed process loses nothing that was committed), a writer waits up to 30 s
for another, foreign keys on. A transaction that is going to write takes the write lock at its start (BEGIN
IMMEDIATE): in WAL mode, one that reads first and writes later fails at once if somebody else wrote in
between. On PostgreSQL an advisory lock gives the same guarantee, one writer at a time, so both are reasoned
about in one way.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

Mode = Literal["write", "update", "read"]  # an update writes, and never makes a store

APPLICATION_ID = 0x616D6574  # "amet": says in the file's head whose file it is
BUSY_SECONDS = 30
_WRITER_LOCK = 0x616D6574
SERVER_SECONDS = 30  # for a restart
_RETRY_SECONDS = 0.2


def make_engine(url: str, *, mode: Mode = "write") -> Engine:
    """An engine for a store that exists.

    Args:
        url: as `resolve_store_url` gives it.
        mode: "read" opens an SQLite file with mode=ro, so that nothing is ever created.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    engine = create_engine(
        sqlite_url(Path(parsed.database or ""), mode), connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite store; None for a server."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def sqlite_url(path: Path, mode: Mode) -> URL:
    """SQLite's URI for a file that exists; reading works in a read-only folder, too."""
    query: dict[str, str] = {"uri": "true", "mode": "ro" if mode == "read" else "rw"}
    if (
        mode == "read"
        and not os.access(path.parent, os.W_OK)
        and not path.with_name(f"{path.name}-wal").exists()
    ):
        query["immutable"] = "1"  # nobody is writing; WAL's side files cannot be made here
    return URL.create("sqlite+pysqlite", database=path.absolute().as_uri(), query=query)


@contextmanager
def write_transaction(engine: Engine, *, is_patient: bool = True) -> Iterator[Connection]:
    """A transaction that holds the store's write lock from its first statement; rolled back on any error.

    Args:
        engine: of the store.
        is_patient: wait for a server that does not answer, for it may be restarting.
    """
    with (
        _connect(engine, is_patient=is_patient).execution_options(autometa_writes=True) as connection,
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
        yield connection


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees the store as it is at its first query, whoever writes meanwhile."""
    with _connect(engine, is_patient=True) as connection:
        if connection.dialect.name == "postgresql":  # whose default is a new snapshot for each query
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _connect(engine: Engine, *, is_patient: bool) -> Connection:
    """A connection; a server that is being restarted is asked again."""
    is_server = engine.dialect.name != "sqlite"
    give_up = time.monotonic() + (SERVER_SECONDS if is_patient and is_server else 0)
    while True:
        try:
            return engine.connect()
        except OperationalError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(_RETRY_SECONDS)


def _prepare_sqlite(dbapi_connection: sqlite3.Connection, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # the driver must not begin transactions of its own kind
    dbapi_connection.execute("PRAGMA foreign_keys = ON")
    dbapi_connection.execute("PRAGMA synchronous = NORMAL")
    dbapi_connection.execute("PRAGMA wal_autocheckpoint = 4000")  # 16 MB: fewer syncs in a long load
    dbapi_connection.execute("PRAGMA cache_size = -32000")  # 32 MB
    dbapi_connection.execute("PRAGMA temp_store = MEMORY")  # undoing an add: a few pages


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("autometa_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
