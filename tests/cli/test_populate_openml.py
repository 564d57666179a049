"""`autometa populate openml` against a loopback server: complete, resumable, incremental, and useful."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from autometa_cli.main import main
from autometa_store.trial_store import TrialStore
from tests.importers.openml_runs import Row, made_up_rows
from tests.importers.openml_server import Fault, OpenMLLoopback
from tests.importers.openml_world import World, recorded

N_RUNS = 1300  # three pages of the smallest size
OWN = Path(__file__).parent.parent / "data" / "openml"
REAL = Path("../shared/data/openml_recorded")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def server() -> Iterator[OpenMLLoopback]:
    with OpenMLLoopback(recorded(OWN)) as loopback:
        yield loopback


def _arguments(server: OpenMLLoopback, store: Path, *more: str) -> Sequence[str]:
    return "populate", "openml", "--server", server.url, "--store", str(store), *more


def _seeds(store: Path, server: OpenMLLoopback) -> Counter[int | None]:
    """How often each run is stored."""
    found: Counter[int | None] = Counter()
    with TrialStore.open(store, mode="read") as opened:
        export = store.with_suffix(".jsonl")
        opened.export(export)
    for line in export.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found.update(
            trial["seed"] for trial in record.get("trials", record.get("study", {}).get("trials", ()))
        )
    return found


@pytest.mark.slow
def test_a_suite_by_number_or_alias_adds_up_and_a_second_run_takes_nothing(
    run: Run, server: OpenMLLoopback, tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    code, out, _ = run(*_arguments(server, store, "--suite", "9", "--json"))
    told = json.loads(out)
    rows = told["rows"]
    assert code == 0
    assert rows["seen"] == rows["new"] + rows["known"] + sum(rows["skipped"].values()) == 6
    assert (rows["new"], rows["skipped"]) == (5, {"no score": 1})
    assert rows["new"] == rows["catalogue"] + sum(rows["outside_catalogue"].values())
    server.paths.clear()
    code, out, _ = run(*_arguments(server, store, "--suite", "made-up-suite", "--json"))
    again = json.loads(out)
    assert (code, again["rows"]["new"], again["n_unchanged"]) == (0, 0, 2)
    assert not [path for path in server.paths if "/data/" in path or "download" in path]
    with TrialStore.open(store, mode="read") as opened:
        assert opened.counts()["trials"] == 5
        assert opened.counts()["datasets"] == 2  # the second task predicts another column


@pytest.mark.slow
def test_a_dry_run_says_what_there_is_and_makes_no_store(
    run: Run, server: OpenMLLoopback, tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    code, out, _ = run(*_arguments(server, store, "--task", "1", "--task", "2", "--dry-run"))
    assert code == 0
    assert "task 1, all flows, predictive_accuracy: " in out
    assert "nothing was stored" in out
    assert not store.exists()


@pytest.mark.slow
def test_without_data_no_file_is_fetched(run: Run, server: OpenMLLoopback, tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    code, _, _ = run(*_arguments(server, store, "--dataset", "1", "--no-data"))
    assert code == 0
    assert not [path for path in server.paths if "download" in path]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ((), 2, "say what to take"),
        (("--task", "1", "--since", "yesterday"), 2, "neither a date"),
        (("--task", "1", "--metric", "predictive_acuracy"), 2, "did you mean"),
        (("--task", "1", "--flow", "NoSuchFlow"), 2, "OpenML has no flow 'NoSuchFlow'"),
        (("--suite", "4711"), 4, "601"),
        (("--task", "4711"), 2, "skipped task 4711"),
    ],
)
def test_bad_input_is_one_sentence(
    run: Run, server: OpenMLLoopback, tmp_path: Path, more: Sequence[str], code: int, words: str
) -> None:
    found, _, err = run(*_arguments(server, tmp_path / "store.db", *more))
    assert found == code
    assert words in " ".join(err.replace("│", " ").split())


@pytest.mark.slow
def test_a_refusal_in_the_middle_is_code_4_and_the_next_run_completes_exactly(
    run: Run, tmp_path: Path
) -> None:
    world = _world(300)
    store = tmp_path / "store.db"
    with OpenMLLoopback(world, faults=[Fault("412:103", "evaluation/setup/list", 1)]) as server:
        code, _, err = run(*_arguments(server, store, "--task", "1", "--no-data"))
        again, out, _ = run(*_arguments(server, store, "--task", "1", "--no-data", "--json"))
    assert code == 4
    assert err.splitlines()[0] == "autometa: 0 trials saved, run again to go on"
    assert "code 103" in err.splitlines()[1]
    assert (again, json.loads(out)["rows"]["new"]) == (0, 300)
    assert _seeds(store, server) == Counter(range(1, 301))


def _world(n_runs: int) -> World:
    world = recorded(OWN)
    world.max_rows = 500
    world.rows = [replace(row, flow_name="sklearn.made.Up(3)") for row in made_up_rows(n_runs)]
    return world


def _command(server: OpenMLLoopback, store: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "autometa_cli", *_arguments(server, store, "--task", "1", "--no-data")],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["store", "cli", "."])},
    )


def _stop_at_second_page(server: OpenMLLoopback, store: Path, sign: signal.Signals) -> tuple[int, str]:
    """Start the command, and send the signal when the server is asked for its second page."""
    process = _command(server, store)
    deadline = time.monotonic() + 50
    while not any(map(_is_later_page, server.paths)):
        if process.poll() is not None or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    process.send_signal(sign)
    _, err = process.communicate(timeout=50)
    return process.returncode, err


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill -9"])
def test_a_run_that_is_cut_off_goes_on_and_nothing_is_lost_or_doubled(
    run: Run, tmp_path: Path, sign: signal.Signals
) -> None:
    store = tmp_path / "store.db"
    with OpenMLLoopback(_world(N_RUNS)) as server:
        server.before_answer = _slow_pages
        code, err = _stop_at_second_page(server, store, sign)
        with TrialStore.open(store, mode="read") as opened:
            n_before = opened.counts()["trials"]
        server.before_answer = lambda path: None
        again, out, _ = run(*_arguments(server, store, "--task", "1", "--no-data", "--json"))
        assert _seeds(store, server) == Counter(range(1, N_RUNS + 1))
    assert code == (130 if sign is signal.SIGINT else -signal.SIGKILL)
    assert ("run again to go on" in err) == (sign is signal.SIGINT)
    assert (again, json.loads(out)["rows"]["new"]) == (0, N_RUNS - n_before)
    assert n_before < N_RUNS


def _slow_pages(path: str) -> None:
    if _is_later_page(path):
        time.sleep(3)


def _is_later_page(path: str) -> bool:
    return "evaluation/setup/list" in path and not path.endswith("offset/0")


@pytest.mark.slow
def test_rows_that_arrive_later_are_all_that_a_second_run_takes(run: Run, tmp_path: Path) -> None:
    store, world = tmp_path / "store.db", _world(400)
    with OpenMLLoopback(world) as server:
        run(*_arguments(server, store, "--task", "1", "--no-data"))
        world.rows += [_later(row) for row in made_up_rows(420)[400:]]
        code, out, _ = run(*_arguments(server, store, "--task", "1", "--no-data", "--json"))
        assert (code, json.loads(out)["rows"]["new"]) == (0, 20)
        assert _seeds(store, server) == Counter(range(1, 421))


def _later(row: Row) -> Row:
    return replace(row, flow_name="sklearn.made.Up(3)")


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="no recorded answers of an OpenML server beside the repository")
def test_runs_of_a_real_server_change_what_suggest_says(run: Run, tmp_path: Path) -> None:
    from sklearn.datasets import load_wine

    table, store = tmp_path / "wine.csv", tmp_path / "store.db"
    pd.DataFrame(load_wine(as_frame=True).frame).to_csv(table, index=False)
    before = run("suggest", table, "--metric", "predictive_accuracy", "--learner", "svm")
    with OpenMLLoopback(recorded(REAL)) as server:
        tasks = ("--task", "1307", "--task", "1308", "--task", "1309")
        code, out, _ = run(*_arguments(server, store, *tasks, "--json"))
    counts = json.loads(out)["rows"]
    asked = ("--metric", "predictive_accuracy", "--learner", "svm", "--store", store, "--json")
    after = run("suggest", table, *asked)
    suggestions = json.loads(after[1])["suggestions"]
    assert (code, counts["new"], counts["catalogue"]) == (0, 39, 4)
    assert before[0] == 2
    assert len(suggestions) == 4
    assert suggestions[0]["params"]["C"] == pytest.approx(4.692264757623484)
