"""`autometa populate table`: results that somebody wrote into a table become experience."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autometa_cli.importing import DryRunOption, StoreOption, TableTargetOption, known_sources, run_import
from autometa_cli.tables import JsonOption, TaskOption

if TYPE_CHECKING:
    from autometa.dataset import TaskType
    from autometa_store.importers.score_names import Score


def populate_table(
    file: Annotated[
        Path,
        typer.Argument(help="CSV, TSV or Parquet, also compressed; or JSON, as `cv_results_` is saved."),
    ],
    dataset: Annotated[
        str | None,
        typer.Option(metavar="FILE|NAME", help="What all rows are about: a table, or a known data set."),
    ] = None,
    dataset_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Names of data sets; guessed and said if absent.")
    ] = None,
    tables: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder, or an index, of tables with these names.")
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN[=METRIC][:maximize|minimize]", help="Repeat for several; guessed if absent."
        ),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN[,COLUMN]", help="Repeat or separate by commas; the rest if absent."),
    ] = None,
    learner: Annotated[
        str | None,
        typer.Option("--learner", "--space", metavar="NAME", help="Whose parameters they are."),
    ] = None,
    learner_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Names of learners; guessed and said if absent.")
    ] = None,
    target: TableTargetOption = None,
    task: TaskOption = None,
    store: StoreOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Store the rows of a table of results as trials; run it again after it has changed."""
    from autometa.dataset import TaskType
    from autometa_store.importers.dataset_names import DatasetNames
    from autometa_store.importers.described import describe
    from autometa_store.importers.result_columns import understand_columns
    from autometa_store.importers.result_table import TableImporter, read_results
    from autometa_store.importers.score_names import parse_score
    from autometa_store.importers.table_files import find_tables
    from autometa_store.location import resolve_store_url

    url = resolve_store_url(store)
    known, wanted = known_sources(url), TaskType(task.value) if task else None
    frame, notes = read_results(file)
    columns = understand_columns(
        frame,
        dataset=dataset_column,
        learner=learner_column,
        scores=[parse_score(text) for text in score or ()],
        parameters=[name for text in parameters or () for name in _separated(text, list(frame.columns))],
        has_one_dataset=dataset is not None and dataset_column is None,
    )
    about = None if dataset is None else describe(dataset, known=known, target=target, task_type=wanted)
    names = DatasetNames(
        about, find_tables(tables) if tables else (), known, wanted or _task_of(columns.scores)
    )
    name = learner or (file.name.partition(".")[0] if columns.learner is None else "")
    importer = TableImporter(str(file.absolute()), frame, columns, name, names, notes)
    run_import(importer, url, dry_run=dry_run, as_json=as_json)


def _separated(text: str, columns: Collection[str]) -> list[str]:
    """Names between commas; a column whose name has a comma is taken whole."""
    return [text] if text in columns else [name.strip() for name in text.split(",") if name.strip()]


def _task_of(scores: "tuple[Score, ...]") -> "TaskType":
    """What the scores are for, where nothing else tells."""
    from autometa.dataset import TaskType
    from autometa_store.importers.score_names import is_of_regression

    is_regression = any(is_of_regression(score.metric) for score in scores)
    return TaskType.REGRESSION if is_regression else TaskType.CLASSIFICATION
