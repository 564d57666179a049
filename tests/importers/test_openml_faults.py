"""All that can go wrong on the way: it heals, or it is one clear line; a second call completes exactly."""

import random
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from autometa.errors import AutometaError, ImporterError
from autometa_store.importers import openml_client, openml_listing
from autometa_store.importers.openml_answers import DamagedAnswerError, read_document
from autometa_store.importers.openml_client import OpenMLClient
from autometa_store.importers.openml_connection import Limits
from autometa_store.importers.openml_records import EvaluationPage
from autometa_store.importers.openml_rows import read_evaluations
from tests.importers.openml_clients import QUICK, FakeClock, patient
from tests.importers.openml_runs import made_up_rows
from tests.importers.openml_server import Fault, OpenMLLoopback
from tests.importers.openml_world import World, recorded

OWN = Path(__file__).parents[1] / "data" / "openml"
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "openml_recorded"
METRIC = "predictive_accuracy"
HEALING = [
    "500",
    "502",
    "503",
    "503 retry-after",
    "503 html",
    "504",
    "429",
    "429 retry-after",
    "429 date",
    "html",
    "xhtml",
    "truncated",
    "half",
    "empty",
    "json",
    "damaged gzip",
    "reset",
    "closed",
    "no http",
    "hang",
    "drip",
    "drip headers",
    "412:107",
]
SLOW = ("hang", "drip", "drip headers")
FINAL = [
    *("404", "414", "503 long", "redirect for ever"),
    *(f"412:{code}" for code in (100, 103, 112, 540, 541, 543, 544, 545, 546, 547, 548, 549, 670, 676)),
]
NOTHING = [f"412:{code}" for code in (372, 482, 500, 512, 542, 674)]


def listed(server: OpenMLLoopback, *, limits: Limits | None = None) -> list[int]:
    transport = patient(server.url, FakeClock(), limits=limits)
    pages = openml_listing.list_evaluations(transport, metric=METRIC, task_id=1, flow_id=5, page_size=40)
    return [row.run_id for page in pages for row in page.evaluations]


def one_line(error: BaseException) -> bool:
    return "\n" not in str(error) and 20 < len(str(error)) < 500


@pytest.mark.parametrize("kind", HEALING)
def test_a_fault_of_a_page_heals_and_no_run_is_lost_or_doubled(kind: str) -> None:
    with OpenMLLoopback(World(rows=made_up_rows(60)), faults=[Fault(kind, "offset/30")]) as server:
        assert listed(server, limits=QUICK if kind in SLOW else None) == list(range(1, 61))
        assert server.faults[0].n_times == 0


def test_an_interrupt_while_waiting_ends_at_once_and_a_second_call_completes() -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with OpenMLLoopback(World(rows=made_up_rows(60)), faults=[Fault("503", "offset/30")]) as server:
        transport = patient(server.url, FakeClock())
        transport.sleep = interrupt
        ask = partial(
            openml_listing.list_evaluations, transport, metric=METRIC, task_id=1, flow_id=5, page_size=40
        )
        first = ask()
        page = next(first)
        with pytest.raises(KeyboardInterrupt):
            next(first)
        pages = [page, *ask(cursor=page.cursor)]
    assert [row.run_id for page in pages for row in page.evaluations] == list(range(1, 61))


@pytest.mark.parametrize("kind", HEALING)
def test_a_fault_that_stays_is_one_line_and_a_second_call_completes(kind: str) -> None:
    world = World(rows=made_up_rows(60))
    limits = QUICK if kind in SLOW else None
    with OpenMLLoopback(world, faults=[Fault(kind, "offset/30", n_times=99)]) as server:
        transport = patient(server.url, FakeClock(), limits=limits, n_tries=2)
        pages: list[EvaluationPage] = []
        first = openml_listing.list_evaluations(transport, metric=METRIC, task_id=1, flow_id=5, page_size=40)
        with pytest.raises(ImporterError) as caught:
            pages.extend(first)
        assert one_line(caught.value)
        server.faults.clear()
        again = openml_listing.list_evaluations(
            transport, metric=METRIC, task_id=1, flow_id=5, page_size=40, cursor=pages[-1].cursor
        )
        found = [row.run_id for page in [*pages, *again] for row in page.evaluations]
    assert found == list(range(1, 61))


