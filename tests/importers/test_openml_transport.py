"""Asking a server: waits, sizes, times, addresses, and the words for what cannot be healed."""

import gzip
import socket
import threading
import time
from email.utils import formatdate
from io import BytesIO

import pytest

from autometa.errors import ImporterError
from autometa_store.importers.openml_answers import (
    DamagedAnswerError,
    as_number,
    as_real,
    check_head,
    read_document,
    read_elements,
)
from autometa_store.importers.openml_connection import Limits
from autometa_store.importers.openml_transport import (
    NoResultError,
    OpenMLTransport,
    Retries,
    TooMuchAskedError,
    _retry_after,
    base_url,
)
from tests.importers.openml_clients import NOW, FakeClock, patient
from tests.importers.openml_server import Fault, OpenMLLoopback
from tests.importers.openml_world import World

NAMESPACE = b'xmlns:oml="http://openml.org/openml"'
DOCUMENT = b"<oml:task " + NAMESPACE + b"><oml:task_id>3</oml:task_id></oml:task>"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE oml:task [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]><oml:task "
    + NAMESPACE
    + b"><oml:task_id>&j;</oml:task_id></oml:task>"
)
SECRET = (
    b'<?xml version="1.0"?><!DOCTYPE oml:task [<!ENTITY f SYSTEM "file:///etc/hostname">]><oml:task '
    + NAMESPACE
    + b"><oml:task_id>&f;</oml:task_id></oml:task>"
)


def ask(transport: OpenMLTransport, path: str = "task/3") -> bytes:
    return transport.ask(path, lambda stream: stream.read())


def a_world() -> World:
    return World(documents={"task/3": (200, DOCUMENT)})


def test_an_answer_comes_unpacked_and_the_request_has_no_key() -> None:
    with OpenMLLoopback(a_world()) as server:
        transport = patient(server.url, FakeClock())
        assert ask(transport) == DOCUMENT
        assert server.paths == ["/api/v1/xml/task/3"]
        assert transport.n_requests == 1


def test_waits_double_with_jitter_and_the_same_seed_waits_the_same() -> None:
    waits = []
    for _ in range(2):
        clock = FakeClock()
        with OpenMLLoopback(a_world(), faults=[Fault("503", n_times=5)]) as server:
            ask(patient(server.url, clock))
        waits.append(clock.waits)
    assert waits[0] == waits[1]
    for number, wait in enumerate(waits[0]):
        assert 0.5 * 2**number <= wait <= 2**number
    assert len(waits[0]) == 5


def test_waits_stay_below_the_longest() -> None:
    transport = patient("http://x", FakeClock())
    assert max(transport._wait(number, None) for number in range(40)) <= 60


@pytest.mark.parametrize(
    ("kind", "least"), [("429 retry-after", 11), ("503 retry-after", 7), ("429 date", 30)]
)
def test_a_server_that_names_a_pause_gets_it(kind: str, least: float) -> None:
    clock = FakeClock()
    with OpenMLLoopback(a_world(), faults=[Fault(kind)]) as server:
        assert ask(patient(server.url, clock)) == DOCUMENT
    assert len(clock.waits) == 1
    assert least <= clock.waits[0] <= least + 1


