"""ModelCard: all that is known of a fitted model beside its numbers; JSON inside the model file.

It is what new tables are read by: names and kinds of columns, levels, classes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pandas as pd

from autometa.dataset import Column, ColumnKind, TaskType
from autometa.errors import InvalidModelError
from autometa.learners.cleaning import TableCleaner
from autometa.readers.table import Table
from autometa.search_space import Configuration

FORMAT = 1
PACKAGES = ("autometa", "scikit-learn", "skops")
LEVELLED = (ColumnKind.BOOLEAN, ColumnKind.CATEGORICAL)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model was made of.

    Attributes:
        name: of the training table.
        target: the predicted column.
        task_type: classification or regression.
        columns: the inputs with their kinds, in the training table's order.
        levels: by boolean and categorical column, the texts seen in training, sorted.
        class_names: by code; empty for regression.
        learner: its name in the catalogue.
        params: its configuration.
        metric: that it was chosen by.
        score: cross-validated; None if it was not measured.
        n_rows: that it was fitted on.
        versions: of the packages that made it.
    """

    name: str
    target: str
    task_type: TaskType
    columns: tuple[Column, ...]
    levels: Mapping[str, tuple[str, ...]]
    class_names: tuple[str, ...]
    learner: str
    params: Configuration
    metric: str
    score: float | None
    n_rows: int
    versions: Mapping[str, str]

    @classmethod
    def of(
        cls, table: Table, learner: str, params: Configuration, *, metric: str, score: float | None
    ) -> "ModelCard":
        """The card of a model that is fitted on a whole table.

        Args:
            table: the data.
            learner: its name in the catalogue.
            params: its configuration.
            metric: that it was chosen by.
            score: cross-validated; None if it was not measured.
        """
        dataset = table.dataset
        levelled = dataset.of_kind(*LEVELLED)
        clean = TableCleaner(levelled).transform(table.frame)
        return cls(
            name=dataset.name,
            target=dataset.target_name,
            task_type=dataset.task_type,
            columns=dataset.columns,
            levels={column.name: _levels(clean[column.name]) for column in levelled},
            class_names=dataset.class_names,
            learner=learner,
            params=dict(params),
            metric=metric,
            score=score,
            n_rows=dataset.n_rows,
            versions={package: version(package) for package in PACKAGES},
        )

    def to_json(self) -> str:
        """Text that `from_json` makes the same card of."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        columns = [[column.name, column.kind, column.is_float] for column in self.columns]
        return json.dumps({"format": FORMAT, **fields, "columns": columns}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """The card that `to_json` wrote.

        Raises:
            InvalidModelError: it is of another format.
        """
        try:
            data: dict[str, Any] = json.loads(text)
            if data.pop("format") != FORMAT:
                raise InvalidModelError(
                    "the model is of another format than this autometa reads; "
                    "make it again with `autometa tune`"
                )
            data["task_type"] = TaskType(data["task_type"])
            data["columns"] = tuple(
                Column(name, ColumnKind(kind), flag) for name, kind, flag in data["columns"]
            )
            data["levels"] = {name: tuple(levels) for name, levels in data["levels"].items()}
            data["class_names"] = tuple(data["class_names"])
            return cls(**data)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InvalidModelError):
                raise
            raise InvalidModelError(
                f"the model's description cannot be read ({error}); make it again with `autometa tune`"
            ) from error


def _levels(texts: "pd.Series[Any]") -> tuple[str, ...]:
    return tuple(sorted({str(text) for text in texts.dropna()}))
