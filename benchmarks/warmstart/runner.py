"""Problems × methods × seeds: one JSON line a cell; what is in the file is not run again."""

import json
import math
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.warmstart.methods import METHODS, Method
from benchmarks.warmstart.play import expected_random, play
from benchmarks.warmstart.problems import PoolProblem, PoolTable
from benchmarks.warmstart.surfaces import TableWithSurfaces, with_surfaces
from benchmarks.warmstart.tables import TABLES

SEEDS_OF_TABLE = {"openml": 2, "starter": 2, "oboe": 1, "hpob": 5}
SUBSET_SEED = 0
CellKey = tuple[str, str, str, str, int, int]  # table, its digest, data set, method, seed, trials


@dataclass(frozen=True, slots=True)
class Work:
    """All seeds of a method on one data set: what a process does in one go."""

    table: str
    row: int
    method: str
    seeds: tuple[int, ...]
    n_trials: int


def run(work: Sequence[Work], file: Path, *, jobs: int, commit: str) -> None:
    """Do all work that is not in the file yet, and append it cell by cell.

    Args:
        work: in the order in which it is started.
        file: JSON lines; made if it is not there, and its last line mended if it was cut.
        jobs: processes.
        commit: of the code, noted in every cell.
    """
    open_work = undone(work, file)
    for name in dict.fromkeys(one.table for one in open_work):
        load(name)  # fits surfaces once, before there are several processes
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool, file.open("a", encoding="utf-8") as out:
        futures = [pool.submit(do, one) for one in open_work]
        for count, future in enumerate(as_completed(futures), 1):
            for cell in future.result():
                out.write(json.dumps({**cell, "commit": commit}) + "\n")
            out.flush()
            if count % max(len(futures) // 20, 1) == 0:
                print(f"{count} of {len(futures)}", flush=True)


def undone(work: Iterable[Work], file: Path) -> list[Work]:
    """The work whose cells are not in the file."""
    done = {key_of(cell) for cell in read_cells(file)}
    return [left for one in work if (left := _undone(one, done)).seeds]


def do(work: Work) -> list[dict[str, Any]]:
    """The cells of one piece of work."""
    loaded = load(work.table)
    return [
        {"digest": loaded.digest, **cell_of(loaded.problem(work.row, shuffle=seed), work, seed)}
        for seed in work.seeds
    ]


def cell_of(problem: PoolProblem, work: Work, seed: int) -> dict[str, Any]:
    """One cell as it is written."""
    make = METHODS[work.method].make
    if make is None:
        played = expected_random(problem, n_trials=work.n_trials)
    else:
        played = play(problem, lambda: make(problem, seed), seed=seed, n_trials=work.n_trials)
    return {
        "table": problem.table,
        "dataset": problem.dataset_id,
        "family": problem.family,
        "method": work.method,
        "seed": seed,
        "trials": work.n_trials,
        "first_ask_seconds": _plain(played.first_ask_seconds),
        "ask_seconds": _plain(played.ask_seconds),
        "regrets": [round(float(regret), 6) for regret in played.regrets],
    }


def plan(
    tables: Iterable[str],
    methods: Iterable[str],
    *,
    n_seeds: int | None = None,
    n_trials: int | None = None,
    n_tasks: int | None = None,
) -> Iterator[Work]:
    """The work of tables and methods, within the limits of the methods and those given."""
    for name in tables:
        table = load(name).table
        for method_name in methods:
            method = METHODS[method_name]
            if not applies(method, table):
                continue
            seeds = min(method.max_seeds, SEEDS_OF_TABLE[name.split("_")[0]], n_seeds or 1_000)
            if not method.is_random and not table.n_initial:
                seeds = 1
            trials = min(method.max_trials, table.n_trials, n_trials or 1_000)
            rows = subset(len(table.tasks), min(method.max_tasks, n_tasks or 10_000))
            yield from (Work(name, row, method_name, tuple(range(seeds)), trials) for row in rows)


def applies(method: Method, table: PoolTable) -> bool:
    """False where a method would do the same as another, or cannot work."""
    is_flat = all(parameter.active_if is None for parameter in table.parameters)
    return (table.meta is not None or not method.needs_meta) and (is_flat or not method.needs_flat)


def subset(n: int, n_wanted: int) -> list[int]:
    """Rows drawn at random; a smaller subset is the beginning of a larger one."""
    return [int(row) for row in np.random.default_rng([SUBSET_SEED, n]).permutation(n)[:n_wanted]]


def read_cells(file: Path) -> list[dict[str, Any]]:
    """The cells of a file; a last line that was cut short is taken out of it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        return []
    text = file.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        with file.open("r+b") as out:
            out.truncate(len(whole))
    return [json.loads(line) for line in whole.splitlines()]


def key_of(cell: dict[str, Any]) -> CellKey:
    """What makes a cell the same cell."""
    return cell["table"], cell["digest"], cell["dataset"], cell["method"], cell["seed"], cell["trials"]


def current(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells of each table as it was last run: when its data or surfaces change, older ones are stale."""
    last = {cell["table"]: cell["digest"] for cell in cells}
    return [cell for cell in cells if cell["digest"] == last[cell["table"]]]


@lru_cache(maxsize=2)
def load(name: str) -> TableWithSurfaces:
    """A table with its surfaces, kept in this process."""
    return with_surfaces(TABLES[name]())


def _undone(work: Work, done: set[CellKey]) -> Work:
    loaded = load(work.table)
    dataset = loaded.table.tasks[work.row].dataset_id
    seeds = [
        seed
        for seed in work.seeds
        if (work.table, loaded.digest, dataset, work.method, seed, work.n_trials) not in done
    ]
    return Work(work.table, work.row, work.method, tuple(seeds), work.n_trials)


def _plain(seconds: float) -> float | None:
    return None if math.isnan(seconds) else round(seconds, 6)
