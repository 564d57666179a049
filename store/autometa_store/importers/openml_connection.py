"""One HTTP GET within limits: to connect, between two bytes, for the whole answer, and for its size.

`http.client` rather than `requests`, which has no limit for a whole answer: a server that drips a byte a
second, in the headers or in the body, would hold it for ever. Here every wait is cut to what is left.
"""

import base64
import contextlib
import http.client
import io
import ssl
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

USER_AGENT = "autometa"
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take.

    Attributes:
        connect_seconds: to reach the server.
        read_seconds: without a byte; a listing of thousands of rows keeps the server busy before the first.
        answer_seconds: from the request to the last byte.
        answer_bytes: of the answer, unpacked.
    """

    connect_seconds: float = 15.0
    read_seconds: float = 120.0
    answer_seconds: float = 900.0
    answer_bytes: int = 1 << 30


class AnswerTooLongError(Exception):
    """More bytes than allowed."""


class BadAddressError(Exception):
    """A URL that cannot be asked."""


class TruncatedAnswerError(Exception):
    """The connection ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and headers of an answer, and its body unpacked, to be read once."""

    status: int
    headers: Mapping[str, str]
    body: "AnswerBody"


@contextlib.contextmanager
def get(url: str, limits: Limits) -> Iterator[Answer]:
    """The answer to a GET; the connection is closed afterwards.

    Args:
        url: http or https.
        limits: what the answer may take.

    Raises:
        OSError: the server cannot be reached, hangs (TimeoutError), or breaks off.
        http.client.HTTPException: what came is not HTTP.
        BadAddressError: the URL is none.
    """
    deadline = time.monotonic() + limits.answer_seconds
    try:
        connection, target, headers = _connection(url, limits)
    except ValueError as error:
        raise BadAddressError(str(error)) from error
    try:
        connection.connect()
        connection.sock = _BoundedSocket(connection.sock, limits.read_seconds, deadline)
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        yield Answer(response.status, lowered, AnswerBody(response, lowered, limits.answer_bytes))
    finally:
        connection.close()


class AnswerBody(io.RawIOBase):
    """The body of an answer as a stream: unpacked, complete, and within its size, or an error."""

    def __init__(self, response: http.client.HTTPResponse, headers: Mapping[str, str], n_bytes: int) -> None:
        self._response = response
        encoding = headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise TruncatedAnswerError(f"the answer is packed as {encoding!r}, which was not asked for")
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
        self._n_allowed = n_bytes
        self._ready = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes; 0 at the end.

        Raises:
            AnswerTooLongError: there are more than allowed.
            TruncatedAnswerError: there should be more.
        """
        while not self._ready:
            if not self._fetch():
                return 0
        part = self._ready[: len(buffer)]
        self._ready = self._ready[len(part) :]
        self._n_allowed -= len(part)
        if self._n_allowed < 0:
            raise AnswerTooLongError
        buffer[: len(part)] = part
        return len(part)

    def _fetch(self) -> bool:
        """Get more ready; False at the end."""
        unzip = self._unzip
        if unzip is not None and unzip.unconsumed_tail:
            self._ready = unzip.decompress(unzip.unconsumed_tail, CHUNK)
            return True
        raw = self._response.read1(CHUNK)
        if not raw:
            self._ready = unzip.flush() if unzip is not None else b""
            return bool(self._ready) or self._end()
        self._ready = raw if unzip is None else self._decompress(unzip, raw)
        return True

    def _decompress(self, unzip: Any, raw: bytes) -> bytes:
        try:
            return unzip.decompress(raw, CHUNK)  # type: ignore[no-any-return]  # a bomb unpacks in steps
        except zlib.error as error:
            raise TruncatedAnswerError(f"the packed answer is damaged ({error})") from error

    def _end(self) -> bool:
        """False, if this may be the end."""
        if self._response.length:  # what Content-Length promised and did not come
            raise TruncatedAnswerError(f"the answer ends {self._response.length} bytes early")
        if self._unzip is not None and not self._unzip.eof:
            raise TruncatedAnswerError("the packed answer ends in the middle")
        return False


class _BoundedSocket:
    """A socket whose every wait is cut to what is left of the time, as far as `http.client` needs one."""

    def __init__(self, sock: Any, read_seconds: float, deadline: float) -> None:
        self._sock, self._read_seconds, self._deadline = sock, read_seconds, deadline

    def sendall(self, data: Any) -> None:
        self.allow()
        self._sock.sendall(data)

    def makefile(self, mode: str) -> IO[bytes]:
        return io.BufferedReader(_BoundedReader(self._sock.makefile(mode, buffering=0), self))

    def close(self) -> None:
        self._sock.close()

    def allow(self) -> None:
        """Set the socket's time-out for the next wait."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(min(self._read_seconds, left))


class _BoundedReader(io.RawIOBase):
    """The socket's raw file, asked within the time."""

    def __init__(self, raw: Any, sock: _BoundedSocket) -> None:
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.allow()
        return self._raw.readinto(buffer)  # type: ignore[no-any-return]

    def close(self) -> None:
        self._raw.close()
        super().close()


def _connection(url: str, limits: Limits) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
    """Where to connect to, what to ask there and with which headers; by the environment's proxy if any."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no http or https address")
    headers = {"Accept-Encoding": "gzip", "Connection": "close", "User-Agent": USER_AGENT}
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    proxy = _proxy(parts.scheme, parts.hostname)
    host, port = (proxy.hostname, proxy.port) if proxy else (parts.hostname, parts.port)
    if parts.scheme == "http":
        connection = http.client.HTTPConnection(host or "", port, timeout=limits.connect_seconds)
        return connection, (url if proxy else target), headers | (_authorization(proxy) if proxy else {})
    tls = http.client.HTTPSConnection(host or "", port, timeout=limits.connect_seconds, context=_trust())
    if proxy:
        tls.set_tunnel(parts.hostname, parts.port, headers=_authorization(proxy))
    return tls, target, headers


def _proxy(scheme: str, host: str) -> urllib.parse.SplitResult | None:
    address = urllib.request.getproxies().get(scheme)
    if not address or urllib.request.proxy_bypass(host):
        return None
    return urllib.parse.urlsplit(address if "://" in address else f"http://{address}")


def _authorization(proxy: urllib.parse.SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    user = f"{urllib.parse.unquote(proxy.username)}:{urllib.parse.unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(user.encode()).decode()}


def _trust() -> ssl.SSLContext:
    """The system's certificates, and those that `requests` brings, since some systems show none."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
