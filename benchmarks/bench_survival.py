"""Kill an import at random moments and audit the store each time: nothing lost, nothing doubled.

    python -m benchmarks.bench_survival [--kills 100] [--output FILE]

A synthetic importer writes pages of trials, each in one transaction with its cursor, and notes the pages that
it begins. A process that runs it is killed (SIGKILL) at a random moment, creation of the store included; then
the store must hold exactly the pages that its cursor says, and be sound. When all kills are done, the import
runs to its end and its export must be, byte for byte, that of an import that nobody disturbed.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from autometa_store.trial_store import TrialStore
from benchmarks.environment import environment
from benchmarks.postgresql_server import running_server
from benchmarks.synthetic_import import committed_pages, import_pages

BIRTH_SHARE = 0.1  # of kills that are timed from the process's start, the others from its first page
BIRTH_SECONDS, PAGE_SECONDS = 1.0, 0.1  # in which the moment falls
SEED = 0

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["benchmarks.synthetic_import"])


@dataclass(frozen=True, slots=True)
class Survival:
    """What the audits saw.

    Attributes:
        n_kills: how often the importer was killed.
        n_amid_page: kills that found a page begun and not committed.
        n_before_page: kills before the first page of their process, in starting or opening.
        n_pages: committed when all kills were done.
        n_wrong: audits that found rows and cursor to differ, or damage.
        max_redone: most often that one kill made pages begin again.
        is_identical: the finished import exports what an undisturbed one does.
    """

    n_kills: int
    n_amid_page: int
    n_before_page: int
    n_pages: int
    n_wrong: int
    max_redone: int
    is_identical: bool


def main() -> None:
    """Kill, audit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/survival.json"))
    options = parser.parse_args()
    results = {}
    for kind in ("sqlite", "postgresql"):
        start = time.perf_counter()
        with TemporaryDirectory() as folder, _empty_store(kind, folder) as url:
            survival = kill_often(url, Path(folder), options.kills)
        results[kind] = {**asdict(survival), "seconds": round(time.perf_counter() - start, 1)}
    print(json.dumps(results, indent=2))
    answer = {"results": results, "seed": SEED, **environment()}
    options.output.write_text(json.dumps(answer, indent=2) + "\n")


@contextmanager
def _empty_store(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/store.db"
        return
    with running_server() as server:
        yield server.url


def kill_often(url: str, folder: Path, n_kills: int, *, seed: int = SEED) -> Survival:
    """Kill an import at random moments, audit after each, finish it, and compare.

    Args:
        url: of a store that is empty or not there yet.
        folder: for notes and exports.
        n_kills: how often.
        seed: of the moments.
    """
    rng = np.random.default_rng(seed)
    notes = folder / "begun"
    notes.touch()
    amid, before, wrong, redone = 0, 0, 0, [0]
    for _ in range(n_kills):
        n_before = len(_begun(notes))
        _run_and_kill(url, notes, rng)
        begun, n_pages = _begun(notes), _audit(url)
        wrong += n_pages is None
        before += len(begun) == n_before
        amid += len(begun) > n_before and begun[-1] == n_pages
        redone.append(len(begun) - len(set(begun)) - sum(redone))
    n_committed = _audit(url) or 0
    import_pages(url, notes, n_pages=n_committed + 3)
    import_pages(f"sqlite:///{folder}/calm.db", folder / "calm", n_pages=n_committed + 3)
    exports = [_export(url, folder), _export(f"sqlite:///{folder}/calm.db", folder)]
    return Survival(n_kills, amid, before, n_committed, wrong, max(redone), exports[0] == exports[1])


def _audit(url: str) -> int | None:
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not path.exists():
        return 0  # killed before the store was born: then there is nothing at all
    return committed_pages(url)


def _run_and_kill(url: str, notes: Path, rng: np.random.Generator) -> None:
    is_birth = rng.random() < BIRTH_SHARE
    moment = rng.uniform(0, BIRTH_SECONDS if is_birth else PAGE_SECONDS)
    size = notes.stat().st_size
    process = _processes.Process(target=import_pages, args=(url, notes))
    process.start()
    while not is_birth and process.is_alive() and notes.stat().st_size == size:
        time.sleep(0.001)
    time.sleep(moment)
    process.kill()
    process.join()
    process.close()


def _begun(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_text().splitlines()]


def _export(url: str, folder: Path) -> bytes:
    with TrialStore.open(url, mode="read") as store:
        store.export(folder / "export.jsonl")
    return (folder / "export.jsonl").read_bytes()


if __name__ == "__main__":
    main()
