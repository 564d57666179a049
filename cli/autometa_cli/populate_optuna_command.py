"""`autometa populate optuna`: the studies of an Optuna storage become experience."""

from typing import Annotated

import typer

from autometa_cli.importing import (
    DryRunOption,
    LearnerOption,
    StoreOption,
    TableTargetOption,
    known_sources,
    run_import,
)
from autometa_cli.tables import JsonOption, TaskOption


def populate_optuna(
    storage: Annotated[
        str,
        typer.Argument(metavar="STORAGE", help="sqlite:///FILE, a database URL, journal:FILE, or a file."),
    ],
    dataset: Annotated[
        str, typer.Option(metavar="FILE|NAME", help="What was tuned on: a table, or a known data set's name.")
    ],
    study: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Repeat for several; all of them if absent.")
    ] = None,
    learner: LearnerOption = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="What the objective's value is, e.g. roc_auc; repeat for several objectives."),
    ] = None,
    target: TableTargetOption = None,
    task: TaskOption = None,
    store: StoreOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Store the finished trials of Optuna's studies; run it again to take what is new."""
    import optuna

    from autometa.dataset import TaskType
    from autometa_store.importers.described import describe
    from autometa_store.importers.optuna_places import open_place
    from autometa_store.importers.optuna_storage import OptunaImporter
    from autometa_store.location import resolve_store_url

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = resolve_store_url(store)
    place = open_place(storage)
    try:
        about = describe(
            dataset,
            known=known_sources(url),
            target=target,
            task_type=TaskType(task.value) if task else None,
        )
        importer = OptunaImporter(place, about, tuple(study or ()), learner, tuple(metric or ()))
        run_import(importer, url, dry_run=dry_run, as_json=as_json)
    finally:
        place.close()
