"""`autometa populate openml`: the runs of OpenML's tasks become experience."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.importing import DryRunOption, StoreOption
from autometa_cli.openml_tally import OpenMLTally, counts_sentence, placed_sentence
from autometa_cli.output import clear_progress, print_json, print_note, show_progress
from autometa_cli.tables import JsonOption

if TYPE_CHECKING:
    from autometa_store.importers.base import CursorOf
    from autometa_store.importers.openml import OpenMLImporter, OpenMLRequest
    from autometa_store.importers.openml_survey import SurveyedListing

USAGE, INTERRUPTED = 2, 130
PUBLIC_SERVER = "https://www.openml.org"


def populate_openml(
    suite: Annotated[
        list[str] | None,
        typer.Option(metavar="ID|ALIAS", help="Tasks of a suite, e.g. 99 or OpenML-CC18; may be repeated."),
    ] = None,
    task: Annotated[list[int] | None, typer.Option(metavar="ID", help="A task; may be repeated.")] = None,
    dataset: Annotated[
        list[int] | None,
        typer.Option(metavar="ID", help="All supervised tasks on a data set; may be repeated."),
    ] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|ID", help="Only runs of this flow; may be repeated. All if absent."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(help="OpenML's name; predictive_accuracy, or root_mean_squared_error for regression."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Runs of each task and flow; all if absent.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE|RUN", help="Only runs from YYYY-MM-DD on, or after a run.")
    ] = None,
    server: Annotated[str, typer.Option(metavar="URL", help="Another OpenML server.")] = PUBLIC_SERVER,
    no_data: Annotated[
        bool, typer.Option("--no-data", help="Fetch no data set; OpenML's recorded qualities must do.")
    ] = False,
    store: StoreOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Store runs of OpenML with their hyper-parameters; run it again to go on, or to take what is new."""
    from autometa_store.importers.openml import OpenMLRequest
    from autometa_store.location import resolve_store_url

    if not (suite or task or dataset):
        raise typer.BadParameter(
            "say what to take: --suite 99, --task 31 or --dataset 31", param_hint="--suite/--task/--dataset"
        )
    since_run, since_date = _since(since)
    request = OpenMLRequest(
        suites=tuple(_number_or_name(one) for one in suite or ()),
        tasks=tuple(task or ()),
        datasets=tuple(dataset or ()),
        flows=tuple(_number_or_name(one) for one in flow or ()),
        metric=metric,
        limit=limit,
        since_run=since_run,
        since=since_date,
        with_data=not no_data,
    )
    url = resolve_store_url(store)
    (_survey if dry_run else _populate)(request, server, url, as_json=as_json)


def _populate(request: "OpenMLRequest", server: str, url: str, *, as_json: bool) -> None:
    from autometa_store.importers.saving import save_all
    from autometa_store.trial_store import TrialStore

    tally = OpenMLTally()
    with TrialStore.open(url) as opened:
        importer = _importer(request, server, opened.studies)
        with _interruptible(tally):
            for outcome in save_all(opened, importer):
                clear_progress()
                tally.add(outcome)
                _show_progress(tally)
        label = opened.label
    _print(tally, label, server, as_json=as_json)
    if tally.skipped and not tally.by_task and not tally.n_unchanged:
        raise typer.Exit(USAGE)


def _print(tally: OpenMLTally, label: str, server: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"store": label, "server": server, **tally.as_object()})
        return
    for task, counts in tally.by_task.items():
        typer.echo(f"task {task}: {counts_sentence(counts)}")
    total = tally.total
    unchanged = f"; {tally.n_unchanged:,} listings with nothing new" if tally.n_unchanged else ""
    typer.echo(f"{len(tally.by_task):,} tasks: {counts_sentence(total)}{unchanged}")
    typer.echo(f"{total.n_new:,} new trials in {label}")
    if total.n_new:
        typer.echo(placed_sentence(total))


