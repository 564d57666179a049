"""`autometa populate mlflow`: runs that MLflow tracked become experience."""

from pathlib import Path
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


def populate_mlflow(
    place: Annotated[
        str, typer.Argument(metavar="PLACE", help="An mlruns folder, or the URI of a tracking server.")
    ],
    dataset: Annotated[
        str, typer.Option(metavar="FILE|NAME", help="What the runs are about: a table, or a known data set.")
    ],
    experiment: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Repeat for several; all of them if absent.")
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC[=NAME][:maximize|minimize]", help="Repeat for several; guessed if absent."
        ),
    ] = None,
    learner: LearnerOption = None,
    target: TableTargetOption = None,
    task: TaskOption = None,
    store: StoreOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Store MLflow's finished runs as trials; run it again to take what is new."""
    from autometa.dataset import TaskType
    from autometa_store.importers.described import describe
    from autometa_store.importers.mlflow_importer import MlflowImporter
    from autometa_store.importers.mlflow_runs import read_runs
    from autometa_store.importers.score_names import parse_score
    from autometa_store.location import resolve_store_url

    url = resolve_store_url(store)
    scores = tuple(parse_score(text) for text in score or ())
    wanted = TaskType(task.value) if task else None
    about = describe(dataset, known=known_sources(url), target=target, task_type=wanted)
    label = place.rpartition("@")[2] if "://" in place else str(Path(place).absolute())
    importer = MlflowImporter(label, read_runs(place), about, tuple(experiment or ()), scores, learner)
    run_import(importer, url, dry_run=dry_run, as_json=as_json)
