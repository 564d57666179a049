"""open_place: Optuna's storage behind a URL or a path, opened so that nothing is made or changed there."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autometa.errors import ImporterError, InvalidDatasetError

JOURNAL = "journal:"
_SQLITE = "sqlite:///"
_SQLITE_HEAD = b"SQLite format 3\x00"
_TABLE = "studies"  # every schema version of Optuna has it


@dataclass(frozen=True, slots=True)
class OptunaPlace:
    """An open storage.

    Attributes:
        label: where it is, without password; equal for two ways to write the same file.
        storage: Optuna's.
    """

    label: str
    storage: Any

    def close(self) -> None:
        """Let go of connections."""
        backend = getattr(self.storage, "engine", None)
        if backend is not None:
            backend.dispose()


def open_place(where: str) -> OptunaPlace:
    """The storage at a URL, or in a file: SQLite and journals are told apart by what they hold.

    Args:
        where: "sqlite:///PATH", any other database URL that Optuna takes, "journal:PATH", "redis://…", or the
            path of a file.

    Raises:
        InvalidDatasetError: there is no such file, or it is no storage of Optuna.
        ImporterError: the server does not answer, a driver is missing, or Optuna's version does not fit.
    """
    if where.startswith(JOURNAL):
        return _journal(Path(where.removeprefix(JOURNAL)))
    if where.startswith(_SQLITE) and "?" not in where:
        return _sqlite(Path(where.removeprefix(_SQLITE)))
    if where.startswith("redis"):
        return _redis(where)
    if "://" in where:
        return _database(where)
    path = Path(where)
    return _sqlite(path) if _head(path) == _SQLITE_HEAD else _journal(path)


def _head(path: Path) -> bytes:
    try:
        with path.expanduser().open("rb") as handle:
            return handle.read(len(_SQLITE_HEAD))
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise InvalidDatasetError(
            f"{path}: {reason}; give the URL or the file of an Optuna storage, e.g. sqlite:///study.db"
        ) from error


def _sqlite(path: Path) -> OptunaPlace:
    path = path.expanduser().absolute()
    if _head(path) != _SQLITE_HEAD:
        raise InvalidDatasetError(f"{path}: this is no SQLite file; give an Optuna storage")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
            (is_optunas,) = connection.execute(query, (_TABLE,)).fetchone()
    except sqlite3.Error as error:
        raise InvalidDatasetError(f"{path}: cannot be read ({error}); copy the file again") from error
    if not is_optunas:
        raise InvalidDatasetError(f"{path}: an SQLite file without Optuna's tables; give an Optuna storage")
    return OptunaPlace(f"{_SQLITE}{path}", _rdb(f"{_SQLITE}{path}", str(path)))


def _database(url: str) -> OptunaPlace:
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    try:
        parsed = make_url(url)
        label = parsed._replace(username=None, password=None).render_as_string()
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError) as error:
        raise InvalidDatasetError(
            f"the storage URL cannot be understood ({error}); wanted e.g. sqlite:///study.db"
        ) from error
    except ImportError as error:
        raise ImporterError(f"{label}: the driver is missing ({error}); install it") from error
    try:
        is_optunas = inspect(engine).has_table(_TABLE)
    except SQLAlchemyError as error:
        raise ImporterError(f"{label}: the database does not answer ({_first_line(error)})") from error
    finally:
        engine.dispose()
    if not is_optunas:
        raise InvalidDatasetError(f"{label}: a database without Optuna's tables; give an Optuna storage")
    return OptunaPlace(label, _rdb(parsed.render_as_string(hide_password=False), label))


def _rdb(url: str, label: str) -> Any:
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return RDBStorage(url, skip_table_creation=True)
    except (RuntimeError, SQLAlchemyError) as error:  # Optuna's word for a schema of another version
        raise ImporterError(f"{label}: Optuna cannot open it ({_first_line(error)})") from error


def _journal(path: Path) -> OptunaPlace:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = path.expanduser().absolute()
    _head(path)
    try:
        with path.open(encoding="utf-8") as handle:
            line = handle.readline()
        is_journal = not line or "op_code" in json.loads(line)
    except (OSError, ValueError, TypeError):
        is_journal = False
    if not is_journal:
        raise InvalidDatasetError(f"{path}: neither SQLite nor a journal of Optuna; give an Optuna storage")
    try:
        return OptunaPlace(f"{JOURNAL}{path}", JournalStorage(JournalFileBackend(str(path))))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidDatasetError(f"{path}: the journal is damaged ({error}); copy the file again") from error


def _redis(url: str) -> OptunaPlace:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalRedisBackend

    try:
        return OptunaPlace(url.rpartition("@")[2], JournalStorage(JournalRedisBackend(url)))
    except (ImportError, OSError, ValueError) as error:
        raise ImporterError(f"the journal in Redis cannot be read ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
