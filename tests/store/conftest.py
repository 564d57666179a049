"""Stores for the tests; a PostgreSQL server for those that want one."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from autometa_store.trial_store import TrialStore
from benchmarks.postgresql_server import NoServerError, Server, running_server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[TrialStore]:
    with TrialStore.open(sqlite_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A running server."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_server(fsync="off"))
        except NoServerError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: Server) -> str:
    """The URL of an empty database."""
    with psycopg.connect(
        f"host={postgresql_server.folder} user=postgres dbname=postgres", autocommit=True
    ) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgresql_server.url
