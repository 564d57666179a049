"""FoldServers: processes that fit configurations fold by fold, and may be ended at any time."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass
from io import BytesIO
from queue import SimpleQueue
from typing import Any

from autometa.evaluation.job import Attempt, Job
from autometa.evaluation.runner import ONE_THREAD, status_of_exit
from autometa.history import TrialStatus


@dataclass(frozen=True, slots=True)
class FoldResult:
    """One fit.

    Attributes:
        scores: on the fold's held-out rows, every metric of the task by name.
        seconds: CPU time of the fit.
    """

    scores: dict[str, float]
    seconds: float


class FitFailedError(Exception):
    """A configuration could not be fitted.

    Args:
        status: how it ended.
        reason: what the library said.
    """

    def __init__(self, status: TrialStatus, reason: str):
        super().__init__(f"{status}: {reason}" if reason else str(status))
        self.status = status
        self.reason = reason


class SearchEndedError(Exception):
    """The servers were closed while a configuration was being fitted; it says nothing about it."""


class FoldServers:
    """As many processes as there are threads that ask, each with the table in memory.

    A process that a limit ends is replaced with the next attempt. `close` ends all of them at once; who waits
    for one gets `SearchEndedError`.

    Args:
        job: the table and how it is evaluated; its attempts are ignored.
    """

    def __init__(self, job: Job):
        content = BytesIO()
        job.write(content)
        self._job = b"%d\n%s" % (content.tell(), content.getvalue())
        self._n_folds = job.plan.n_folds_for(len(job.target))
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def __enter__(self) -> "FoldServers":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def n_folds(self) -> int:
        """Of the cross-validation."""
        return self._n_folds

    def folds(self, attempt: Attempt) -> Generator[FoldResult, None, None]:
        """Every fold's result as soon as it is known; the caller may stop early.

        Args:
            attempt: a learner and a configuration.

        Raises:
            FitFailedError: a fold could not be fitted.
            SearchEndedError: the servers were closed.
        """
        server = self._server()
        request: dict[str, Any] | None = {"learner": attempt.learner, "params": dict(attempt.params)}
        try:
            for _ in range(self._n_folds):
                answer = self._ask(server, request)
                if "status" in answer:
                    raise FitFailedError(TrialStatus(answer["status"]), answer["error"])
                yield FoldResult(answer["scores"], answer["seconds"])
                request = None
        finally:
            if server.poll() is None:
                self._idle.put(server)

    def close(self) -> None:
        """End all processes, whatever they do."""
        with self._lock:
            self._is_closed = True
            servers = list(self._all)
        for server in servers:
            server.kill()
        for server in servers:
            server.wait()
            for pipe in (server.stdin, server.stdout):
                if pipe is not None:
                    _close(pipe)

    def _server(self) -> "subprocess.Popen[bytes]":
        """An idle process, or a new one."""
        with self._lock:
            if self._is_closed:
                raise SearchEndedError
            while not self._idle.empty():
                server = self._idle.get()
                if server.poll() is None:
                    return server
            server = subprocess.Popen(
                [sys.executable, "-m", "autometa.tuning.fold_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | ONE_THREAD,
            )
            self._all.append(server)
        self._send(server, self._job)
        return server

    def _ask(self, server: "subprocess.Popen[bytes]", request: dict[str, Any] | None) -> dict[str, Any]:
        self._send(server, json.dumps(request).encode() + b"\n")
        line = b"" if server.stdout is None else server.stdout.readline()
        if not line:
            code = server.wait()
            if self._is_closed:
                raise SearchEndedError
            return {"status": status_of_exit(code), "error": f"the fitting process ended with code {code}"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _send(self, server: "subprocess.Popen[bytes]", content: bytes) -> None:
        """Write; a process that has ended is noticed when its answer is read."""
        if server.stdin is None:
            return
        try:
            server.stdin.write(content)
            server.stdin.flush()
        except (BrokenPipeError, ValueError):  # ended, or closed by `close`
            return


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # something was still buffered for a process that is gone
        return
