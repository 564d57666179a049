"""A PostgreSQL server of one's own, started from the installed binaries; for benchmarks and tests."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_INITDB = ("-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "--no-sync")


class NoServerError(Exception):
    """No server can be started here; says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that listens on a socket in its folder.

    Attributes:
        folder: of data, log and socket.
        binaries: where `pg_ctl` is.
        as_user: what goes before a command, for the server refuses to run as root.
        fsync: "on" as in earnest, or "off" for tests.
    """

    folder: Path
    binaries: Path
    as_user: Sequence[str]
    fsync: str

    @property
    def url(self) -> str:
        """Of the database that is there from the start."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-c listen_addresses= -c fsync={self.fsync} -k {self.folder}"
        self._control("-l", str(self.folder / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a crash does: connections are cut, the next start recovers from the log."""
        self._control("-m", "immediate", "stop")

    def _control(self, *arguments: str) -> None:
        _run(
            [*self.as_user, self.binaries / "pg_ctl", "-D", self.folder / "data", *arguments],
            self.folder,
        )


@contextmanager
def running_server(*, fsync: str = "on") -> Iterator[Server]:
    """A new, empty server, gone at the end.

    Raises:
        NoServerError: there are no binaries, or it does not start.
    """
    binaries, as_user = _binaries(), _as_unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="autometa-pg-"))
    server = Server(folder, binaries, as_user, fsync)
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        _run([*as_user, binaries / "initdb", "-D", folder / "data", *_INITDB], folder)
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for folder in folders:
        if (folder / "pg_ctl").exists():
            return folder
    raise NoServerError("no PostgreSQL server binaries (initdb, pg_ctl) on this machine")


def _as_unprivileged_user() -> list[str]:
    if os.getuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError as error:
        raise NoServerError(
            "running as root, and there is no user 'postgres' that the server could run as"
        ) from error
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(command: Sequence[str | Path], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise NoServerError(f"PostgreSQL does not start here: {done.stderr.strip()[-300:]}")
