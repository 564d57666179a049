"""What a team gets from 1 to 4 workers: one store, Optuna's storages, Dask for `autometa populate local`.

    python -m benchmarks.bench_scale [--workers 1 2 3 4] [--parts store optuna dask] [--output FILE]

* store: processes that write full trials (five folds, two further metrics) into one store, 1,000 a
  transaction; the same number of trials in all, however many share them. On SQLite and on a PostgreSQL server
  of its own.
* optuna: processes that share one Optuna study of a trivial objective, by its RDB storage on PostgreSQL and
  by its gRPC proxy before that (wants grpcio).
* dask: `autometa populate local` on a Dask cluster of processes with one thread each.

Seconds run from the moment when all processes are ready. More workers than cores share the cores, and so do
other programs: CPU seconds (of the workers, not of a server) say more on a busy machine. Parts may be
measured one at a time; those that are not asked for stay in the file as they were.
"""

import argparse
import json
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from autometa.dataset import TaskType
from autometa.history import PriorStudy
from autometa.warmstart.sources import DatasetInfo
from autometa_store.trial_store import TrialStore
from benchmarks.bench_store import METRIC, SPACE, STUDY_SIZE, make_trials
from benchmarks.environment import environment
from benchmarks.postgresql_server import running_server

N_STUDIES = 24  # of STUDY_SIZE trials, shared by the writers
N_OPTUNA_TRIALS = 96  # shared by the workers
N_TABLES, N_ROWS, N_COLUMNS = 8, 400, 10
DASK_OPTIONS = ("--configurations", "3", "--learner", "random_forest", "--learner", "logistic_regression")
N_OPENML_RUNS = 10_000_000
HOUR, GIGABYTE = 3600, 1e9

_processes = get_context("spawn")
Times = SimpleQueue[float]


def main() -> None:
    """Measure, print and write."""
    parts: Mapping[str, Callable[[list[int]], dict[str, Any]]] = {
        "store": measure_stores,
        "optuna": measure_optuna,
        "dask": measure_dask,
    }
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--parts", nargs="+", choices=list(parts), default=list(parts))
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/scale.json"))
    options = parser.parse_args()
    answer = json.loads(options.output.read_text()) if options.output.exists() else {}
    for name in options.parts:
        answer[name] = {**parts[name](options.workers), **environment()}
        print(json.dumps(answer[name], indent=2))
        options.output.write_text(json.dumps(answer, indent=2) + "\n")


def measure_stores(workers: list[int]) -> dict[str, Any]:
    """Trials a second into one store, and what they say of ten million."""
    found: dict[str, Any] = {}
    for kind in ("sqlite", "postgresql"):
        speeds, cpu_speeds, size = {}, {}, 0.0
        for n_workers in workers:
            with TemporaryDirectory() as folder, _empty_store(kind, Path(folder)) as (url, bytes_of):
                n_bytes_empty = bytes_of() if kind == "postgresql" else 0
                seconds, cpu_seconds = _seconds_of(n_workers, _write_studies, url)
                speeds[str(n_workers)] = N_STUDIES * STUDY_SIZE / seconds
                cpu_speeds[str(n_workers)] = N_STUDIES * STUDY_SIZE / cpu_seconds
                with TrialStore.open(url, mode="read") as store:
                    n_trials = store.counts()["trials"]
                size = (bytes_of() - n_bytes_empty) / n_trials
                if n_trials != N_STUDIES * STUDY_SIZE:
                    raise RuntimeError(f"{n_trials} trials are stored, {N_STUDIES * STUDY_SIZE} were written")
        estimate = {
            "hours_of_one_writer": N_OPENML_RUNS / speeds[str(workers[0])] / HOUR,
            "cpu_hours_of_one_writer": N_OPENML_RUNS / cpu_speeds[str(workers[0])] / HOUR,
            "gigabytes": N_OPENML_RUNS * size / GIGABYTE,
        }
        found[kind] = {
            "trials_per_second": speeds,
            "trials_per_worker_cpu_second": cpu_speeds,
            "bytes_per_trial": size,
            "openml_estimate": estimate,
        }
    return {"stores": found, "n_trials": N_STUDIES * STUDY_SIZE, "n_openml_runs": N_OPENML_RUNS}


@contextmanager
def _empty_store(kind: str, folder: Path) -> Iterator[tuple[str, Callable[[], int]]]:
    """A new store's URL, and what tells its size in bytes."""
    if kind == "sqlite":
        path = folder / "store.db"
        TrialStore.open(path).close()
        yield f"sqlite:///{path}", lambda: path.stat().st_size
        return
    with running_server() as server:
        TrialStore.open(server.url).close()
        yield server.url, lambda: _server_bytes(server.url)