@contextmanager
def _interruptible(tally: OpenMLTally) -> Iterator[None]:
    """Says how much is saved where the import is cut off, by Ctrl-C or by the server."""
    from autometa.errors import ImporterError

    try:
        yield
    except (KeyboardInterrupt, ImporterError) as error:
        clear_progress()
        print_note(f"autometa: {tally.total.n_new:,} trials saved, run again to go on")
        if isinstance(error, KeyboardInterrupt):
            raise typer.Exit(INTERRUPTED) from None
        raise
    finally:
        clear_progress()


def _survey(request: "OpenMLRequest", server: str, url: str, *, as_json: bool) -> None:
    """Say what a run would ask for; makes no store."""
    from autometa_store.importers.base import LeftOut
    from autometa_store.importers.openml import nothing_stored
    from autometa_store.importers.openml_survey import survey_listings

    found: list[SurveyedListing] = []
    skipped: list[LeftOut] = []
    with _stored(url) as cursor_of:
        for one in survey_listings(_importer(request, server, nothing_stored), cursor_of):
            if isinstance(one, LeftOut):
                skipped.append(one)
                print_note(f"autometa: skipped {one.title}: {one.reason}")
            else:
                found.append(one)
    if as_json:
        left_out = [{"item": one.title, "reason": one.reason} for one in skipped]
        listings = [_survey_object(one) for one in found]
        print_json({"dry_run": True, "server": server, "listings": listings, "skipped": left_out})
        return
    for one in found:
        flow = "all flows" if one.flow_id is None else f"flow {one.flow_id}"
        amount = f"{'' if one.is_exact else 'at most '}{one.n_runs:,} runs"
        typer.echo(f"task {one.task_id}, {flow}, {one.metric}: {amount}, {one.n_taken:,} taken before")
    typer.echo(f"{len(found):,} listings, {len(skipped):,} tasks skipped; nothing was stored")


@contextmanager
def _stored(url: str) -> "Iterator[CursorOf]":
    """What the store remembers, if there is one."""
    from autometa_store.importers.base import nothing_stored
    from autometa_store.importers.saving import stored_cursors
    from autometa_store.session import sqlite_path
    from autometa_store.trial_store import TrialStore

    path = sqlite_path(url)
    if path is not None and not path.exists():
        yield nothing_stored
        return
    with TrialStore.open(url, mode="read") as opened:
        yield stored_cursors(opened)


def _importer(request: "OpenMLRequest", server: str, studies_of: Any) -> "OpenMLImporter":
    from autometa_store.importers.openml import OpenMLImporter
    from autometa_store.importers.openml_client import OpenMLClient
    from autometa_store.importers.openml_datasets import place_of
    from autometa_store.importers.openml_transport import OpenMLTransport

    transport = OpenMLTransport(server=server)
    place = place_of(transport.server)
    return OpenMLImporter(OpenMLClient(transport), request, place=place, studies_of=studies_of)


def _number_or_name(text: str) -> int | str:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text


def _since(text: str | None) -> tuple[int | None, str | None]:
    """The run, or the date."""
    if text is None:
        return None, None
    found = _number_or_name(text)
    if isinstance(found, int):
        return found, None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise typer.BadParameter(
            f"{text!r} is neither a date like 2026-01-31 nor a run's number", param_hint="--since"
        )
    return None, text


def _survey_object(one: "SurveyedListing") -> Mapping[str, Any]:
    return {
        "task": one.task_id,
        "flow": one.flow_id,
        "metric": one.metric,
        "n_runs": one.n_runs,
        "is_exact": one.is_exact,
        "n_taken": one.n_taken,
    }


def _show_progress(tally: OpenMLTally) -> None:
    total = tally.total
    task = list(tally.by_task)[-1:]
    line = f"{len(tally.by_task):,} tasks{f' · task {task[0]}' if task else ''} · {counts_sentence(total)}"
    show_progress(line)