@pytest.mark.parametrize("kind", FINAL)
def test_what_cannot_heal_is_one_line_at_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openml_listing, "SMALLEST_PAGE", 40)
    with OpenMLLoopback(World(rows=made_up_rows(60)), faults=[Fault(kind, n_times=99)]) as server:
        with pytest.raises(ImporterError) as caught:
            listed(server)
        assert len(server.paths) == (6 if kind == "redirect for ever" else 1)
    assert one_line(caught.value)


@pytest.mark.parametrize("kind", NOTHING)
def test_codes_of_no_results_are_an_empty_listing(kind: str) -> None:
    with OpenMLLoopback(World(rows=made_up_rows(60)), faults=[Fault(kind, n_times=99)]) as server:
        assert listed(server) == []


@pytest.mark.parametrize("code", [273, 363, 364, 361, 362])
def test_a_data_set_that_was_not_processed_has_no_qualities(code: int) -> None:
    with OpenMLLoopback(recorded(OWN), faults=[Fault(f"412:{code}", "qualities")]) as server:
        client = OpenMLClient(patient(server.url, FakeClock()))
        if code == 273:
            with pytest.raises(ImporterError, match="code 273"):
                client.qualities(1)
        else:
            assert client.qualities(1) == {}


def downloaded(server: OpenMLLoopback, folder: Path, *, n_tries: int = 6) -> Path:
    client = OpenMLClient(patient(server.url, FakeClock(), limits=QUICK, n_tries=n_tries))
    about = openml_client.ListedDataset(
        data_id=1,
        name="../../made_up",
        version=1,
        file_format="ARFF",
        url=f"{server.url}/data/v1/download/1/made_up.arff",
        md5="c4e7730e705f41da55727328b7e6f198",
        default_target="answer",
    )
    return client.download(about, folder)


@pytest.mark.parametrize("kind", [k for k in HEALING if "412" not in k and "html" not in k] + ["other bytes"])
def test_a_file_arrives_whole_or_not_at_all(kind: str, tmp_path: Path) -> None:
    with OpenMLLoopback(recorded(OWN), faults=[Fault(kind, "download")]) as server:
        path = downloaded(server, tmp_path / "files")
        assert path.read_bytes() == (OWN / "data_1.arff").read_bytes()
    assert [file.name for file in (tmp_path / "files").iterdir()] == ["dataset_1.arff"]


@pytest.mark.parametrize("kind", ["html", "xhtml", "json", "empty", "half", "other bytes", "truncated"])
def test_a_wrong_file_leaves_nothing_behind_and_names_both_digests(kind: str, tmp_path: Path) -> None:
    with OpenMLLoopback(recorded(OWN), faults=[Fault(kind, "download", n_times=99)]) as server:
        with pytest.raises(ImporterError) as caught:
            downloaded(server, tmp_path, n_tries=3)
        assert len(server.paths) == 3
    assert one_line(caught.value)
    assert kind == "truncated" or "OpenML recorded c4e7730e705f41da55727328b7e6f198" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_fetched_again_and_a_damaged_one_is(tmp_path: Path) -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        path = downloaded(server, tmp_path)
        downloaded(server, tmp_path)
        assert len(server.paths) == 1
        path.write_bytes(path.read_bytes()[:500])
        assert downloaded(server, tmp_path).stat().st_size > 500
        assert len(server.paths) == 2


