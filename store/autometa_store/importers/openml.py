"""OpenMLImporter: the runs of OpenML's tasks, page by page, each beside the cursor that stands for it.

What comes, in this order: a data set where it is new; then for every answer of the server what is known of
the flows' own spaces, where that changed, and the page itself. Each is one transaction; a run that is
interrupted between any two of them goes on there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from autometa.dataset import TaskType
from autometa.errors import ImporterError, UnknownNameError
from autometa.history import Direction, PriorStudy
from autometa.metrics import RECORDED
from autometa_store.importers.base import CursorOf, ImportedStudies, Item, LeftOut
from autometa_store.importers.openml_datasets import (
    KnownDataset,
    Place,
    read_dataset,
    require_target,
    task_type_of,
)
from autometa_store.importers.openml_memory import StudiesOf, TaskMemory
from autometa_store.importers.openml_pages import About, PageCounts, Selection, read_page
from autometa_store.importers.openml_records import EvaluationPage, ListedTask, OpenMLServer
from autometa_store.importers.openml_spaces import ObservedSpace
from autometa_store.importers.openml_transport import RefusedError

METRICS: Mapping[str, Direction] = MappingProxyType(
    {name: way for of_task in RECORDED.values() for name, way in of_task.items()}
)
UNUSABLE = frozenset({111, 112, 151})  # OpenML's codes: unknown or private data set, unknown task
DEFAULT_METRICS: Mapping[TaskType, str] = MappingProxyType(
    {TaskType.CLASSIFICATION: "predictive_accuracy", TaskType.REGRESSION: "root_mean_squared_error"}
)


def nothing_stored(search_space: str, dataset_ids: Sequence[str]) -> Sequence[PriorStudy]:
    """The studies of a store that does not exist."""
    return ()


@dataclass(frozen=True, slots=True)
class OpenMLRequest:
    """What is asked of OpenML.

    Attributes:
        suites: numbers or aliases, e.g. 99 or "OpenML-CC18".
        tasks: numbers.
        datasets: numbers; all their supervised tasks.
        flows: numbers or names; all flows if none is given.
        metric: OpenML's name; accuracy, and root mean squared error for regression, where None.
        limit: runs of each task and flow; None for all.
        since_run: only runs with a larger number.
        since: only runs uploaded from this date on, "YYYY-MM-DD".
        with_data: fetch the data sets and measure them.

    Raises:
        UnknownNameError: an unknown metric.
    """

    suites: tuple[int | str, ...] = ()
    tasks: tuple[int, ...] = ()
    datasets: tuple[int, ...] = ()
    flows: tuple[int | str, ...] = ()
    metric: str | None = None
    limit: int | None = None
    since_run: int | None = None
    since: str | None = None
    with_data: bool = True

    def __post_init__(self) -> None:
        """Check the metric."""
        if self.metric is not None and self.metric not in METRICS:
            raise UnknownNameError.of("metric of OpenML", self.metric, list(METRICS))

    def metric_for(self, task_type: TaskType) -> str:
        """The metric on a task of this type."""
        return self.metric or DEFAULT_METRICS[task_type]

    def listing(self, metric: str, flow_id: int | None) -> str:
        """What a cursor belongs to: another question begins anew."""
        more = {"after": self.since_run, "since": self.since, "limit": self.limit}
        text = f"{metric}/{'all flows' if flow_id is None else flow_id}"
        return "/".join([text, *(f"{name} {value}" for name, value in more.items() if value is not None)])


@dataclass(frozen=True, slots=True, eq=False)
class OpenMLPage(ImportedStudies):
    """The new runs of one answer.

    Attributes:
        task_id: of the listing.
        flow_id: of the listing; None for all flows.
        counts: what became of the answer's rows.
    """

    task_id: int = 0
    flow_id: int | None = None
    counts: PageCounts = field(default_factory=PageCounts)


class OpenMLImporter:
    """An `Importer` of OpenML's runs.

    Args:
        server: asked for everything.
        request: what is asked.
        place: where things of the server stand in a store.
        studies_of: stored studies by search space and data sets; by these, runs are known again where the
            server lists them in another order than before.
    """

    def __init__(
        self,
        server: OpenMLServer,
        request: OpenMLRequest,
        *,
        place: Place | None = None,
        studies_of: StudiesOf = nothing_stored,
    ):
        self.server = server
        self.request = request
        self.place = place or Place()
        self._studies_of = studies_of
        self._spaces: dict[str, ObservedSpace] = {}

    def task_ids(self) -> tuple[int, ...]:
        """The numbers of all tasks asked for, each once.

        Raises:
            ImporterError: the server cannot tell, or does not know a suite.
            UnknownNameError: nothing was asked for.
        """
        request = self.request
        if not (request.suites or request.tasks or request.datasets):
            raise UnknownNameError("nothing of OpenML is asked for; give a suite, a task, or a data set")
        found = [task for suite in request.suites for task in self.server.suite_tasks(suite)]
        found += request.tasks
        found += [task.task_id for task in self.server.tasks(request.datasets)] if request.datasets else []
        return tuple(dict.fromkeys(found))

    def flow_ids(self) -> tuple[int | None, ...]:
        """The numbers of all flows asked for; one None for all flows.

        Raises:
            ImporterError: the server cannot tell.
            UnknownNameError: there is no flow of a name.
        """
        found: list[int] = []
        for flow in self.request.flows:
            known = [flow] if isinstance(flow, int) else [one.flow_id for one in self.server.flows(flow)]
            if not known:
                raise UnknownNameError(
                    f"OpenML has no flow {flow!r}; give a full name like sklearn.svm.classes.SVC, its last "
                    "part, or a number"
                )
            found += known
        return tuple(dict.fromkeys(found)) or (None,)

    def items(self, cursor_of: CursorOf) -> Iterator[Item]:
        """Data sets, spaces and pages; a task that cannot be used is left out, with the reason.

        Args:
            cursor_of: what the store remembers of a source.

        Raises:
            ImporterError: the server cannot be asked any more; what came before is whole.
            UnknownNameError: there is no flow of a name.
        """
        flow_ids = self.flow_ids()
        with TemporaryDirectory(prefix="autometa-openml-") as folder:
            for task_id in self.task_ids():
                try:
                    yield from self._of_task(task_id, flow_ids, cursor_of, Path(folder))
                except RefusedError as error:
                    if error.code not in UNUSABLE:
                        raise
                    yield LeftOut(self.place.task(task_id), f"task {task_id}", "unusable", str(error))

    def _of_task(
        self, task_id: int, flow_ids: Sequence[int | None], cursor_of: CursorOf, folder: Path
    ) -> Iterator[Item]:
        source = self.place.task(task_id)
        memory = TaskMemory.of(cursor_of(source))
        task = memory.known_task or self.server.task(task_id)
        try:
            require_target(task)
        except ImporterError as error:
            yield LeftOut(source, f"task {task_id}", "unusable", str(error))
            return
        known = KnownDataset.of(cursor_of(self.place.data(task)))
        with_data = self.request.with_data
        if known is None or (with_data and not known.has_data):
            item = read_dataset(
                self.server, task, self.place, known=known, folder=folder if with_data else None
            )
            yield item
            known = KnownDataset.of(item.cursor)
        if known is not None:
            memory.known_task = task
            for flow_id in flow_ids:
                yield from self._of_listing(task, flow_id, known, memory, cursor_of)

    def _of_listing(
        self,
        task: ListedTask,
        flow_id: int | None,
        dataset: KnownDataset,
        memory: TaskMemory,
        cursor_of: CursorOf,
    ) -> Iterator[Item]:
        request, source = self.request, self.place.task(task.task_id)
        task_type = task_type_of(task)
        metric = request.metric_for(task_type)
        about = About(dataset.dataset_id, task_type, dataset.n_columns, source, metric, METRICS[metric])
        title = f"task {task.task_id}, {'all flows' if flow_id is None else f'flow {flow_id}'}, {metric}"
        listing = memory.listing(request.listing(metric, flow_id))
        left = None if request.limit is None or flow_id is None else request.limit - listing.n_taken
        if left is not None and left <= 0:
            yield LeftOut(source, title, "unchanged", f"{request.limit:,} runs are stored, as many as wanted")
            return
        is_new = False
        for page in self.server.evaluations(
            metric=metric,
            task_id=task.task_id,
            flow_id=flow_id,
            cursor=listing.cursor,
            after_run=request.since_run,
            limit=left,
        ):
            if not _says_something(page) and page.cursor in (None, listing.cursor):
                continue
            is_new = True
            known = memory.known_runs(about.dataset_id, source, metric, self._studies_of)
            selection = Selection(known, request.since, listing.n_left(request.limit), request.limit)
            reading = read_page(
                page, about, selection=selection, space_of=lambda name: self._space(name, cursor_of)
            )
            yield from self._changed_spaces(reading.spaces)
            memory.took(reading.studies)
            listing.took(len(page.evaluations), reading.n_by_flow, page.cursor)
            yield OpenMLPage(
                source=source,
                title=title,
                datasets=(),
                meta_features=(),
                studies=reading.studies,
                cursor=memory.as_json(),
                is_whole=False,
                is_last=page.is_last,
                task_id=task.task_id,
                flow_id=flow_id,
                counts=reading.counts,
            )
        if not is_new:
            yield LeftOut(source, title, "unchanged", "nothing new")

    def _changed_spaces(self, spaces: Mapping[str, ObservedSpace]) -> Iterator[Item]:
        """What is known now of flows' own spaces, before the page that says so."""
        for name, space in spaces.items():
            source = self.place.space(name)
            yield ImportedStudies(source, name, (), (), (), cursor=space.as_json(), is_whole=False)
            self._spaces[name] = space

    def _space(self, name: str, cursor_of: CursorOf) -> ObservedSpace:
        if name not in self._spaces:
            stored = cursor_of(self.place.space(name))
            self._spaces[name] = ObservedSpace() if stored is None else ObservedSpace.from_json(stored)
        return self._spaces[name]


def _says_something(page: EvaluationPage) -> bool:
    """False for an answer that only repeats what is known."""
    return bool(page.evaluations or page.skipped or page.n_other_engines or page.n_older)
