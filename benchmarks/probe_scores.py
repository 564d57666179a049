"""Real probes of the tables behind the starter knowledge, measured once and kept in `.runs`."""

import csv
import json
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from autometa.evaluation.probe import MAX_ROWS, MIN_CLASS_ROWS, N_FOLDS, probe_job
from autometa.evaluation.worker import Evaluator
from autometa.readers import read_table
from autometa.warmstart.probing import Probe
from autometa.warmstart.sources import Candidate, DatasetInfo, candidate_key

FIT_SECONDS = 60.0
SETTING = f"{MAX_ROWS} rows, {N_FOLDS} folds, {MIN_CLASS_ROWS} a class"


class ProbeScores:
    """What probes score on real tables; asks the cache first, and every new score is written at once.

    Args:
        tables: folder of Parquet files with their `index.csv`.
        cache: JSON lines.
        seed: of rows, folds and estimators.
    """

    def __init__(self, tables: Path, cache: Path, *, seed: int):
        self._tables = tables
        self._cache = cache
        self._seed = seed
        with (tables / "index.csv").open(encoding="utf-8") as file:
            self._index = {row["name"]: row for row in csv.DictReader(file)}
        lines = cache.read_text(encoding="utf-8").splitlines() if cache.exists() else []
        self._known: dict[str, Mapping[str, Any]] = {line["key"]: line for line in map(json.loads, lines)}

    def probes(self, info: DatasetInfo, candidates: Sequence[Candidate]) -> list[Probe]:
        """The probes of these candidates that could be fitted; none if the table is not there."""
        keys = [self._key(info, candidate) for candidate in candidates]
        if info.name not in self._index:
            return []
        missing = [one for one, key in zip(candidates, keys, strict=True) if key not in self._known]
        if missing:
            self._measure(info, missing)
        return [
            Probe(candidate, line["scores"], line["seconds"], line["n_rows"])
            for candidate, line in (
                (one, self._known[key]) for one, key in zip(candidates, keys, strict=True)
            )
            if line["scores"]
        ]

    def _key(self, info: DatasetInfo, candidate: Candidate) -> str:
        return json.dumps([info.dataset_id, candidate_key(candidate), self._seed, SETTING])

    def _measure(self, info: DatasetInfo, candidates: Sequence[Candidate]) -> None:
        row = self._index[info.name]
        table = read_table(self._tables / row["file"], target=row["target"], task_type=info.task_type)
        job = probe_job(table, candidates, seconds=FIT_SECONDS, seed=self._seed)
        evaluator = Evaluator(job)
        for candidate, attempt in zip(candidates, job.attempts, strict=True):
            start = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = evaluator.evaluate(attempt)
            self._keep(
                {
                    "key": self._key(info, candidate),
                    "table": info.name,
                    "scores": {name: fmean(values) for name, values in result.get("scores", {}).items()},
                    "seconds": time.perf_counter() - start,
                    "n_rows": len(job.target),
                }
            )

    def _keep(self, line: Mapping[str, Any]) -> None:
        self._cache.parent.mkdir(exist_ok=True)
        with self._cache.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._known[line["key"]] = line
