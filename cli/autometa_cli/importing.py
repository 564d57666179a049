"""What the commands that import foreign history share: options, the run, the preview, and the counts."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.output import clear_progress, print_json, print_note, show_progress

if TYPE_CHECKING:
    from autometa.search_space import Parameter
    from autometa.warmstart.sources import TrialSource
    from autometa_store.importers.base import CursorOf, ImportedStudies, Importer, Item
    from autometa_store.importers.saving import ImportTally

USAGE, INTERRUPTED = 2, 130
MAX_CHOICES = 12  # of a parameter that are printed

StoreOption = Annotated[
    str | None,
    typer.Option(metavar="URL", help="SQLite path or database URL; else AUTOMETA_STORE, else yours."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be stored, and with what search space, and stop.")
]
LearnerOption = Annotated[
    str | None,
    typer.Option(help="Whose parameters were tuned; one of the catalogue, or any other name."),
]
TableTargetOption = Annotated[
    str | None, typer.Option("--target", help="The column to predict in the data set's file.")
]


def known_sources(url: str) -> "Sequence[TrialSource]":
    """Where names of data sets are looked up: the store, if there is one, and the shipped knowledge."""
    from autometa_store.experience import StoreOnDemand
    from autometa_store.knowledge import load_starter

    return [StoreOnDemand(url), load_starter()] if _is_there(url) else [load_starter()]


def run_import(importer: "Importer", url: str, *, dry_run: bool, as_json: bool) -> None:
    """Store all that the importer gives, or say what that would be; print the counts.

    Args:
        importer: of an open place.
        url: of the store; made if there is none, but not for a dry run.
        dry_run: nothing is stored.
        as_json: one JSON object on stdout instead of sentences.

    Raises:
        typer.Exit: with 130 after Ctrl-C, with 2 where no item can be used.
    """
    tally = _preview(importer, url, as_json=as_json) if dry_run else _store(importer, url, as_json=as_json)
    if tally.skipped and tally.n_seen == len(tally.skipped):
        raise typer.Exit(USAGE)


def _store(importer: "Importer", url: str, *, as_json: bool) -> "ImportTally":
    from autometa_store.importers.base import LeftOut
    from autometa_store.importers.saving import ImportTally, save_all
    from autometa_store.trial_store import TrialStore

    tally, notes = ImportTally(), list[str]()
    importer = importer if _is_there(url) else _Begun(importer)  # so that bad input makes no store
    with TrialStore.open(url) as store:
        label = store.label
        try:
            _show_progress(tally)
            for outcome in save_all(store, importer):
                clear_progress()
                tally.add(outcome)
                if isinstance(outcome, LeftOut):
                    _say_skipped(outcome.title, outcome.reason, outcome.why)
                else:
                    notes += _say(outcome.item.notes)
                _show_progress(tally)
        except KeyboardInterrupt:
            clear_progress()
            print_note(f"autometa: {tally.n_trials:,} trials saved, run again to go on")
            raise typer.Exit(INTERRUPTED) from None
        finally:
            clear_progress()
    if as_json:
        print_json({"store": label, **tally_object(tally), "notes": notes})
    else:
        typer.echo(_items_sentence(tally, "new"))
        removed = f", {tally.n_removed_trials:,} removed" if tally.n_removed_trials else ""
        read = _endings(tally.n_by_status) or "none"
        typer.echo(f"{tally.n_trials:,} new trials{removed} in {label} (read: {read})")
    return tally


class _Begun:
    """An importer whose first item was read before there was a store."""

    def __init__(self, importer: "Importer"):
        from autometa_store.importers.base import nothing_stored

        self._rest = importer.items(nothing_stored)
        self._first = list(islice(self._rest, 1))

    def items(self, cursor_of: "CursorOf") -> "Iterator[Item]":
        """All of them; a store that was made a moment ago remembers nothing."""
        return chain(self._first, self._rest)


def _is_there(url: str) -> bool:
    """True if there is a store at the URL; a database server is believed to have one."""
    from autometa_store.session import sqlite_path

    path = sqlite_path(url)
    return path is None or path.exists()


def _preview(importer: "Importer", url: str, *, as_json: bool) -> "ImportTally":
    from autometa_store.importers.base import LeftOut
    from autometa_store.importers.saving import ImportTally, SavedItem

    tally, notes, found = ImportTally(), list[str](), []
    with _stored_cursors(url) as cursor_of:
        for item in importer.items(cursor_of):
            if isinstance(item, LeftOut):
                tally.add(item)
                _say_skipped(item.title, item.reason, item.why)
                continue
            tally.add(SavedItem(item, sum(len(study.trials) for study in item.studies), 0))
            notes += _say(item.notes)
            found.append(item)
    if as_json:
        wanted = [study for item in found for study in _study_objects(item)]
        print_json({"dry_run": True, **tally_object(tally), "notes": notes, "studies": wanted})
        return tally
    for item in found:
        for line in _item_lines(item):
            typer.echo(line)
    typer.echo(f"{_items_sentence(tally, 'to store')}; {tally.n_trials:,} trials; nothing was done")
    return tally


@contextmanager
def _stored_cursors(url: str) -> "Iterator[CursorOf]":
    """What a store remembers, if there is one; none is made."""
    from autometa_store.importers.base import nothing_stored
    from autometa_store.importers.saving import stored_cursors
    from autometa_store.trial_store import TrialStore

    if not _is_there(url):
        yield nothing_stored
        return
    with TrialStore.open(url, mode="read") as store:
        yield stored_cursors(store)


def tally_object(tally: "ImportTally") -> Mapping[str, Any]:
    """The counts for --json."""
    return {
        "items": {
            "seen": tally.n_seen,
            "new": tally.n_new,
            "known": tally.n_known,
            "unchanged": tally.n_unchanged,
            "skipped": len(tally.skipped),
        },
        "trials": {
            "new": tally.n_trials,
            "known": tally.n_known_trials,
            "removed": tally.n_removed_trials,
            "by_status": {str(status): count for status, count in sorted(tally.n_by_status.items())},
        },
        "skipped": [{"item": one.title, "reason": one.reason} for one in tally.skipped],
    }


def parameter_text(parameter: "Parameter") -> str:
    """What a parameter may be, in words.

    Args:
        parameter: of a search space.
    """
    from autometa.search_space import Choice, FloatRange

    if isinstance(parameter, Choice):
        text = f"one of {_listed(parameter.choices)}"
    else:
        kind = "real" if isinstance(parameter, FloatRange) else "whole"
        text = f"{kind}, {parameter.low:g} to {parameter.high:g}{', log' if parameter.log else ''}"
        text += f", or {_listed(parameter.alternatives)}" if parameter.alternatives else ""
    condition = parameter.condition
    return text if condition is None else f"{text}; if {condition.parent} is {_listed(condition.values)}"


def _item_lines(item: "ImportedStudies") -> list[str]:
    names = {info.dataset_id: info.name for info in item.datasets}
    lines = []
    for study in item.studies:
        about = names.get(study.dataset_id, study.dataset_id)
        ended = _endings(Counter(trial.status for trial in study.trials))
        lines.append(f"{item.title}: {len(study.trials):,} trials ({ended}) on {about}")
        lines.append(f"  {study.metric}, to {study.direction}; {study.search_space.name}:")
        width = max(map(len, study.search_space.names), default=0)
        lines += [f"    {one.name:<{width}}  {parameter_text(one)}" for one in study.search_space.parameters]
    return lines


def _study_objects(item: "ImportedStudies") -> list[Mapping[str, Any]]:
    names = {info.dataset_id: info.name for info in item.datasets}
    return [
        {
            "item": item.title,
            "dataset": names.get(study.dataset_id, study.dataset_id),
            "metric": study.metric,
            "direction": study.direction,
            "n_trials": len(study.trials),
            "search_space": json.loads(study.search_space.to_json()),
        }
        for study in item.studies
    ]


def _listed(values: Sequence[Any]) -> str:
    shown = ", ".join(str(value) for value in values[:MAX_CHOICES])
    return f"{shown} and {len(values) - MAX_CHOICES} more" if len(values) > MAX_CHOICES else shown


def _items_sentence(tally: "ImportTally", new: str) -> str:
    return (
        f"{tally.n_seen:,} items: {tally.n_new:,} {new}, {tally.n_known:,} known, "
        f"{tally.n_unchanged:,} unchanged, {len(tally.skipped):,} skipped"
    )


def _endings(by_status: Mapping[Any, int]) -> str:
    return ", ".join(f"{count:,} {str(status).replace('_', ' ')}" for status, count in by_status.items())


def _say(notes: Sequence[str]) -> Sequence[str]:
    for note in notes:
        print_note(f"autometa: {note}")
    return notes


def _say_skipped(title: str, reason: str, why: str) -> None:
    if why == "unusable":
        print_note(f"autometa: skipped {title}: {reason}")


def _show_progress(tally: "ImportTally") -> None:
    line = f"{tally.n_seen:,} items · {tally.n_trials:,} new trials"
    show_progress(line)