def test_a_full_disk_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autometa_store.importers import openml_files

    class Full:
        name = str(tmp_path / "part")

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(openml_files, "NamedTemporaryFile", lambda **_: Full())
    with OpenMLLoopback(recorded(OWN)) as server:
        with pytest.raises(
            ImporterError, match=r"cannot write .*dataset_1.arff: No space left on device; free"
        ):
            downloaded(server, tmp_path)
        assert len(server.paths) == 1


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("")
    with (
        OpenMLLoopback(recorded(OWN)) as server,
        pytest.raises(ImporterError, match=r"cannot write .*choose another folder"),
    ):
        downloaded(server, tmp_path / "files")


def mutated(body: bytes, rng: random.Random) -> bytes:
    """The body with bytes cut, doubled, replaced, or its elements renamed, emptied or turned around."""
    changed = bytearray(body)
    for _ in range(rng.randint(1, 6)):
        place, length = rng.randrange(len(changed) + 1), rng.randint(0, 60)
        kind = rng.randrange(6)
        if kind == 0:
            del changed[place : place + length]
        elif kind == 1:
            changed[place:place] = bytes(rng.randrange(256) for _ in range(length))
        elif kind == 2:
            changed[place:place] = changed[place : place + length]
        elif kind == 3:
            del changed[place:]
        elif kind == 4:
            words = (b"oml:id", b"oml:run_id", b"oml:value", b"oml:parameter", b"oml:", b">1<", b"evaluation")
            word = rng.choice(words)
            changed = bytearray(
                bytes(changed).replace(word, rng.choice((b"oml:x", b"x", b">NaN<", b"", b"&z;")))
            )
        else:
            changed[place : place + length] = rng.choice(
                (b"<!--", b"]]>", b"&#0;", b"\x00", b"</oml:evaluations>")
            )
    return bytes(changed)


def survives(read: object) -> str:
    try:
        read()  # type: ignore[operator]
    except (AutometaError, DamagedAnswerError) as error:
        return type(error).__name__
    return "read"


@pytest.mark.parametrize("source", ["own", "recorded"])
def test_two_hundred_mutated_answers_raise_nothing_of_their_own(source: str) -> None:
    folder = OWN if source == "own" else RECORDED
    if not folder.exists():
        pytest.skip("needs ../shared/data/openml_recorded")
    rng = random.Random(5)
    endings: list[str] = []
    listing = (folder / "evaluation_setup_list.xml").read_bytes()[:60_000]
    if not listing.rstrip().endswith(b"</oml:evaluations>"):
        cut = listing.rindex(b"</oml:evaluation>") + len(b"</oml:evaluation>")
        listing = listing[:cut] + b"</oml:evaluations>"
    others = {
        "tasks": ((folder / "task_list.xml").read_bytes(), openml_client._read_tasks),
        "flows": ((folder / "flow_list.xml").read_bytes(), openml_client._read_flows),
        "data_qualities": (
            next(folder.glob("data_qualities_1*.xml")).read_bytes(),
            openml_client._read_qualities,
        ),
        "evaluations": (listing, read_evaluations),
    }
    for body, read in others.values():
        assert survives(lambda read=read, body=body: read(BytesIO(body))) == "read"
        for _ in range(50):
            changed = mutated(body, rng)
            endings.append(survives(lambda read=read, changed=changed: read(BytesIO(changed))))
            survives(lambda changed=changed: read_document(BytesIO(changed), "error"))
    assert len(endings) == 200
    assert set(endings) == {"read", "DamagedAnswerError"}


def test_mutated_answers_over_the_network_end_in_our_errors_only() -> None:
    rng = random.Random(11)
    world = recorded(OWN)
    endings = []
    for name in ("data/qualities/1", "flow/list"):
        status, body = world.documents[name]
        for _ in range(15):
            world.documents[name] = (status, mutated(body, rng))
            with OpenMLLoopback(world) as server:
                client = OpenMLClient(patient(server.url, FakeClock(), limits=QUICK, n_tries=2))
                for call in (lambda c=client: c.qualities(1), lambda c=client: c.flows("SVC")):
                    endings.append(survives(call))
        world.documents[name] = (status, body)
    assert set(endings) <= {"read", "ImporterError"}
    assert {"read", "ImporterError"} <= set(endings)
