"""All evaluations of a task and a flow, page by page, complete although the server promises no order.

OpenML's listing has no ORDER BY: rows may come in another order in the next answer, and rows arrive and leave
meanwhile. One answer is a consistent picture, so a listing that fits into a page is complete. Over several
pages we ask for the last few rows again: unless just these are known already, something moved, and another
pass goes over all of it, until a pass is steady; or brings nothing new while as many rows are known as the
server has; or is the fourth to bring nothing new, since some rows may truly be there twice.
"""

import re
import urllib.parse
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

from autometa.errors import ImporterError
from autometa_store.importers.openml_answers import number_of, read_elements
from autometa_store.importers.openml_records import (
    EvaluationCount,
    EvaluationPage,
    ListedEvaluation,
    ListingCursor,
)
from autometa_store.importers.openml_rows import Row, read_evaluations
from autometa_store.importers.openml_transport import NoResultError, OpenMLTransport, TooMuchAskedError

PAGE_SIZE = 5_000
SMALLEST_PAGE = 500
LARGEST_PAGE = 10_000  # the server's own limit
OVERLAP = 10
N_PASSES = 20
N_IDLE_PASSES = 4
Key = tuple[int, int | None]


def list_evaluations(
    transport: OpenMLTransport,
    *,
    metric: str,
    task_id: int | None = None,
    flow_id: int | None = None,
    cursor: ListingCursor | None = None,
    after_run: int | None = None,
    limit: int | None = None,
    page_size: int = PAGE_SIZE,
) -> Iterator[EvaluationPage]:
    """Pages of evaluations, as `OpenMLServer.evaluations` says.

    Args:
        transport: asks the server.
        metric: OpenML's name of it.
        task_id: the task.
        flow_id: the flow.
        cursor: where an earlier listing ended.
        after_run: leave out runs up to this one.
        limit: at most so many evaluations.
        page_size: rows to ask for at once; halved where the server cannot, doubled where its order changes.

    Raises:
        ImporterError: the server cannot be asked, or its order changes in every pass.
    """
    question = _Question(transport, _filters(metric, task_id, flow_id), page_size)
    taken = _Taken(after_run, limit)
    n_idle = 0
    for _ in range(N_PASSES):
        n_known = len(taken.keys)
        is_done, end = yield from _pass(question, taken, cursor)
        if is_done:
            return
        n_idle = 0 if len(taken.keys) > n_known else n_idle + 1
        if n_idle == N_IDLE_PASSES or (n_idle and len(taken.keys) >= end.n_rows):
            yield EvaluationPage((), 0, cursor=end, is_last=True)
            return
        cursor = None
        question.grow()
    raise ImporterError(
        f"OpenML changed the order of {question.filters} in each of {N_PASSES} passes; none was complete; "
        "run again later to go on"
    )


def count_evaluations(
    transport: OpenMLTransport, *, metric: str, task_id: int | None = None, flow_id: int | None = None
) -> EvaluationCount:
    """How many runs a listing will give: counted, or as the server says that there are too many to list."""
    try:
        runs = transport.ask(
            f"evaluation/list/{_filters(metric, task_id, flow_id)}",
            lambda stream: {
                number_of(element, "run_id") for element in read_elements(stream, "evaluations", "evaluation")
            },
        )
    except NoResultError:
        return EvaluationCount(0, is_exact=True)
    except TooMuchAskedError as error:
        said = re.search(r"result set: (\d+)", str(error))
        if said is None:
            raise
        return EvaluationCount(int(said[1]), is_exact=False)
    return EvaluationCount(len(runs), is_exact=True)


def _pass(
    question: "_Question", taken: "_Taken", cursor: ListingCursor | None
) -> Generator[EvaluationPage, None, tuple[bool, ListingCursor]]:
    """Go over the listing once; gives whether it is complete for sure, and its end."""
    start = cursor.n_rows - len(cursor.tail) if cursor else 0
    tail: tuple[int, ...] = cursor.tail if cursor else ()
    rows, size = question.rows(start, taken.n_wanted)
    if tuple(sorted(_runs(rows[: len(tail)]))) != tuple(sorted(tail)):
        start, tail = 0, ()
        rows, size = question.rows(start, taken.n_wanted)
    taken.keys.update(_key(row) for row in rows[: len(tail)])
    keys: set[Key] = set()
    n_expected, is_steady = 0, True
    while True:
        n_again = sum(_key(row) in keys for row in rows)
        is_steady = is_steady and n_again == n_expected
        keys.update(_key(row) for row in rows)
        page, n_used = taken.take(rows)
        start += n_used
        tail = _runs(rows[max(0, n_used - OVERLAP) : n_used])
        is_end = len(rows) < size or taken.is_full
        is_done = is_end and (is_steady or taken.is_full)
        end = ListingCursor(start, tail)
        yield replace(page, cursor=end if is_steady or is_done else None, is_last=is_done)
        if is_end:
            return is_done, end
        n_expected = min(OVERLAP, len(rows) - 1)
        start -= n_expected
        rows, size = question.rows(start, taken.n_wanted)


