"""Making, checking and upgrading a store's schema. The version is the number of its last migration."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, inspect, make_url, text

from autometa.errors import SchemaVersionError, StoreError
from autometa_store.faults import as_store_errors
from autometa_store.session import APPLICATION_ID, Mode, make_engine, sqlite_path, write_transaction

SCHEMA_VERSION = 1
MIGRATIONS = "autometa_store:migrations"
_HEADER = b"SQLite format 3\x00"
_HEAD_SIZE = 100  # of an SQLite file, https://www.sqlite.org/fileformat.html#the_database_header
_BIGGEST_PAGE = 65536  # bytes; stands in the head as 1


def ensure_schema(engine: Engine) -> None:
    """Make the tables of a new store on a server; an SQLite file is born with them."""
    with write_transaction(engine, is_patient=False) as connection:
        if not inspect(connection).get_table_names():
            _migrate(connection)


def check_schema(engine: Engine, where: str) -> None:
    """Raise unless the store has exactly this version's schema.

    Raises:
        StoreError: a database that is not a store.
        SchemaVersionError: another version's store.
    """
    with engine.connect() as connection:
        found = schema_version(connection)
    if found is None:
        raise StoreError(f"{where}: a database, but no autometa store; give another --store")
    if found > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"{where}: schema version {found}, this autometa knows up to {SCHEMA_VERSION}; update autometa"
        )
    if found < SCHEMA_VERSION:
        raise SchemaVersionError(
            f"{where}: schema version {found}, this autometa wants {SCHEMA_VERSION}; "
            "run `autometa store upgrade`"
        )


def schema_version(connection: Connection) -> int | None:
    """The version of the store behind this connection; None if it is not a store."""
    if connection.dialect.name == "sqlite":
        if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != APPLICATION_ID:
            return None
    elif not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return int(revision) if revision is not None and revision.isdecimal() else None


def upgrade_store(url: str) -> tuple[int, int]:
    """Bring a store to this version's schema, in one transaction.

    Returns:
        The versions before and after.

    Raises:
        StoreError: a database that is not a store.
        SchemaVersionError: a newer version's store.
    """
    path, label = sqlite_path(url), store_label(url)
    if path is not None:
        check_sqlite_file(path, "read")
    engine = make_engine(url)
    try:
        with as_store_errors(label):
            with write_transaction(engine, is_patient=False) as connection:
                found = schema_version(connection)
                if found is not None and found < SCHEMA_VERSION:
                    _migrate(connection)
            check_schema(engine, label)
    finally:
        engine.dispose()
    return found or SCHEMA_VERSION, SCHEMA_VERSION


def check_sqlite_file(path: Path, mode: Mode) -> None:
    """Raise unless the file looks like an SQLite database; make a new store for a writer if there is none.

    Raises:
        StoreError: no file (unless for writing), a folder, an empty file, or a file of another kind.
    """
    if not path.exists():
        if mode != "write":
            raise StoreError(
                f"{path}: there is no store; run `autometa populate` first, or give another --store"
            )
        create_sqlite_store(path)
    if path.is_dir():
        raise StoreError(f"{path}: a folder, not a store; give the path of a file")
    with _opened(path) as head:
        if not head:
            raise StoreError(
                f"{path}: an empty file, not a store; restore a copy, or delete it to start a new store"
            )
        if not head.startswith(_HEADER):
            raise StoreError(f"{path}: not a database; give another --store, or restore a copy of the store")
        if _is_cut(path, head):
            raise StoreError(f"{path}: the file ends too early, it is damaged; restore a copy")


def create_sqlite_store(path: Path) -> None:
    """A new, empty store; it appears complete or not at all, whoever else makes it or is killed meanwhile.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
            born = Path(folder) / "new.db"
            _fill_new_file(born)
            _publish(born, path)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(
            f"{path}: cannot make a store here ({reason}); make room, or give another --store"
        ) from error


def _fill_new_file(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.close()
    engine = make_engine(f"sqlite:///{path}")
    with write_transaction(engine) as transaction:
        _migrate(transaction)
    engine.dispose()  # the last connection folds the write-ahead log into the file


def _publish(born: Path, path: Path) -> None:
    try:
        os.link(born, path)
    except FileExistsError:
        return  # somebody else was first, theirs is as good
    except OSError:  # a file system without links
        if not path.exists():
            born.rename(path)


def _is_cut(path: Path, head: bytes) -> bool:
    """Whether the file has fewer pages than its head says; with a log beside it, the rest may stand there."""
    page_size = int.from_bytes(head[16:18], "big")
    n_pages = int.from_bytes(head[28:32], "big")
    log = path.with_name(f"{path.name}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    return not has_log and path.stat().st_size < n_pages * (_BIGGEST_PAGE if page_size == 1 else page_size)


@contextmanager
def _opened(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_SIZE)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    yield head


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def store_label(url: str) -> str:
    """The store as people name it: a path, or a URL without its password."""
    path = sqlite_path(url)
    if path is not None:
        return str(path)
    return make_url(url).render_as_string(hide_password=True)
