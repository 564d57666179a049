"""What commands that read a table share: their options, and how the table is said and printed."""

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autometa.dataset import Dataset


class Task(StrEnum):
    """What --task takes."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


FileArgument = Annotated[
    str, typer.Argument(help="A table: CSV, TSV, Parquet or ARFF, also compressed; - reads CSV from a pipe.")
]
TargetOption = Annotated[
    str | None, typer.Option(help="The column to predict; chosen and said where not given.")
]
TaskOption = Annotated[Task | None, typer.Option(help="What to predict; inferred and said where not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def dataset_object(dataset: "Dataset") -> dict[str, object]:
    """The table in a --json answer."""
    return {
        "name": dataset.name,
        "n_rows": dataset.n_rows,
        "n_columns": dataset.n_columns,
        "target": dataset.target_name,
        "task_type": str(dataset.task_type),
    }


def dataset_sentence(dataset: "Dataset") -> str:
    """One sentence on what the table is."""
    kinds = Counter(column.kind.value for column in dataset.columns)
    columns = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    into = f" into {len(dataset.class_names):,} classes" if dataset.class_names else ""
    return (
        f"{dataset.name}: {dataset.n_rows:,} rows, {dataset.n_columns:,} columns ({columns}); "
        f"{dataset.task_type} of {dataset.target_name!r}{into}"
    )
