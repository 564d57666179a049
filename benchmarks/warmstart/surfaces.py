"""Response surfaces of all tasks of a table at all its pools, kept on disk; and the problems made of them.

Shapes: t tasks, m configurations in a pool, M in all pools together.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from autometa.dataset import FloatArray, IntArray
from autometa.warmstart.surrogate import fit_surface, gaussian_ranks
from benchmarks.warmstart.problems import (
    Knowledge,
    PoolProblem,
    PoolTable,
    row_of,
    rows_of,
    source_rows,
)

SCRATCH = Path(__file__).parents[1] / ".runs"
SEED = 0
CHUNK = 20_000  # points asked at once


@dataclass(frozen=True, slots=True, eq=False)
class TableWithSurfaces:
    """A table, and what each task's surface says at every pool.

    Attributes:
        table: the pools.
        surfaces: (t, M) rank-Gaussianised gains; the pools one after another, or once if they are the same.
        digest: of all of it; cells of another digest are of another problem.
    """

    table: PoolTable
    surfaces: FloatArray
    digest: str

    def problem(self, target: int, *, shuffle: int = 0) -> PoolProblem:
        """A task as target; its family is not among its sources.

        Args:
            target: row of the task.
            shuffle: seed of the deal of meta-features to wrong data sets.
        """
        task, known = self.table.tasks[target], self._knowledge(target)
        return PoolProblem(
            table=self.table.name,
            dataset_id=task.dataset_id,
            family=task.family,
            known=known,
            shuffled=replace(known, **self._meta(target, derangement(len(self.table.tasks), shuffle))),
            gains=task.gains,
            regrets=task.regrets,
            n_initial=self.table.n_initial,
            n_trials=self.table.n_trials,
        )

    def _knowledge(self, target: int) -> Knowledge:
        rows = source_rows(self.table, target)
        sources = [self.table.tasks[row] for row in rows]
        surfaces = np.asarray(self.surfaces[rows, self._pool(target)], dtype=float)
        if self.table.shares_pool:
            regrets = np.array([source.regrets for source in sources])
        else:
            regrets = np.array(
                [
                    as_regrets(surface, source.gains, source.regrets)
                    for surface, source in zip(surfaces, sources, strict=True)
                ]
            )
        return Knowledge(
            parameters=self.table.parameters,
            points=self.table.tasks[target].points,
            source_ids=tuple(source.dataset_id for source in sources),
            source_points=tuple(source.points for source in sources),
            source_gains=tuple(source.gains for source in sources),
            surfaces=surfaces,
            regrets=regrets,
            shares_pool=self.table.shares_pool,
            **self._meta(target, np.arange(len(self.table.tasks))),
        )

    def _meta(self, target: int, dealt: IntArray) -> dict[str, Any]:
        """Meta-features of the sources and the target; row i has those of task `dealt[i]`."""
        meta = self.table.meta
        if meta is None:
            return {"meta": None, "query": None}
        rows = [int(dealt[row]) for row in source_rows(self.table, target)]
        return {"meta": rows_of(meta, rows), "query": row_of(meta, int(dealt[target]))}

    def _pool(self, target: int) -> slice:
        if self.table.shares_pool:
            return slice(None)
        sizes = [len(task.gains) for task in self.table.tasks]
        return slice(sum(sizes[:target]), sum(sizes[: target + 1]))


def with_surfaces(table: PoolTable, *, scratch: Path = SCRATCH) -> TableWithSurfaces:
    """The table with surfaces, from disk if they are there."""
    digest = digest_of(table)
    if table.shares_pool:
        return TableWithSurfaces(
            table, np.array([gaussian_ranks(task.gains) for task in table.tasks]), digest
        )
    file = scratch / "surfaces" / f"{table.name}_{digest}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part.npy")
        np.save(part, fit_surfaces(table))
        part.replace(file)
    return TableWithSurfaces(table, np.load(file, mmap_mode="r"), digest)


def fit_surfaces(table: PoolTable) -> FloatArray:
    """(t, M) the library's surface of each task, asked at every pool."""
    pools = np.vstack([task.points for task in table.tasks])
    surfaces = np.empty((len(table.tasks), len(pools)), dtype=np.float32)
    for row, task in enumerate(table.tasks):
        surface = fit_surface(task.points, task.gains, seed=SEED)
        for start in range(0, len(pools), CHUNK):
            surfaces[row, start : start + CHUNK] = surface.predict(pools[start : start + CHUNK])
    return surfaces  # type: ignore[return-value]  # half the space on disk


def as_regrets(surface: FloatArray, gains: FloatArray, regrets: FloatArray) -> FloatArray:
    """(m,) a surface back in a source's own regrets, through the source's quantiles."""
    order = np.argsort(gains)
    back: FloatArray = np.interp(surface, gaussian_ranks(gains)[order], regrets[order])
    return back


def derangement(n: int, seed: int) -> IntArray:
    """(n,) a random cyclic order, in which nobody keeps his own place."""
    order = np.random.default_rng([seed, n]).permutation(n)
    dealt = np.empty(n, dtype=int)
    dealt[order] = np.roll(order, 1)
    return dealt


def digest_of(table: PoolTable) -> str:
    """Of everything that problems depend on; one surface stands for the code that fits them."""
    text = hashlib.sha256(repr((table.n_initial, table.parameters)).encode())
    for task in table.tasks:
        text.update(f"{task.dataset_id} {task.family}".encode())
        for array in (task.points, task.gains, task.regrets):
            text.update(np.ascontiguousarray(array).tobytes())
    if table.meta is not None:
        text.update(table.meta.values.tobytes())
    if not table.shares_pool:
        first = table.tasks[0]
        surface = fit_surface(first.points, first.gains, seed=SEED)
        text.update(surface.predict(first.points[:100]).round(6).tobytes())
    return text.hexdigest()[:12]
