"""survey_listings: how many runs an import from OpenML would go through, one request a task and flow."""

from collections.abc import Iterator
from dataclasses import dataclass

from autometa.errors import ImporterError
from autometa_store.importers.base import CursorOf, LeftOut
from autometa_store.importers.openml import UNUSABLE, OpenMLImporter
from autometa_store.importers.openml_datasets import require_target, task_type_of
from autometa_store.importers.openml_memory import TaskMemory
from autometa_store.importers.openml_transport import RefusedError


@dataclass(frozen=True, slots=True)
class SurveyedListing:
    """What there is to ask for.

    Attributes:
        task_id: of the listing.
        flow_id: of the listing; None for all flows.
        metric: OpenML's name.
        n_runs: that the server has.
        is_exact: False if there may be fewer.
        n_taken: that the server gave before to the same question.
    """

    task_id: int
    flow_id: int | None
    metric: str
    n_runs: int
    is_exact: bool
    n_taken: int


def survey_listings(importer: OpenMLImporter, cursor_of: CursorOf) -> Iterator[SurveyedListing | LeftOut]:
    """What `importer.items` would ask for; nothing is fetched but counts.

    Args:
        importer: of a request.
        cursor_of: what a store remembers of a source.

    Raises:
        ImporterError: the server cannot be asked.
        UnknownNameError: there is no flow of a name.
    """
    flow_ids = importer.flow_ids()
    for task_id in importer.task_ids():
        try:
            for flow_id in flow_ids:
                yield _survey(importer, task_id, flow_id, cursor_of)
        except (RefusedError, _NoTargetError) as error:
            if isinstance(error, RefusedError) and error.code not in UNUSABLE:
                raise
            yield LeftOut(importer.place.task(task_id), f"task {task_id}", "unusable", str(error))


class _NoTargetError(ImporterError):
    """The task has nothing to predict."""


def _survey(
    importer: OpenMLImporter, task_id: int, flow_id: int | None, cursor_of: CursorOf
) -> SurveyedListing:
    memory = TaskMemory.of(cursor_of(importer.place.task(task_id)))
    task = memory.known_task or importer.server.task(task_id)
    try:
        require_target(task)
    except ImporterError as error:
        raise _NoTargetError(str(error)) from error
    metric = importer.request.metric_for(task_type_of(task))
    count = importer.server.count_evaluations(metric=metric, task_id=task_id, flow_id=flow_id)
    listing = memory.listing(importer.request.listing(metric, flow_id))
    return SurveyedListing(task_id, flow_id, metric, count.n_runs, count.is_exact, listing.n_taken)