def test_a_pause_of_a_day_ends_the_import_and_says_so() -> None:
    clock = FakeClock()
    with (
        OpenMLLoopback(a_world(), faults=[Fault("503 long")]) as server,
        pytest.raises(ImporterError, match=r"HTTP 503 .*asks for a pause of 86400 s; run again then"),
    ):
        ask(patient(server.url, clock))
    assert clock.waits == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("12", 12.0),
        (" 3 ", 3.0),
        (formatdate(NOW + 90, usegmt=True), 90.0),
        (formatdate(NOW - 90, usegmt=True), 0.0),
        ("soon", None),
        ("-1", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(text: str | None, seconds: float | None) -> None:
    assert _retry_after(text, NOW) == seconds


def test_codes_that_mean_nothing_found_are_told_apart() -> None:
    with OpenMLLoopback(a_world(), faults=[Fault("412:542")]) as server:
        clock = FakeClock()
        with pytest.raises(NoResultError) as caught:
            ask(patient(server.url, clock))
    assert caught.value.code == 542
    assert clock.waits == []


def test_an_unknown_task_is_one_sentence_without_another_try() -> None:
    with OpenMLLoopback(a_world()) as server:
        with pytest.raises(ImporterError) as caught:
            ask(patient(server.url, FakeClock()), "task/999")
        assert len(server.paths) == 1
    assert str(caught.value) == f"OpenML refuses {server.url}/api/v1/xml/task/999 with code 151: Unknown task"


def test_nobody_there_is_one_sentence_after_all_tries() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        clock = FakeClock()
        with pytest.raises(ImporterError, match=r"failed 6 times, last: .*refused; run again later to go on"):
            ask(patient(f"http://127.0.0.1:{held.getsockname()[1]}", clock))
    assert len(clock.waits) == 5


def test_a_slow_drip_ends_with_the_time_for_the_whole_answer() -> None:
    start = time.monotonic()
    limits = Limits(read_seconds=5.0, answer_seconds=0.15)
    for kind in ("drip", "drip headers"):
        with (
            OpenMLLoopback(a_world(), faults=[Fault(kind)]) as server,
            pytest.raises(ImporterError, match="no answer in time"),
        ):
            ask(patient(server.url, FakeClock(), limits=limits, n_tries=1))
    assert time.monotonic() - start < 2


def test_a_silent_server_ends_with_the_time_between_two_bytes() -> None:
    with (
        OpenMLLoopback(a_world(), faults=[Fault("hang")]) as server,
        pytest.raises(ImporterError, match="no answer in time"),
    ):
        ask(patient(server.url, FakeClock(), limits=Limits(read_seconds=0.1), n_tries=1))


def test_a_bomb_ends_at_the_size_allowed_and_not_in_memory() -> None:
    world = World(documents={"task/3": (200, b"<" + b" " * 50_000_000)})
    with (
        OpenMLLoopback(world) as server,
        pytest.raises(TooMuchAskedError, match="more than 1,000,000 bytes"),
    ):
        ask(patient(server.url, FakeClock(), limits=Limits(answer_bytes=1_000_000)))


@pytest.mark.parametrize("n_bytes", [0, 1, 65_535, 65_536, 65_537, 1_000_003])
def test_every_length_arrives_whole(n_bytes: int) -> None:
    body = bytes(i * 7919 % 251 for i in range(n_bytes))
    with OpenMLLoopback(World(documents={"/file": (200, body)})) as server:
        transport = patient(server.url, FakeClock())
        assert transport.fetch(f"{server.url}/file", lambda stream: stream.read()) == body


def test_redirections_are_followed_and_not_for_ever() -> None:
    with OpenMLLoopback(a_world(), faults=[Fault("redirect", n_times=1)]) as server:
        assert ask(patient(server.url, FakeClock())) == DOCUMENT
        assert server.paths == ["/api/v1/xml/task/3", "/api/v1/task/3"]
    with (
        OpenMLLoopback(a_world(), faults=[Fault("redirect for ever", n_times=99)]) as server,
        pytest.raises(ImporterError, match="one redirection too many"),
    ):
        ask(patient(server.url, FakeClock()))


def test_a_redirection_cannot_lead_to_a_local_file() -> None:
    with pytest.raises(ImporterError, match="is no http or https address"):
        patient("http://x", FakeClock()).fetch("file:///etc/hostname", lambda stream: stream.read())


@pytest.mark.parametrize(
    ("server", "base"),
    [
        ("https://www.openml.org", "https://www.openml.org"),
        ("https://www.openml.org/", "https://www.openml.org"),
        ("https://www.openml.org/api/v1/xml/", "https://www.openml.org"),
        ("https://www.openml.org/api/v1/json", "https://www.openml.org"),
        ("http://localhost:8080/api/v1", "http://localhost:8080"),
        ("http://host/openml/api", "http://host/openml"),
    ],
)
def test_addresses_of_servers_are_taken_as_people_write_them(server: str, base: str) -> None:
    assert base_url(server) == base


@pytest.mark.parametrize("server", ["www.openml.org", "ftp://openml.org", "https://", "http://a b", ""])
def test_what_is_no_address_is_said(server: str) -> None:
    with pytest.raises(ImporterError, match="is no address of a server; give one like"):
        base_url(server)


def test_a_proxy_of_the_environment_is_asked_for_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def serve() -> None:
            connection, _ = proxy.accept()
            with connection:
                seen.append(connection.recv(4096))
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT
                )

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setenv("http_proxy", f"http://me:p%40ss@127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        assert ask(patient("http://openml.example", FakeClock())) == DOCUMENT
        thread.join()
    assert seen[0].startswith(b"GET http://openml.example/api/v1/xml/task/3 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in seen[0]


@pytest.mark.parametrize("document", [LAUGHS, SECRET], ids=["billion laughs", "file entity"])
@pytest.mark.parametrize("is_list", [False, True], ids=["document", "list"])
def test_entities_are_refused(document: bytes, *, is_list: bool) -> None:
    def read() -> object:
        if not is_list:
            return read_document(BytesIO(document), "task")
        listed = (
            document.replace(b"task>", b"t>").replace(b"oml:task ", b"oml:t ").replace(b"task_id", b"task")
        )
        return list(read_elements(BytesIO(listed), "t", "task"))

    with pytest.raises((ImporterError, DamagedAnswerError)) as caught:
        read()
    assert "ha" not in str(caught.value).replace("damaged", "")


def test_a_document_type_is_never_accepted_even_without_entities() -> None:
    with pytest.raises(ImporterError, match="declares a document type"):
        read_document(BytesIO(b"<!DOCTYPE oml:task>" + DOCUMENT), "task")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b'{"a": 1}', "JSON"),
        (b"[1]", "JSON"),
        (b"<!DOCTYPE HTML><p>", "web page"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', "web page"),
        (b"<html>", "web page"),
        (b"Bad Gateway", "not XML"),
    ],
)
def test_what_is_not_xml_is_named(head: bytes, reason: str) -> None:
    with pytest.raises(DamagedAnswerError, match=reason):
        check_head(head)


def test_a_description_that_speaks_of_html_is_xml() -> None:
    check_head(b"\xef\xbb\xbf<oml:data><oml:description><![CDATA[<html><!doctype html>]]>")


def test_numbers_out_of_texts() -> None:
    assert [as_number(text) for text in ("7", " -3\n", "1.0", "", None, "1" * 30, "x")] == [
        7,
        -3,
        *[None] * 5,
    ]
    assert [as_real(text) for text in ("0.5", "1e3", "nan", "inf", "", None)] == [0.5, 1000.0, *[None] * 4]


def test_the_time_of_an_import_that_never_heals_is_bounded() -> None:
    clock = FakeClock()
    with OpenMLLoopback(a_world(), faults=[Fault("502", n_times=99)]) as server, pytest.raises(ImporterError):
        ask(patient(server.url, clock))
    assert sum(clock.waits) < 62
    assert Retries().n_tries == 6


def test_the_loopback_packs_its_answers() -> None:
    with OpenMLLoopback(a_world()) as server:
        status, packed = server.answer("/api/v1/xml/task/3")
    assert (status, gzip.decompress(packed)) == (200, DOCUMENT)
