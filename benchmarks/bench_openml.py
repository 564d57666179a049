"""Evaluations with hyper-parameters: our listing client beside the `openml` package, on one loopback server.

    python -m benchmarks.bench_openml [--evaluations 10000] [--repeats 3] [--output FILE]

The server is a process of its own with every answer made and packed beforehand, so that only the clients are
measured; each measurement is a fresh process. The second part lists 25,039 runs whose engines are doubled,
setups tagged twice and values NULL: "shuffled" has the rows of each page in another order, "reordered" all
rows in another order in every answer; there the server makes its answers meanwhile.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.environment import environment

METRIC = "predictive_accuracy"
N_PARAMETERS = 19
N_RUNS_HARD = 25_039
TASK, FLOW = 1, 5


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evaluations", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/openml.json"))
    options = parser.parse_args()
    answer = {
        "speed": measure_speed(options.evaluations, options.repeats),
        "completeness": {order: measure_completeness(order) for order in ("shuffled", "reordered")},
    }
    print(json.dumps(answer, indent=2))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    repeats = {"repeats": options.repeats, "n_parameters": N_PARAMETERS}
    options.output.write_text(json.dumps({**answer, **repeats, **environment()}, indent=2) + "\n")


def measure_speed(n_runs: int, repeats: int) -> dict[str, Any]:
    """Both clients take turns on the same server; seconds, requests, memory."""
    with _Server(n_runs, is_hard=False, order="kept") as url:
        clients = {"autometa": list_with_autometa, "openml": list_with_openml}
        for client in clients.values():
            _in_process(client, url)  # every answer is made and kept now
        results: dict[str, list[dict[str, float]]] = {name: [] for name in clients}
        for _ in range(repeats):
            for name, client in clients.items():
                results[name].append(_in_process(client, url))
    summary = {name: _summary(runs) for name, runs in results.items()}
    ours, theirs = summary["autometa"], summary["openml"]
    return {
        **summary,
        "times_faster": theirs["seconds_median"] / ours["seconds_median"],
        "times_faster_cpu": theirs["cpu_seconds_median"] / ours["cpu_seconds_median"],
    }


def measure_completeness(order: str) -> dict[str, Any]:
    """How many of the runs each client gets from a server with OpenML's oddities."""
    with _Server(N_RUNS_HARD, is_hard=True, order=order) as url:
        ours = _in_process(list_with_autometa, url)
        theirs = _in_process(list_plainly_with_openml, url)
    return {
        "n_runs": N_RUNS_HARD,
        "autometa_n_found": ours["n_runs"],
        "autometa_n_requests": ours["n_requests"],
        "autometa_mb_grown": ours["mb_grown"],
        "openml_n_found": theirs["n_runs"],
    }


def list_with_autometa(url: str) -> dict[str, float]:
    """Our client; what it gives is kept, as the package keeps its frame."""
    from autometa_store.importers.openml_client import OpenMLClient
    from autometa_store.importers.openml_transport import OpenMLTransport

    client = OpenMLClient(OpenMLTransport(url))

    def ask() -> tuple[int, int]:
        pages = list(client.evaluations(metric=METRIC, task_id=TASK, flow_id=FLOW))
        rows = [row for page in pages for row in page.evaluations]
        return len({row.run_id for row in rows}), min(len(row.parameters) for row in rows)

    return {**_measured(ask), "n_requests": client.transport.n_requests}


def list_with_openml(url: str) -> dict[str, float]:
    """The package's way to evaluations with hyper-parameters."""
    return _with_openml(url, "list_evaluations_setups")


def list_plainly_with_openml(url: str) -> dict[str, float]:
    """The package's listing without hyper-parameters, which shows which runs it finds."""
    return _with_openml(url, "list_evaluations")


def _with_openml(url: str, name: str) -> dict[str, float]:
    import openml

    from autometa_store.importers.openml_package import _settings

    n_requests = 0
    send = openml._api_calls._send_request

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal n_requests
        n_requests += 1
        return send(*arguments, **options)

    openml._api_calls._send_request = counted

    def ask() -> tuple[int, int]:
        listing = getattr(openml.evaluations, name)
        frame = listing(METRIC, tasks=[TASK], flows=[FLOW], size=None, output_format="dataframe")
        has_parameters = "parameters" in frame
        return frame["run_id"].nunique(), len(frame["parameters"].iloc[0]) if has_parameters else 0

    with _settings(openml, url):
        return {**_measured(ask), "n_requests": n_requests}


def _measured(ask: Callable[[], tuple[int, int]]) -> dict[str, float]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu_start = time.perf_counter(), time.process_time()
    n_runs, n_parameters = ask()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "n_runs": n_runs,
        "n_parameters": n_parameters,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "mb_grown": grown / 1024,
    }


def _in_process(client: Callable[[str], dict[str, float]], url: str) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(client, url).result()


def _summary(runs: list[dict[str, float]]) -> dict[str, Any]:
    return {
        "n_runs": runs[0]["n_runs"],
        "n_parameters": runs[0]["n_parameters"],
        "n_requests": runs[0]["n_requests"],
        "seconds_median": statistics.median(run["seconds"] for run in runs),
        "seconds": [run["seconds"] for run in runs],
        "cpu_seconds_median": statistics.median(run["cpu_seconds"] for run in runs),
        "mb_grown_max": max(run["mb_grown"] for run in runs),
    }


class _Server:
    """The loopback server in its own process, until the block ends."""

    def __init__(self, n_runs: int, *, is_hard: bool, order: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(n_runs, is_hard, order, there), daemon=True)

    def __enter__(self) -> str:
        self._process.start()
        return str(self._here.recv())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(n_runs: int, is_hard: bool, order: str, pipe: Any) -> None:
    from tests.importers.openml_runs import damaged, made_up_rows
    from tests.importers.openml_server import OpenMLLoopback
    from tests.importers.openml_world import World

    rows = made_up_rows(n_runs)
    if is_hard:
        rows = list(damaged(rows, engines=0.1, tags=0.2, nulls=0.05))
    with OpenMLLoopback(World(rows=rows, order=order), cache=order == "kept") as server:
        pipe.send(server.url)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
