"""TaskMemory: what an import of OpenML remembers of a task, as its cursor; how far each listing has come."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from autometa.history import PriorStudy
from autometa_store.importers.base import Cursor
from autometa_store.importers.openml_records import ListedTask, ListingCursor

StudiesOf = Callable[[str, Sequence[str]], Sequence[PriorStudy]]
"""A search space's name and data sets give the stored studies."""


@dataclass(slots=True)
class ListingMemory:
    """How far one question to the server has come.

    Attributes:
        cursor: where to go on; None to begin anew.
        n_taken: runs that the server gave.
        by_flow: runs that were stored of each flow.
    """

    cursor: ListingCursor | None = None
    n_taken: int = 0
    by_flow: Counter[int] = field(default_factory=Counter)

    def took(self, n_given: int, by_flow: Mapping[int, int], cursor: ListingCursor | None) -> None:
        """Go on after a page."""
        self.n_taken += n_given
        self.by_flow.update(by_flow)
        self.cursor = cursor

    def n_left(self, limit: int | None) -> dict[int, int]:
        """How many runs of each flow that was met may still be stored."""
        return {} if limit is None else {flow: limit - count for flow, count in self.by_flow.items()}

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "cursor": self.cursor and self.cursor.as_json(),
            "n_taken": self.n_taken,
            "by_flow": {str(flow): count for flow, count in self.by_flow.items()},
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ListingMemory":
        """The inverse of `as_json`."""
        cursor = values["cursor"] and ListingCursor.from_json(values["cursor"])
        by_flow = Counter({int(flow): int(count) for flow, count in values["by_flow"].items()})
        return cls(cursor, int(values["n_taken"]), by_flow)


@dataclass(slots=True)
class TaskMemory:
    """What is remembered of a task; changes as pages come.

    Attributes:
        known_task: the task itself, so that it is asked for once.
        spaces: names of the search spaces that its runs are in.
        listings: by question.
    """

    known_task: ListedTask | None = None
    spaces: dict[str, None] = field(default_factory=dict)
    listings: dict[str, ListingMemory] = field(default_factory=dict)
    _runs: dict[str, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: Cursor | None) -> "TaskMemory":
        """What a stored cursor says; empty without one."""
        if cursor is None:
            return cls()
        values: Mapping[str, Any] = cursor
        listings = {name: ListingMemory.from_json(one) for name, one in values["listings"].items()}
        return cls(ListedTask(**values["task"]), dict.fromkeys(values["spaces"]), listings)

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        task = self.known_task
        return {
            "task": task and {**asdict(task), "estimation_procedure": None},
            "spaces": list(self.spaces),
            "listings": {name: one.as_json() for name, one in self.listings.items()},
        }

    def listing(self, name: str) -> ListingMemory:
        """Of a question; new if it was never asked."""
        return self.listings.setdefault(name, ListingMemory())

    def known_runs(self, dataset_id: str, source: str, metric: str, studies_of: StudiesOf) -> Collection[int]:
        """The runs that are stored with a score in this metric.

        Args:
            dataset_id: of the task.
            source: of its studies.
            metric: of the score.
            studies_of: asked the first time.
        """
        if metric not in self._runs:
            self._runs[metric] = {
                trial.seed
                for name in self.spaces
                for study in studies_of(name, [dataset_id])
                if study.source == source and study.metric == metric
                for trial in study.trials
                if trial.seed is not None
            }
        return self._runs[metric]

    def took(self, studies: Sequence[PriorStudy]) -> None:
        """Remember the spaces and runs of a page."""
        for study in studies:
            self.spaces.setdefault(study.search_space.name)
            runs = self._runs.setdefault(study.metric, set())
            runs.update(trial.seed for trial in study.trials if trial.seed is not None)