def _server_bytes(url: str) -> int:
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def _write_studies(barrier: Barrier, cpu_seconds: Times, number: int, n_workers: int, url: str) -> None:
    rng = np.random.default_rng(number)
    names = [f"d{study}" for study in range(number, N_STUDIES, n_workers)]
    studies = [
        PriorStudy(name, SPACE, METRIC, "maximize", make_trials(rng, STUDY_SIZE, is_full=True))
        for name in names
    ]
    with TrialStore.open(url) as store:
        barrier.wait()
        start = time.process_time()
        for study in studies:
            name = study.dataset_id
            with store.transaction():
                store.add_dataset(DatasetInfo(name, name, name, TaskType.CLASSIFICATION, 1000, 20, 2))
                store.add_study(study)
    cpu_seconds.put(time.process_time() - start)


def measure_optuna(workers: list[int]) -> dict[str, Any]:
    """Trials a second of one study that the workers share, the objective costing nothing."""
    with running_server() as server:
        url = server.url.replace("postgresql:", "postgresql+psycopg:")
        found = {"rdb": {str(n): _optuna_speed(n, "rdb", url) for n in workers}}
        if find_spec("grpc"):
            with _grpc_proxy(url) as port:
                found["grpc"] = {str(n): _optuna_speed(n, "grpc", url, port) for n in workers}
    return {"trials_per_second": found, "n_trials": N_OPTUNA_TRIALS}


def _optuna_speed(n_workers: int, kind: str, url: str, port: int = 0) -> float:
    import optuna

    name = f"{kind}-{n_workers}"
    optuna.create_study(storage=url, study_name=name)
    seconds, _ = _seconds_of(n_workers, _optimize, kind, url, port, name)
    return N_OPTUNA_TRIALS / seconds


def _optimize(
    barrier: Barrier,
    cpu_seconds: Times,
    number: int,
    n_workers: int,
    kind: str,
    url: str,
    port: int,
    name: str,
) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    storage = url if kind == "rdb" else optuna.storages.GrpcStorageProxy(host="localhost", port=port)
    study = optuna.load_study(study_name=name, storage=storage, sampler=optuna.samplers.RandomSampler(number))
    barrier.wait()
    start = time.process_time()
    study.optimize(
        lambda trial: sum(trial.suggest_float(letter, 0, 1) for letter in "abc"),
        n_trials=len(range(number, N_OPTUNA_TRIALS, n_workers)),
    )
    cpu_seconds.put(time.process_time() - start)


@contextmanager
def _grpc_proxy(url: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = int(probe.getsockname()[1])
    proxy = _processes.Process(target=_serve, args=(url, port))
    proxy.start()
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                break
        time.sleep(0.1)
    yield port
    proxy.kill()
    proxy.join()


def _serve(url: str, port: int) -> None:
    import optuna

    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    optuna.storages.run_grpc_proxy_server(optuna.storages.RDBStorage(url), host="localhost", port=port)


def measure_dask(workers: list[int]) -> dict[str, Any]:
    """Wall seconds of the command, its own start included, the cluster's not."""
    seconds = {}
    for n_workers in workers:
        with TemporaryDirectory() as folder, _dask_cluster(n_workers) as address:
            _write_tables(Path(folder) / "tables")
            command = ["populate", "local", f"{folder}/tables", "--backend", address, *DASK_OPTIONS, "--json"]
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "autometa_cli", *command, "--store", f"{folder}/store.db"],
                check=True,
                stdout=subprocess.PIPE,
            )
            seconds[str(n_workers)] = time.perf_counter() - start
            n_trials = json.loads(done.stdout)["trials"]["new"]
    return {"seconds": seconds, "n_tables": N_TABLES, "n_trials": n_trials, "options": " ".join(DASK_OPTIONS)}


@contextmanager
def _dask_cluster(n_workers: int) -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=n_workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield str(cluster.scheduler_address)


def _write_tables(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(N_TABLES):
        columns = rng.normal(size=(N_ROWS, N_COLUMNS))
        target = (columns[:, 0] * columns[:, 1] + rng.normal(size=N_ROWS) > 0).astype(int)
        head = ",".join([*(f"x{index}" for index in range(N_COLUMNS)), "target"])
        table = np.column_stack([columns, target])
        np.savetxt(folder / f"table{number}.csv", table, delimiter=",", header=head, comments="", fmt="%.6g")


def _seconds_of(n_workers: int, work: Callable[..., None], *arguments: object) -> tuple[float, float]:
    """Wall seconds from the moment when all workers are ready until the last is done; CPU seconds of all."""
    barrier = _processes.Barrier(n_workers + 1)
    cpu_seconds: Times = _processes.SimpleQueue()
    started = [
        _processes.Process(target=work, args=(barrier, cpu_seconds, number, n_workers, *arguments))
        for number in range(n_workers)
    ]
    for process in started:
        process.start()
    barrier.wait()
    start = time.perf_counter()
    for process in started:
        process.join()
    seconds = time.perf_counter() - start
    if any(process.exitcode for process in started):
        raise RuntimeError(f"a worker of {work.__name__} failed")
    return seconds, sum(cpu_seconds.get() for _ in started)


if __name__ == "__main__":
    main()
