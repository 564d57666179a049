"""`autometa store`: look at the store, carry it elsewhere, merge it, forget, check it, upgrade it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autometa_cli.output import print_json

store_app = typer.Typer(
    name="store",
    help="Look at the store, carry it elsewhere, merge, forget, check, upgrade.",
    no_args_is_help=True,
)

_Store = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="SQLite path or database URL; else AUTOMETA_STORE, else yours."
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_File = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON lines; compressed if the name ends in .gz.")
]


class ForgetKind(StrEnum):
    """What a name to forget may stand for."""

    DATASET = "dataset"
    SOURCE = "source"


@store_app.command("info")
def info(store: _Store = None, as_json: _Json = False) -> None:
    """Say where the store is and what it holds."""
    from autometa_store.location import resolve_store_url
    from autometa_store.schema import SCHEMA_VERSION
    from autometa_store.trial_store import TrialStore

    with TrialStore.open(resolve_store_url(store), mode="read") as opened:
        label, counts = opened.label, opened.counts()
    if as_json:
        print_json({"store": label, "store_schema": SCHEMA_VERSION, "counts": counts})
        return
    typer.echo(f"{label} (schema {SCHEMA_VERSION})")
    for name, count in counts.items():
        typer.echo(f"{count:>12,}  {name.replace('_', ' ')}")


@store_app.command("export")
def export(file: _File, store: _Store = None, as_json: _Json = False) -> None:
    """Write everything in the store to a file."""
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    with TrialStore.open(resolve_store_url(store), mode="read") as opened:
        n_records = opened.export(file)
        label = opened.label
    if as_json:
        print_json({"store": label, "file": str(file), "n_records": n_records})
    else:
        typer.echo(f"{n_records:,} records of {label} written to {file}")


@store_app.command("import")
def import_(file: _File, store: _Store = None, as_json: _Json = False) -> None:
    """Take over an exported file; what is stored already stays as it is."""
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    with TrialStore.open(resolve_store_url(store)) as opened:
        n_new = opened.take_over(file)
        label = opened.label
    if as_json:
        print_json({"store": label, "file": str(file), "n_new_trials": n_new})
    else:
        typer.echo(f"{n_new:,} new trials from {file} in {label}")


@store_app.command("merge")
def merge(
    other: Annotated[str, typer.Argument(metavar="OTHER", help="SQLite path or database URL of the other.")],
    store: _Store = None,
    as_json: _Json = False,
) -> None:
    """Take over all that another store has; what is stored already stays as it is."""
    from autometa_store.location import as_store_url, resolve_store_url
    from autometa_store.trial_store import TrialStore

    with (
        TrialStore.open(as_store_url(other), mode="read") as source,
        TrialStore.open(resolve_store_url(store)) as opened,
    ):
        merged = opened.merge(source)
        label, other_label = opened.label, source.label
    if as_json:
        counts = {
            name: {"seen": count.n_seen, "new": count.n_new, "known": count.n_known}
            for name, count in merged.items()
        }
        print_json({"store": label, "other": other_label, "counts": counts})
        return
    typer.echo(f"{other_label} is now in {label}")
    for name, count in merged.items():
        typer.echo(f"{count.n_new:>12,} new, {count.n_known:,} known  {name.replace('_', ' ')}")


@store_app.command("forget")
def forget(
    name: Annotated[
        str, typer.Argument(metavar="DATASET|SOURCE", help="A data set's id or name, or a source's name.")
    ],
    kind: Annotated[
        ForgetKind | None, typer.Option(help="Which of the two, where both have the name.")
    ] = None,
    store: _Store = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and stop.")] = False,
    as_json: _Json = False,
) -> None:
    """Remove a data set or a source, and everything that was learned from it."""
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    with TrialStore.open(resolve_store_url(store), mode="update") as opened:
        forgotten = opened.forget(name, kind=kind.value if kind else None, dry_run=dry_run)
        label = opened.label
    if as_json:
        removed = {"kind": forgotten.kind, "name": forgotten.name, "removed": forgotten.counts}
        print_json(
            {"store": label, "dry_run": dry_run, **removed, "removed_artifacts": list(forgotten.artifacts)}
        )
        return
    typer.echo(f"{forgotten.kind} {forgotten.name}: {'would be' if dry_run else 'was'} removed from {label}")
    for what, count in forgotten.counts.items():
        typer.echo(f"{count:>12,}  {what.replace('_', ' ')}")
    for artifact in forgotten.artifacts:
        typer.echo(f"              artifact {artifact}")


@store_app.command("check")
def check(store: _Store = None, as_json: _Json = False) -> None:
    """Read all of the store and say what is damaged; fails if anything is."""
    from autometa.errors import StoreError
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    with TrialStore.open(resolve_store_url(store), mode="read") as opened:
        findings = opened.find_damage()
        label = opened.label
    if as_json:
        listed = [{"where": finding.where, "what": finding.what} for finding in findings]
        print_json({"store": label, "is_sound": not findings, "findings": listed})
    else:
        for finding in findings:
            typer.echo(f"{finding.where}: {finding.what}")
        if not findings:
            typer.echo(f"{label} is sound")
    if findings:
        raise StoreError(
            f"{label}: {len(findings)} findings; restore a copy, or `autometa store export` what can be read"
        )


@store_app.command("upgrade")
def upgrade(store: _Store = None, as_json: _Json = False) -> None:
    """Bring a store that an older autometa made to this version's schema."""
    from autometa_store.location import resolve_store_url
    from autometa_store.schema import store_label, upgrade_store

    url = resolve_store_url(store)
    before, after = upgrade_store(url)
    if as_json:
        print_json({"store": store_label(url), "schema_before": before, "schema_after": after})
    elif before == after:
        typer.echo(f"{store_label(url)} has schema {after}, the newest")
    else:
        typer.echo(f"{store_label(url)}: schema {before} is now {after}")
