"""An OpenML server in memory: the port without a network, and made-up runs of a forest."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autometa_store.importers.openml_records import (
    EvaluationCount,
    EvaluationPage,
    ListedDataset,
    ListedEvaluation,
    ListedFeature,
    ListedFlow,
    ListedParameter,
    ListedTask,
    ListingCursor,
)
from autometa_store.importers.openml_transport import RefusedError

FOREST = "sklearn.ensemble.forest.RandomForestClassifier(16)"
FOREST_PARAMS: Mapping[str, Any] = {
    "bootstrap": True,
    "criterion": "gini",
    "max_depth": None,
    "max_features": 0.5,
    "min_samples_leaf": 1,
    "min_samples_split": 2,
    "n_estimators": 100,
    "n_jobs": None,
    "random_state": 1,
}


def forest_run(
    run_id: int, value: float | None = 0.5, *, task_id: int = 7, **params: Any
) -> ListedEvaluation:
    """A run of a forest as openml-python publishes it."""
    given = {**FOREST_PARAMS, **params}
    listed = (ListedParameter(16, FOREST, name, json.dumps(given[name])) for name in given)
    return ListedEvaluation(
        run_id=run_id,
        engine_id=1,
        task_id=task_id,
        setup_id=run_id,
        flow_id=16,
        flow_name=FOREST,
        data_id=task_id + 100,
        data_name="made",
        metric="predictive_accuracy",
        value=value,
        uploaded=f"2026-01-{run_id % 28 + 1:02} 00:00:00",
        parameters=tuple(listed),
    )


def made_arff(seed: int = 0) -> bytes:
    """Forty rows, two numbers, a nominal column, a row id and a class."""
    head = ["@relation made", "@attribute id numeric", "@attribute a real", "@attribute b real"]
    head += ["@attribute c {x, y, z}", "@attribute class {no, yes}", "@data"]
    rows = [
        f"{i},{i * 37 % 101 / 10 + seed},{i * 53 % 97},{'xyz'[i % 3]},{('no', 'yes')[i * 37 % 101 > 50]}"
        for i in range(40)
    ]
    return "\n".join([*head, *rows, ""]).encode()


@dataclass
class FakeServer:
    """An `OpenMLServer`.

    Attributes:
        runs: evaluations of all tasks, in the server's order.
        page_size: rows of an answer.
        task_types: by task; 1 classification, 2 regression, 5 clustering.
        asked: what was asked, in order.
        fail_at: raise this after so many pages.
    """

    runs: list[ListedEvaluation] = field(default_factory=list)
    page_size: int = 10
    task_types: Mapping[int, int] = field(default_factory=lambda: {7: 1})
    asked: list[str] = field(default_factory=list)
    fail_at: tuple[int, BaseException] | None = None
    n_pages: int = 0

    def evaluations(
        self,
        *,
        metric: str,
        task_id: int | None = None,
        flow_id: int | None = None,
        cursor: ListingCursor | None = None,
        after_run: int | None = None,
        limit: int | None = None,
    ) -> Iterator[EvaluationPage]:
        self.asked.append(f"evaluations {task_id} {flow_id}")
        rows = [run for run in self.runs if run.task_id == task_id and flow_id in (None, run.flow_id)]
        start = 0
        if cursor is not None:
            tail = tuple(run.run_id for run in rows[: cursor.n_rows][-2:])
            start = cursor.n_rows if tail == cursor.tail else 0
        end = len(rows) if limit is None else min(len(rows), start + limit)
        while True:
            page = rows[start : min(start + self.page_size, end)]
            older = [run for run in page if after_run is not None and run.run_id <= after_run]
            start += len(page)
            if self.fail_at is not None and self.n_pages == self.fail_at[0]:
                raise self.fail_at[1]
            self.n_pages += 1
            yield EvaluationPage(
                tuple(run for run in page if run not in older),
                len(page),
                n_older=len(older),
                cursor=ListingCursor(start, tuple(run.run_id for run in rows[:start][-2:])),
                is_last=start >= end,
            )
            if start >= end:
                return

    def count_evaluations(
        self, *, metric: str, task_id: int | None = None, flow_id: int | None = None
    ) -> EvaluationCount:
        rows = [run for run in self.runs if run.task_id == task_id and flow_id in (None, run.flow_id)]
        return EvaluationCount(len(rows), is_exact=True)

    def suite_tasks(self, suite: int | str) -> tuple[int, ...]:
        if suite not in (99, "OpenML-CC18", 353, "OpenML-CTR23"):
            raise RefusedError("OpenML refuses it with code 601: Study does not exist", 601)
        return tuple(self.task_types)

    def tasks(self, dataset_ids: Sequence[int]) -> tuple[ListedTask, ...]:
        return tuple(self.task(task) for task in self.task_types if task + 100 in dataset_ids)

    def task(self, task_id: int) -> ListedTask:
        self.asked.append(f"task {task_id}")
        if task_id not in self.task_types:
            raise RefusedError(f"OpenML refuses task {task_id} with code 151: Unknown task", 151)
        kind = self.task_types[task_id]
        target = {1: "class", 2: "b"}.get(kind)
        return ListedTask(task_id, kind, "Clustering" if kind == 5 else "Supervised", task_id + 100, target)

    def flows(self, name: str) -> tuple[ListedFlow, ...]:
        known = {"RandomForestClassifier": (ListedFlow(16, FOREST[:-4], "16", None),)}
        return known.get(name, ())

    def flow(self, flow_id: int) -> ListedFlow:
        return ListedFlow(flow_id, FOREST[:-4], "16", None)

    def dataset(self, data_id: int) -> ListedDataset:
        self.asked.append(f"dataset {data_id}")
        names = ("id", "a", "b", "c", "class")
        features = tuple(
            ListedFeature(i, name, "nominal", (), name == "class", False, name == "id", 0)
            for i, name in enumerate(names)
        )
        md5 = hashlib.md5(made_arff(data_id), usedforsecurity=False).hexdigest()
        return ListedDataset(data_id, "made", 1, "ARFF", "http://x/1", md5, "class", features)

    def qualities(self, data_id: int) -> Mapping[str, float | None]:
        return {"NumberOfInstances": 40.0, "NumberOfFeatures": 5.0, "NumberOfClasses": 2.0, "Odd": None}

    def download(self, dataset: ListedDataset, folder: Path) -> Path:
        self.asked.append(f"download {dataset.data_id}")
        path = folder / f"{dataset.data_id}.arff"
        path.write_bytes(made_arff(dataset.data_id))
        return path
