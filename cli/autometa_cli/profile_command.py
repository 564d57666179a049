"""`autometa profile FILE`: the meta-features of a table, and what was noticed about its columns."""

import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.output import print_json
from autometa_cli.tables import (
    FileArgument,
    JsonOption,
    TargetOption,
    TaskOption,
    dataset_object,
    dataset_sentence,
)

if TYPE_CHECKING:
    from rich.console import Console

    from autometa.metafeatures import MetaFeatures
    from autometa.readers import Table

UNLIMITED_WIDTH = 2000  # characters; output to a file or a pipe is never cut or wrapped
MAX_COLUMNS_SHOWN = 40  # of a table's columns; beyond, only those with something to notice


class Pack(StrEnum):
    """What --pack takes."""

    CORE = "core"
    OPENML = "openml"
    ASKL = "askl"


def profile(
    file: FileArgument,
    target: TargetOption = None,
    task: TaskOption = None,
    pack: Annotated[Pack, typer.Option(help="Which meta-features.")] = Pack.CORE,
    as_json: JsonOption = False,
) -> None:
    """Describe a table: its meta-features, and what was noticed about its columns."""
    from autometa.metafeatures import extract
    from autometa.readers import read_table

    table = read_table(file, target=target, task_type=task.value if task else None)
    measured = extract(table.dataset, pack=pack.value, seed=0)
    if as_json:
        print_json(as_object(table, measured))
    else:
        print_profile(table, measured, _console())


def as_object(table: "Table", measured: "MetaFeatures") -> dict[str, Any]:
    """What --json prints, without the schema's version."""
    return {
        "dataset": dataset_object(table.dataset),
        "pack": measured.pack,
        "version": measured.version,
        "features": measured.as_dict(),
        "reasons": dict(measured.reasons),
        "columns": [
            {
                "name": column.name,
                "kind": column.kind.value,
                "notes": list(table.column_notes.get(column.name, ())),
            }
            for column in table.dataset.columns
        ],
        "notes": list(table.notes),
    }


def print_profile(table: "Table", measured: "MetaFeatures", console: "Console") -> None:
    """The same for people: the table in a line, what was noticed, its columns, its features by group."""
    console.print(dataset_sentence(table.dataset), style="bold", markup=False)
    for note in table.notes:
        console.print(f"  {note}", markup=False)
    _print_rows(console, "columns", _column_rows(table))
    for group, rows in groupby(_feature_rows(measured), key=lambda row: row[0]):
        _print_rows(console, group, (row[1:] for row in rows))


def _column_rows(table: "Table") -> Iterator[tuple[str, str, str]]:
    """Name, kind and notes of every column; of wide tables only of the columns with notes."""
    columns = table.dataset.columns
    is_wide = len(columns) > MAX_COLUMNS_SHOWN
    for column in columns:
        notes = table.column_notes.get(column.name, ())
        if notes or not is_wide:
            yield column.name, column.kind.value, "; ".join(notes)


def _feature_rows(measured: "MetaFeatures") -> Iterator[tuple[str, str, str, str]]:
    """Group, name, value and, where it does not apply, the reason."""
    from autometa.metafeatures import features

    groups: Mapping[str, str] = {feature.name: feature.group for feature in features(measured.pack)}
    for name, value in measured.as_dict().items():
        written = "–" if value is None else f"{value:.6g}"
        yield groups[name], name, written, measured.reasons.get(name, "")


def _print_rows(console: "Console", title: str, rows: Iterator[tuple[str, str, str]]) -> None:
    """Three columns under a title; long texts fold instead of being cut."""
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 2))
    for style in ("", "cyan", "dim"):
        grid.add_column(style=style, overflow="fold")
    for name, value, remark in rows:
        grid.add_row(Text(f"  {name}"), Text(value), Text(remark))
    if grid.row_count:
        console.print(f"\n{title}", style="bold", markup=False)
        console.print(grid)


def _console() -> "Console":
    """Colour and the terminal's width for people; neither for a file or a pipe, whatever the environment."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(
        highlight=False, force_terminal=False, no_color=True, color_system=None, width=UNLIMITED_WIDTH
    )
