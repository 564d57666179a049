"""One OpenML server behind the port: lists by our own transport, single objects by the package."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from autometa_store.importers.openml_answers import (
    NAMESPACE,
    as_real,
    number_of,
    read_elements,
    required,
    text_of,
)
from autometa_store.importers.openml_files import download
from autometa_store.importers.openml_listing import count_evaluations, list_evaluations
from autometa_store.importers.openml_package import OpenMLPackage
from autometa_store.importers.openml_records import (
    EvaluationCount,
    EvaluationPage,
    ListedDataset,
    ListedFlow,
    ListedTask,
    ListingCursor,
)
from autometa_store.importers.openml_transport import NoResultError, OpenMLTransport, RefusedError

CLASSIFICATION, REGRESSION = 1, 2
N_IDS = 200  # in one address, which servers cut at 8 kB
NO_QUALITIES = frozenset({361, 362, 363, 364})


class OpenMLClient:
    """An `OpenMLServer`.

    Args:
        transport: asks one server.
    """

    def __init__(self, transport: OpenMLTransport | None = None) -> None:
        self.transport = transport or OpenMLTransport()
        self._package = OpenMLPackage(self.transport)
        self._flows: tuple[ListedFlow, ...] | None = None

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
        """See the port."""
        return list_evaluations(
            self.transport,
            metric=metric,
            task_id=task_id,
            flow_id=flow_id,
            cursor=cursor,
            after_run=after_run,
            limit=limit,
        )

    def count_evaluations(
        self, *, metric: str, task_id: int | None = None, flow_id: int | None = None
    ) -> EvaluationCount:
        """See the port."""
        return count_evaluations(self.transport, metric=metric, task_id=task_id, flow_id=flow_id)

    def suite_tasks(self, suite: int | str) -> tuple[int, ...]:
        """See the port."""
        return self._package.suite_tasks(suite)

    def tasks(self, dataset_ids: Sequence[int]) -> tuple[ListedTask, ...]:
        """See the port."""
        found: list[ListedTask] = []
        for start in range(0, len(dataset_ids), N_IDS):
            ids = ",".join(str(int(number)) for number in dataset_ids[start : start + N_IDS])
            try:
                found += self.transport.ask(f"task/list/data_id/{ids}", _read_tasks)
            except NoResultError:
                continue
        return tuple(sorted(found, key=lambda task: task.task_id))

    def task(self, task_id: int) -> ListedTask:
        """See the port."""
        return self._package.task(task_id)

    def flows(self, name: str) -> tuple[ListedFlow, ...]:
        """See the port; the server's list of flows has no filter for names and is asked for once."""
        if self._flows is None:
            self._flows = self.transport.ask("flow/list", _read_flows)
        found = [flow for flow in self._flows if name in (flow.name, f"{flow.name}({flow.version})")]
        found = found or [
            flow for flow in self._flows if re.fullmatch(rf"[\w.]*\.{re.escape(name)}", flow.name)
        ]
        return tuple(sorted(found, key=lambda flow: flow.flow_id))

    def flow(self, flow_id: int) -> ListedFlow:
        """See the port."""
        return self._package.flow(flow_id)

    def dataset(self, data_id: int) -> ListedDataset:
        """See the port."""
        return self._package.dataset(data_id)

    def qualities(self, data_id: int) -> Mapping[str, float | None]:
        """See the port."""
        try:
            return self.transport.ask(f"data/qualities/{int(data_id)}", _read_qualities)
        except RefusedError as error:
            if error.code not in NO_QUALITIES:
                raise
            return {}

    def download(self, dataset: ListedDataset, folder: Path) -> Path:
        """See the port."""
        return download(self.transport, dataset, folder)


def _read_tasks(stream: BinaryIO) -> list[ListedTask]:
    found = (_task(element) for element in read_elements(stream, "tasks", "task"))
    return [task for task in found if task.task_type_id in (CLASSIFICATION, REGRESSION)]


def _task(element: Any) -> ListedTask:
    inputs = {child.get("name"): child.text for child in element.iterchildren(f"{NAMESPACE}input")}
    return ListedTask(
        task_id=required(element, "task_id"),
        task_type_id=required(element, "task_type_id"),
        task_type=text_of(element, "task_type") or "",
        data_id=required(element, "did"),
        target=inputs.get("target_feature"),
    )


def _read_flows(stream: BinaryIO) -> tuple[ListedFlow, ...]:
    return tuple(
        ListedFlow(
            flow_id=required(element, "id"),
            name=text_of(element, "name") or "",
            version=text_of(element, "version") or "",
            external_version=text_of(element, "external_version"),
        )
        for element in read_elements(stream, "flows", "flow")
    )


def _read_qualities(stream: BinaryIO) -> dict[str, float | None]:
    return {
        text_of(element, "name") or "": as_real(text_of(element, "value"))
        for element in read_elements(stream, "data_qualities", "quality")
        if number_of(element, "index") is None  # qualities of a part of a stream have one
    }
