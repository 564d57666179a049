"""Asking an OpenML server until it answers: what heals is asked again, what does not is one clear sentence.

OpenML refuses with HTTP 412 and a number (its `apiErrors`): some mean "there is none", one "the database is
busy", the others that the request is wrong. In front of it stand proxies: they say 429, 502, 503, 504 or show
a page.
"""

import http.client
import io
import re
import ssl
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar

import numpy as np

from autometa.errors import ImporterError
from autometa_store.importers.openml_answers import (
    DamagedAnswerError,
    check_head,
    refusal_in,
)
from autometa_store.importers.openml_connection import (
    Answer,
    AnswerTooLongError,
    BadAddressError,
    Limits,
    TruncatedAnswerError,
    get,
)

NO_RESULTS = frozenset({372, 482, 500, 512, 542, 674})
BUSY = 107
LIMIT_TOO_HIGH = frozenset({543, 546, 548, 676})
HEALING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
N_REDIRECTS = 5
HEAD_BYTES = 4096
T = TypeVar("T")


class RefusedError(ImporterError):
    """OpenML refused with a number.

    Attributes:
        code: the number.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class NoResultError(RefusedError):
    """The server knows nothing that fits."""


class TooMuchAskedError(ImporterError):
    """The server, or our own limit, wants a smaller question."""


@dataclass(frozen=True, slots=True)
class Retries:
    """When to ask again: waits double from `first_wait` to `longest_wait`, each cut by up to half at random.

    Attributes:
        n_tries: in all.
        first_wait: seconds.
        longest_wait: seconds.
        longest_asked: seconds that a server may ask for by `Retry-After`; a longer pause ends the import.
    """

    n_tries: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 300.0


@dataclass(slots=True)
class OpenMLTransport:
    """Reads from one server; keeps no connection, no cache and no key.

    Attributes:
        server: address as people write it, e.g. `https://www.openml.org`, with or without `/api/v1/xml`.
        limits: of one answer.
        retries: when an answer is asked for again.
        rng: spreads the waits, so that many clients do not come back at once.
        sleep: waits for seconds.
        now: seconds since 1970, for `Retry-After` that names a time.
        n_requests: sent so far.
    """

    server: str = "https://www.openml.org"
    limits: Limits = field(default_factory=Limits)
    retries: Retries = field(default_factory=Retries)
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    n_requests: int = 0

    def __post_init__(self) -> None:
        self.server = base_url(self.server)

    def ask(self, path: str, read: Callable[[io.BufferedReader], T]) -> T:
        """What `read` makes of the XML answer to an API call.

        Args:
            path: below `/api/v1/xml/`, e.g. `task/59`; quoted where it needs to be.
            read: takes the stream of XML; may run several times; raises `DamagedAnswerError` for another.

        Raises:
            NoResultError: the server knows nothing that fits.
            TooMuchAskedError: a smaller question may be answered.
            ImporterError: the server cannot be reached, refuses, or sends nonsense.
        """

        def attempt() -> T:
            return self._once(f"{self.server}/api/v1/xml/{path}", lambda body: read(_as_xml(body)))

        return self.insist(attempt, what=f"{self.server} for {path}")

    def fetch(self, url: str, read: Callable[[io.BufferedReader], T]) -> T:
        """What `read` makes of the bytes behind any http or https address; raises as `ask` does."""
        return self.insist(lambda: self._once(url, read), what=url)

    def insist(self, attempt: Callable[[], T], *, what: str) -> T:
        """The result of an attempt, which is repeated while it raises what may heal.

        Args:
            attempt: what to do; raises `HealingError`, `DamagedAnswerError` or `OSError` to be repeated.
            what: for the message, after "asking".
        """
        for number in range(self.retries.n_tries):
            try:
                return attempt()
            except ssl.SSLCertVerificationError as error:
                reason = error.verify_message
                raise ImporterError(f"cannot trust {what}: {reason}; check the address and clock") from error
            except (HealingError, DamagedAnswerError, TruncatedAnswerError, OSError) as error:
                reason, asked = _reason(error), getattr(error, "retry_after", None)
                cause: Exception = error
            except http.client.HTTPException as error:
                reason, asked, cause = f"no proper HTTP ({_reason(error)})", None, error
            if asked is not None and asked > self.retries.longest_asked:
                raise ImporterError(
                    f"{what}: {reason}; the server asks for a pause of {asked:.0f} s; run again then"
                ) from cause
            if number + 1 < self.retries.n_tries:
                self.sleep(self._wait(number, asked))
        kind = TooMuchAskedError if getattr(cause, "is_too_much", False) else ImporterError
        raise kind(
            f"asking {what} failed {self.retries.n_tries} times, last: {reason}; run again later to go on"
        ) from cause

    def _wait(self, number: int, asked: float | None) -> float:
        wait = min(self.retries.longest_wait, self.retries.first_wait * 2.0**number)
        jittered = wait * float(self.rng.uniform(0.5, 1.0))
        return jittered if asked is None else asked + 0.1 * jittered

    def _once(self, url: str, read: Callable[[io.BufferedReader], T]) -> T:
        for _ in range(N_REDIRECTS + 1):
            self.n_requests += 1
            try:
                with get(url, self.limits) as answer:
                    if answer.status == 200:
                        return read(io.BufferedReader(answer.body, HEAD_BYTES * 16))
                    url = self._elsewhere(url, answer)
            except (BadAddressError, http.client.InvalidURL) as error:
                raise ImporterError(f"cannot ask {url!r}: {error}; check the server's address") from error
            except AnswerTooLongError as error:
                raise TooMuchAskedError(
                    f"{url} sends more than {self.limits.answer_bytes:,} bytes, which no such answer needs"
                ) from error
        raise ImporterError(f"{url} is one redirection too many; check the server's address")

    def _elsewhere(self, url: str, answer: Answer) -> str:
        """Where a redirection leads; any other status ends in an error."""
        if answer.status in (301, 302, 303, 307, 308) and "location" in answer.headers:
            return urllib.parse.urljoin(url, answer.headers["location"])
        raise _failure(url, answer, io.BufferedReader(answer.body).read(HEAD_BYTES * 4), self.now())


class HealingError(Exception):
    """The server could not answer this time.

    Attributes:
        retry_after: seconds it asks to wait, if it does.
        is_too_much: whether a smaller question may help.
    """

    def __init__(self, message: str, retry_after: float | None = None, *, is_too_much: bool = False) -> None:
        super().__init__(message)
        self.retry_after, self.is_too_much = retry_after, is_too_much


def base_url(server: str) -> str:
    """The server's address without `/api/v1/…`.

    Raises:
        ImporterError: it is no http or https address.
    """
    match = re.fullmatch(r"(https?://[^/\s?#]+(?:/[^\s?#]*?)??)(?:/api(?:/v1(?:/(?:xml|json))?)?)?/*", server)
    if match is None:
        raise ImporterError(f"{server!r} is no address of a server; give one like https://www.openml.org")
    return match[1]


def refused(url: str, code: int, message: str) -> Exception:
    """What to raise where OpenML refuses with a number."""
    if code in NO_RESULTS:
        return NoResultError(f"OpenML has nothing for {url}: {message}", code)
    if code == BUSY:
        return HealingError(f"OpenML's database is overloaded (code {code}: {message})")
    sentence = f"OpenML refuses {url} with code {code}: {message}"
    return TooMuchAskedError(sentence) if code in LIMIT_TOO_HIGH else RefusedError(sentence, code)


def _failure(url: str, answer: Answer, body: bytes, now: float) -> Exception:
    refusal = refusal_in(body)
    status = answer.status
    name = f"HTTP {status} {http.client.responses.get(status, '')}".strip()
    wait = _retry_after(answer.headers.get("retry-after"), now)
    if status in HEALING_STATUSES or (status == 412 and refusal is None):
        return HealingError(name, wait, is_too_much=status == 504)
    if refusal is not None:
        return refused(url, *refusal)
    if status in (413, 414):
        return TooMuchAskedError(f"{url[:200]} is too long a question for the server ({name})")
    return ImporterError(f"{url} answers {name}; check the server's address")


def _retry_after(text: str | None, now: float) -> float | None:
    """Seconds: the header holds them, or a date; None without one that can be read."""
    if text is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}\s*", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _as_xml(body: io.BufferedReader) -> io.BufferedReader:
    check_head(body.peek(HEAD_BYTES))
    return body


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return " ".join(str(error).split())[:200] or type(error).__name__
