"""An OpenML server on the loopback: its answers at `/api/v1/xml/` and `/api/v1/`, and faults.

with OpenMLLoopback(recorded(folder), faults=[Fault("503", "task/")]) as server:
    openml.config.server = f"{server.url}/api/v1/xml"
"""

import gzip
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.importers.openml_world import World, error

RECORDED_HOST = b"http://127.0.0.1:8081"
PAGE = b"<!DOCTYPE html>\n<html><head><title>Down</title></head><body><p>We are back soon.</p></body></html>"
XHTML = (
    b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Back soon.</p></body></html>'
)


@dataclass
class Fault:
    """What goes wrong with the next `n_times` answers whose path contains `where`.

    Attributes:
        kind: a key of `FAULTS`, or `412:CODE`.
        where: a part of the path.
        n_times: how often.
    """

    kind: str
    where: str = ""
    n_times: int = 1


class OpenMLLoopback:
    """The server, in a thread of its own, and what it was asked."""

    def __init__(self, world: World, *, faults: Sequence[Fault] = (), cache: bool = False) -> None:
        self.world, self.faults = world, list(faults)
        self.paths, self.lines = list[str](), list[str]()
        self.cached: dict[str, tuple[int, bytes]] | None = {} if cache else None
        self.before_answer: Callable[[str], None] = lambda path: None
        self.closing, self.lock = threading.Event(), threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and packed body for a path from the root, without faults."""
        if self.cached is not None and path in self.cached:
            return self.cached[path]
        below = urllib.parse.unquote(path)
        for prefix in ("/api/v1/xml", "/api/v1/json", "/api/v1"):
            if below.startswith(f"{prefix}/"):
                below = below.removeprefix(prefix).lstrip("/")
                break
        with self.lock:
            status, body = self.world.answer(below) if below[:1] != "/" else self._file(below)
        answer = status, gzip.compress(body.replace(RECORDED_HOST, self.url.encode()), 1)
        if self.cached is not None:
            self.cached[path] = answer
        return answer

    def _file(self, path: str) -> tuple[int, bytes]:
        return self.world.documents.get(path, (404, b"Not Found"))

    def next_fault(self, path: str) -> str | None:
        """The kind of fault that this answer has, if any."""
        with self.lock:
            for fault in self.faults:
                if fault.n_times > 0 and fault.where in path:
                    fault.n_times -= 1
                    return fault.kind
        return None


def _handler(server: OpenMLLoopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urllib.parse.urlsplit(self.path).path
            server.paths.append(path)
            server.lines.append(self.path)
            server.before_answer(path)
            kind = server.next_fault(path)
            try:
                if kind is None:
                    self.send(*server.answer(path))
                elif kind.startswith("412:"):
                    status, body = error(int(kind[4:]), "Said on purpose")
                    self.send(status, gzip.compress(body))
                else:
                    FAULTS[kind](self, server.answer(path)[1])
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def send(self, status: int, packed: bytes, *, length: int | None = None, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content_Encoding": "gzip", **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(packed) if length is None else length))
            self.end_headers()
            self.wfile.write(packed)

        def plain(self, status: int, body: bytes, **headers: str) -> None:
            self.send(status, body, Content_Encoding="identity", **headers)

        def drop(self) -> None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()

        def reset(self) -> None:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            self.drop()

        def hang(self) -> None:
            server.closing.wait(20)
            self.close_connection = True

        def drip(self, packed: bytes, *, headers: bool) -> None:
            """A byte every 20 ms, so that no single wait is long."""
            start = (
                f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
            )
            if not headers:
                self.wfile.write(start)
            for byte in (start if headers else b"") + packed:
                if server.closing.wait(0.02):
                    break
                self.wfile.write(bytes([byte]))
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _half(handler: "BaseHTTPRequestHandler", packed: bytes, *, says_so: bool) -> None:
    whole = gzip.decompress(packed)
    half = whole[: len(whole) // 2]
    if says_so:
        handler.plain(200, half)  # well-formed HTTP, half an answer
    else:
        handler.send(200, packed[: len(packed) // 2], length=len(packed))
        handler.drop()


def _http_date(seconds: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


FAULTS: dict[str, Callable] = {
    "500": lambda h, _: h.plain(500, b"Internal Server Error"),
    "502": lambda h, _: h.plain(502, b"Bad Gateway"),
    "503": lambda h, _: h.plain(503, b""),
    "503 retry-after": lambda h, _: h.plain(503, b"", Retry_After="7"),
    "503 html": lambda h, _: h.plain(503, XHTML),
    "503 long": lambda h, _: h.plain(503, b"", Retry_After="86400"),
    "504": lambda h, _: h.plain(504, PAGE),
    "429": lambda h, _: h.plain(429, b"slow down"),
    "429 retry-after": lambda h, _: h.plain(429, b"", Retry_After="11"),
    "429 date": lambda h, _: h.plain(429, b"", Retry_After=_http_date(1_000_000_030)),
    "html": lambda h, _: h.plain(200, PAGE),
    "xhtml": lambda h, _: h.plain(200, XHTML),
    "truncated": lambda h, packed: _half(h, packed, says_so=False),
    "half": lambda h, packed: _half(h, packed, says_so=True),
    "empty": lambda h, _: h.plain(200, b""),
    "json": lambda h, _: h.plain(200, b'{"evaluations": {"evaluation": []}}'),
    "damaged gzip": lambda h, packed: h.send(200, packed[:20] + b"\x00\xff" * 9 + packed[38:]),
    "reset": lambda h, _: h.reset(),
    "closed": lambda h, _: h.drop(),
    "no http": lambda h, _: (h.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n"), h.drop()),
    "hang": lambda h, _: h.hang(),
    "drip": lambda h, packed: h.drip(packed, headers=False),
    "drip headers": lambda h, packed: h.drip(packed, headers=True),
    "404": lambda h, _: h.plain(404, PAGE),
    "414": lambda h, _: h.plain(414, PAGE),
    "other bytes": lambda h, packed: h.plain(200, b"% another file\n" + gzip.decompress(packed)),
    "redirect": lambda h, _: h.plain(302, b"", Location=h.path.replace("/api/v1/xml/", "/api/v1/")),
    "redirect for ever": lambda h, _: h.plain(302, b"", Location=h.path),
}
