"""A PostgreSQL server for the tests that want one, started from the installed binaries."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from autometa_store.trial_store import TrialStore


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[TrialStore]:
    with TrialStore.open(sqlite_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql_folder() -> Iterator[Path]:
    """The folder of a running server's socket."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server binaries (initdb, pg_ctl) on this machine")
    as_user = _as_unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="autometa-pg-"))
    if as_user:
        shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "log"
    initdb = [
        binaries / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C",
        "-A",
        "trust",
        "--no-sync",
    ]
    options = f"-c listen_addresses= -c fsync=off -k {folder}"
    try:
        _run([*as_user, *initdb], folder)
        _run([*as_user, binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"], folder)
        yield folder
        _run([*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_folder: Path) -> str:
    """The URL of an empty database."""
    with psycopg.connect(
        f"host={postgresql_folder} user=postgres dbname=postgres", autocommit=True
    ) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return f"postgresql://postgres@/postgres?host={postgresql_folder}"


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


def _as_unprivileged_user() -> list[str]:
    """What goes before a command, for the server refuses to run as root."""
    if os.getuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("running as root, and there is no user 'postgres' that the server could run as")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        pytest.skip(f"PostgreSQL does not start here: {done.stderr.strip()[-300:]}")
