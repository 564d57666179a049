"""`autometa report`: one page on a table, a search or a training, or on all that is known."""

import os
import textwrap
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.output import print_json
from autometa_cli.startup import quick_imports
from autometa_cli.tables import JsonOption, TargetOption, TaskOption

if TYPE_CHECKING:
    from autometa.report import Section

SUFFIXES = (".html", ".htm")
WIDTH = 100


def report(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|STUDY|RUN]...",
            help="A table, an Optuna storage, the folder of a training; one or more of them on one page. "
            "All that is known if nothing is named.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The page to write, .html.")] = Path("report.html"),
    target: TargetOption = None,
    task: TaskOption = None,
    metric: Annotated[str | None, typer.Option(help="Score to be good at, e.g. roc_auc or rmse.")] = None,
    n: Annotated[int, typer.Option("-n", min=1, max=20, help="How many suggestions.")] = 5,
    study: Annotated[str | None, typer.Option(help="Name of the study, if the storage has several.")] = None,
    cold: Annotated[
        str | None,
        typer.Option(help="The same search without past studies: another study there, or another storage."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Store to learn from beside the shipped knowledge.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one page that shows what was learned: map, votes, suggestions, searches, learning curves."""
    start = time.perf_counter()
    _check_out(out)
    with quick_imports():
        from autometa.report import page
        from autometa.report.plotly_bundle import plotly_script
        from autometa_cli.report_contents import Asked, contents
        from autometa_store.experience import open_experience
        from autometa_store.similarity import open_similarity

    plotly_script()  # that the package is missing is better said now than after the work
    asked = Asked(
        things=tuple(what or ()),
        target=target,
        task=None if task is None else task.value,
        metric=metric,
        n=n,
        study=study,
        cold=cold,
    )
    sections = contents(asked, open_experience(store), open_similarity(store))
    made = f"autometa {version('autometa')}, {datetime.now(UTC):%Y-%m-%d}"
    foot = f"{made}. This page loads nothing from elsewhere."
    html = page(asked.title, sections, lead=asked.lead, foot=foot).encode()
    _write(out, html)
    data = report_data(out, len(html), sections, seconds=time.perf_counter() - start)
    if as_json:
        print_json(data)
    else:
        typer.echo(report_text(data))


def report_data(out: Path, n_bytes: int, sections: "list[Section]", *, seconds: float) -> dict[str, Any]:
    """What --json prints.

    Args:
        out: the file that was written.
        n_bytes: its size.
        sections: of the page.
        seconds: wall time since the command began.
    """
    return {
        "report": str(out),
        "bytes": n_bytes,
        "sections": [
            {
                "id": section.anchor,
                "title": section.title,
                "figures": [{"id": one.name, "caption": one.caption} for one in section.figures],
            }
            for section in sections
        ],
        "seconds": seconds,
    }


def report_text(data: Mapping[str, Any]) -> str:
    """The same for people: every finding, then the file.

    Args:
        data: of `report_data`.
    """
    lines: list[str] = []
    for section in data["sections"]:
        lines.append(section["title"])
        for figure in section["figures"]:
            lines += textwrap.wrap(figure["caption"], WIDTH, initial_indent="  ", subsequent_indent="  ")
        lines.append("")
    size = f"{data['bytes'] / 1e6:.1f} MB"
    return "\n".join([*lines, f"{data['report']}: {size}, {data['seconds']:.1f} s. Open it in any browser."])


def _check_out(out: Path) -> None:
    """Before the work rather than after; and never over a table."""
    if out.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"{out} does not end in .html; give e.g. report.html", param_hint="--out")
    if out.is_dir() or not os.access(out.absolute().parent, os.W_OK):
        raise typer.BadParameter(
            f"{out} cannot be written; give a file in a folder of yours", param_hint="--out"
        )


def _write(out: Path, html: bytes) -> None:
    """Whole or not at all."""
    unfinished = out.with_name(f"{out.name}.unfinished")
    unfinished.write_bytes(html)
    unfinished.replace(out)
