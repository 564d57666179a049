"""Writing a knowledge file: the dense part of a store as arrays.

`python -m autometa_store.knowledge.build STORE_URL FILE` keeps the studies of `autometa populate local`:
every learner of the catalogue's base with the same configurations on every data set.

Shapes: k data sets, c candidates, s metrics, f folds.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import TaskType
from autometa.errors import EmptyHistoryError
from autometa.history import PriorStudy, PriorTrial
from autometa.learners.catalogue import BASE_LEARNERS, is_library_default
from autometa.metrics import METRICS
from autometa_store.importers.local import PACKS
from autometa_store.knowledge.starter import STATUSES
from autometa_store.trial_store import TrialStore


def build(store: TrialStore, path: Path) -> None:
    """Write the knowledge file of everything dense in the store.

    Args:
        store: filled by `populate local`.
        path: of the file to write.

    Raises:
        EmptyHistoryError: a task has no data set with all learners.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for task in TaskType:
        arrays |= {f"{task}/{name}": array for name, array in _task_arrays(store, task).items()}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def _task_arrays(store: TrialStore, task: TaskType) -> dict[str, NDArray[Any]]:
    by_dataset = _dense_studies(store, task)
    if not by_dataset:
        raise EmptyHistoryError(f"no data set has all {task} learners; run `autometa populate local` first")
    infos = [info for info in store.datasets(task) if info.dataset_id in by_dataset]
    first = by_dataset[infos[0].dataset_id]
    keys = [(study.search_space.name.split("/")[0], trial) for study in first for trial in study.trials]
    metrics = list(METRICS[task])
    shape = (len(infos), len(keys))
    scores, folds = (
        np.full((*shape, len(metrics)), np.nan, np.float32),
        np.full((*shape, 5), np.nan, np.float32),
    )
    status, seconds = np.zeros(shape, np.int8), np.full(shape, np.nan, np.float32)
    for row, info in enumerate(infos):
        trials = [trial for study in by_dataset[info.dataset_id] for trial in study.trials]
        for column, trial in enumerate(trials):
            status[row, column] = STATUSES.index(trial.status)
            if trial.value is not None:
                values = {metrics[0]: trial.value, **trial.other_values}
                scores[row, column] = [values.get(name, np.nan) for name in metrics]
                folds[row, column, : len(trial.fold_scores)] = trial.fold_scores
                seconds[row, column] = trial.fit_seconds
    tables = {pack: store.meta_features(task, pack) for pack in PACKS}
    index = {
        "datasets": [{k: v for k, v in asdict(info).items() if k != "task_type"} for info in infos],
        "candidates": [_candidate(learner, trial, task) for learner, trial in keys],
        "search_spaces": {s.search_space.name.split("/")[0]: s.search_space.to_json() for s in first},
        "metrics": metrics,
        "packs": {pack: {"version": table.version, "names": table.names} for pack, table in tables.items()},
        "versions": dict(first[0].versions),
        "seed": first[0].trials[0].seed,
    }
    result: dict[str, NDArray[Any]] = {
        "index": np.frombuffer(json.dumps(index, separators=(",", ":")).encode(), dtype=np.uint8),
        "scores": scores,
        "fold_scores": folds,
        "status": status,
        "fit_seconds": seconds,
        "fit_rows": np.array([by_dataset[info.dataset_id][0].n_fit_rows for info in infos], np.int32),
    }
    for pack, table in tables.items():
        position = {dataset_id: row for row, dataset_id in enumerate(table.dataset_ids)}
        result[f"meta/{pack}"] = table.values[[position[info.dataset_id] for info in infos]]
    return result


def _dense_studies(store: TrialStore, task: TaskType) -> dict[str, list[PriorStudy]]:
    """Studies, in the catalogue's order, of the data sets with the usual configurations of every learner."""
    names = [f"{learner.name}/{task}" for learner in BASE_LEARNERS if task in learner.search_spaces]
    found: dict[str, list[PriorStudy]] = {}
    for name in names:
        for study in store.studies(name):
            found.setdefault(study.dataset_id, []).append(study)
    shapes = {dataset_id: _configurations(studies) for dataset_id, studies in found.items()}
    usual, _ = Counter(shapes.values()).most_common(1)[0] if shapes else ("", 0)
    return {i: studies for i, studies in found.items() if len(studies) == len(names) and shapes[i] == usual}


def _configurations(studies: Sequence[PriorStudy]) -> str:
    return json.dumps(
        [[study.search_space.name, [dict(t.params) for t in study.trials]] for study in studies]
    )


def _candidate(learner: str, trial: PriorTrial, task: TaskType) -> dict[str, Any]:
    is_default = is_library_default(learner, trial.params, task)
    return {"learner": learner, "params": dict(trial.params), "is_default": is_default}


if __name__ == "__main__":
    with TrialStore.open(sys.argv[1], mode="read") as opened:
        build(opened, Path(sys.argv[2]))
