"""Job: one table's evaluation, in a file for a worker process (Parquet, NPY and JSON; no pickle)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from types import MappingProxyType
from typing import BinaryIO
from zipfile import ZipFile

import numpy as np
import pandas as pd

from autometa.dataset import Column, ColumnKind, FloatArray, IntArray, TaskType
from autometa.evaluation.plan import EvaluationPlan
from autometa.evaluation.sampling import choose_rows
from autometa.learners.cleaning import TableCleaner
from autometa.readers.table import Table
from autometa.search_space import Configuration

NOTHING_KNOWN: Mapping[str, int] = MappingProxyType({})
TABLE, TARGET, JOB = "table.parquet", "target.npy", "job.json"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A learner and a configuration to try."""

    learner: str
    params: Configuration


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What a worker evaluates.

    Attributes:
        frame: (n, columns) cleaned inputs.
        target: (n,) class codes or numbers.
        task_type: classification or regression.
        columns: the inputs' kinds.
        attempts: tried in this order.
        plan: how.
    """

    frame: pd.DataFrame
    target: FloatArray | IntArray
    task_type: TaskType
    columns: tuple[Column, ...]
    attempts: tuple[Attempt, ...]
    plan: EvaluationPlan

    @classmethod
    def of(cls, table: Table, plan: EvaluationPlan, *, n_known: Mapping[str, int] = NOTHING_KNOWN) -> "Job":
        """The configurations of the plan on (a subsample of) this table.

        Args:
            table: the data.
            plan: what to try and how.
            n_known: by learner, how many of its first configurations are known and left out.

        Raises:
            InvalidDatasetError: too little is left of the table to be evaluated.
        """
        dataset = table.dataset
        rows = choose_rows(dataset, plan)
        frame = TableCleaner(dataset.columns).transform(table.frame.iloc[rows].reset_index(drop=True))
        attempts = tuple(
            Attempt(learner.name, params)
            for learner in plan.learners(dataset.task_type)
            for params in plan.configurations(learner, dataset.task_type)[n_known.get(learner.name, 0) :]
        )
        target = dataset.target[rows]
        if dataset.task_type is TaskType.CLASSIFICATION:
            _, target = np.unique(target, return_inverse=True)  # no gap where a class was dropped
        return cls(frame, target, dataset.task_type, dataset.columns, attempts, plan)

    @property
    def n_fit_rows(self) -> int:
        """Rows that one fit sees: all but one fold."""
        n_folds = self.plan.n_folds_for(len(self.target))
        return len(self.target) * (n_folds - 1) // n_folds

    def write(self, file: BinaryIO) -> None:
        """Write the job to a file: a zip archive of a Parquet, an NPY and a JSON member."""
        data = {
            "task_type": self.task_type,
            "columns": [[column.name, column.kind, column.is_float] for column in self.columns],
            "attempts": [[attempt.learner, dict(attempt.params)] for attempt in self.attempts],
            "plan": asdict(self.plan),
        }
        with ZipFile(file, "w") as archive:
            archive.writestr(TABLE, self.frame.to_parquet())
            with archive.open(TARGET, "w") as member:
                np.save(member, self.target, allow_pickle=False)
            archive.writestr(JOB, json.dumps(data))

    @classmethod
    def read(cls, file: BinaryIO) -> "Job":
        """The job that `write` wrote."""
        with ZipFile(file) as archive:
            frame = pd.read_parquet(BytesIO(archive.read(TABLE)))
            target = np.load(BytesIO(archive.read(TARGET)), allow_pickle=False)
            data = json.loads(archive.read(JOB))
        data["plan"]["learner_names"] = tuple(data["plan"]["learner_names"])
        return cls(
            frame=frame,
            target=target,
            task_type=TaskType(data["task_type"]),
            columns=tuple(
                Column(name, ColumnKind(kind), is_float) for name, kind, is_float in data["columns"]
            ),
            attempts=tuple(Attempt(learner, params) for learner, params in data["attempts"]),
            plan=EvaluationPlan(**data["plan"]),
        )