@dataclass(slots=True)
class _Question:
    """The listing to ask for, and how many rows at once."""

    transport: OpenMLTransport
    filters: str
    page_size: int
    is_cut: bool = False

    def rows(self, offset: int, n_wanted: int | None) -> tuple[list[Row], int]:
        """Rows from an offset, and how many were asked for; there are fewer only at the end."""
        while True:
            size = self.page_size if n_wanted is None else min(self.page_size, n_wanted + OVERLAP)
            path = f"evaluation/setup/list/{self.filters}/limit/{size}/offset/{offset}"
            try:
                return self.transport.ask(path, read_evaluations), size
            except NoResultError:
                return [], size
            except TooMuchAskedError:
                if self.page_size <= SMALLEST_PAGE:
                    raise
                self.page_size, self.is_cut = max(SMALLEST_PAGE, self.page_size // 2), True

    def grow(self) -> None:
        """Ask for more at once: what fits into one answer needs no order."""
        if not self.is_cut:
            self.page_size = min(LARGEST_PAGE, 2 * self.page_size)


@dataclass(slots=True)
class _Taken:
    """What a listing has given so far."""

    after_run: int | None
    limit: int | None
    keys: set[Key] = field(default_factory=set)
    has_value: dict[int, bool] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return self.limit is not None and len(self.has_value) >= self.limit

    @property
    def n_wanted(self) -> int | None:
        return None if self.limit is None else self.limit - len(self.has_value)

    def take(self, rows: list[Row]) -> tuple[EvaluationPage, int]:
        """The page that these rows make, and how many of them were needed for it."""
        new: dict[int, ListedEvaluation] = {}
        counts: Counter[str] = Counter()
        skipped: Counter[str] = Counter()
        n_used = 0
        for row in rows:
            if self.is_full:
                break
            n_used += 1
            if isinstance(row, str):
                skipped[row] += 1
            else:
                self._take_one(row, new, counts)
        page = EvaluationPage(
            evaluations=tuple(new.values()),
            n_raw=n_used,
            n_duplicates=counts["duplicate"],
            n_other_engines=counts["other engine"],
            n_older=counts["older"],
            skipped=dict(skipped),
        )
        return page, n_used

    def _take_one(
        self, row: ListedEvaluation, new: dict[int, ListedEvaluation], counts: Counter[str]
    ) -> None:
        run = row.run_id
        if _key(row) in self.keys:
            counts["duplicate"] += 1
            return
        self.keys.add(_key(row))
        if self.after_run is not None and run <= self.after_run:
            counts["older"] += 1
        elif run in new:  # two engines in one answer: a value first, then the older engine
            counts["other engine"] += 1
            new[run] = min(new[run], row, key=_rank)
            self.has_value[run] = new[run].value is not None
        elif self.has_value.get(run) or (run in self.has_value and row.value is None):
            counts["other engine"] += 1
        else:
            new[run] = row
            self.has_value[run] = row.value is not None


def _rank(row: ListedEvaluation) -> tuple[bool, int]:
    return row.value is None, row.engine_id or 0


def _key(row: Row) -> Key:
    return (-1, None) if isinstance(row, str) else (row.run_id, row.engine_id)


def _runs(rows: list[Row]) -> tuple[int, ...]:
    return tuple(_key(row)[0] for row in rows)


def _filters(metric: str, task_id: int | None, flow_id: int | None) -> str:
    if task_id is None and flow_id is None:
        raise ImporterError("all of OpenML cannot be listed at once; give a task or a flow")
    names = {"task": task_id, "flow": flow_id}
    chosen = [f"{name}/{int(number)}" for name, number in names.items() if number is not None]
    return "/".join([f"function/{urllib.parse.quote(metric, safe='')}", *chosen])
