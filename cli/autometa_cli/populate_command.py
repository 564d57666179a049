"""`autometa populate`: fill the store with experience, from your own tables or from elsewhere."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.output import clear_progress, print_json, print_note, show_progress
from autometa_cli.populate_mlflow_command import populate_mlflow
from autometa_cli.populate_openml_command import populate_openml
from autometa_cli.populate_optuna_command import populate_optuna
from autometa_cli.populate_table_command import populate_table

if TYPE_CHECKING:
    from autometa.evaluation import EvaluationPlan
    from autometa_store.importers.known_trials import KnownTrials
    from autometa_store.importers.local import MeasuredTable, SkippedTable, SurveyedTable
    from autometa_store.importers.table_files import TableFile
    from autometa_store.trial_store import TrialStore

LOKY = "loky"
GIGABYTE = 2**30
INTERRUPTED = 130

populate_app = typer.Typer(
    name="populate",
    help="Fill the store with experience: your own tables, or from elsewhere.",
    no_args_is_help=True,
)
populate_app.command("openml")(populate_openml)
populate_app.command("optuna")(populate_optuna)
populate_app.command("table")(populate_table)
populate_app.command("mlflow")(populate_mlflow)


@dataclass(slots=True)
class Tally:
    """What became of the tables; `n_seen` is the sum of the three after it."""

    n_new: int = 0
    n_known: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    n_trials: int = 0
    n_failed: int = 0

    @property
    def n_seen(self) -> int:
        """Tables looked at."""
        return self.n_new + self.n_known + len(self.skipped)

    def add(self, n_trials: int, n_failed: int = 0) -> None:
        """Count a table with so many new trials."""
        self.n_new += n_trials > 0
        self.n_known += n_trials == 0
        self.n_trials += n_trials
        self.n_failed += n_failed

    def skip(self, table: "SkippedTable") -> None:
        """Count a table that cannot be used, and say so at once."""
        self.skipped.append({"file": table.file.path.name, "reason": table.reason})
        name = table.file.path.name
        print_note(f"autometa: skipped {name}: {table.reason.removeprefix(f'{name}: ')}")

    def as_object(self) -> Mapping[str, Any]:
        """For --json."""
        return {
            "tables": {
                "seen": self.n_seen,
                "new": self.n_new,
                "known": self.n_known,
                "skipped": len(self.skipped),
            },
            "trials": {"new": self.n_trials, "failed": self.n_failed},
            "skipped": self.skipped,
        }


@populate_app.command("local")
def local(
    place: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder of tables, or an index: a CSV with name and file.")
    ],
    configurations: Annotated[
        int, typer.Option(min=1, help="Per learner; the library's default first.")
    ] = 32,
    max_rows: Annotated[
        int, typer.Option(min=20, help="Larger tables are subsampled to this many rows.")
    ] = 2000,
    learner: Annotated[
        list[str] | None, typer.Option(help="Repeat for several; all that need no further package if absent.")
    ] = None,
    fit_seconds: Annotated[int, typer.Option(min=1, help="CPU seconds that one fit may take.")] = 20,
    memory_gb: Annotated[float, typer.Option(min=0.5, help="Memory of one evaluating process.")] = 6.0,
    jobs: Annotated[int, typer.Option(help="Tables at a time; -1 for one per core.")] = -1,
    backend: Annotated[
        str, typer.Option(help="loky: this machine; or a dask scheduler's address, tcp://HOST:8786.")
    ] = LOKY,
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="SQLite path or database URL; else AUTOMETA_STORE, else yours."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is to be done, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Evaluate the catalogue on your own tables; run it again to go on where it ended."""
    from autometa.evaluation import EvaluationPlan
    from autometa_store.importers.table_files import find_tables
    from autometa_store.location import resolve_store_url

    plan = EvaluationPlan(
        n_configurations=configurations,
        max_rows=max_rows,
        fit_seconds=fit_seconds,
        memory_bytes=int(memory_gb * GIGABYTE),
        learner_names=_known_learners(learner or []),
    )
    files, url = find_tables(place), resolve_store_url(store)
    with _workers(backend, jobs):
        if dry_run:
            _survey(files, plan, url, as_json=as_json)
        else:
            _measure(files, plan, url, as_json=as_json)


def _known_learners(names: list[str]) -> tuple[str, ...]:
    """The names, if each can be used here."""
    from autometa.learners.catalogue import learner, require_installed

    for name in names:
        require_installed(learner(name))
    return tuple(names)


@contextmanager
def _workers(backend: str, jobs: int) -> Iterator[None]:
    """Where joblib runs inside the block."""
    from joblib import parallel_config

    if jobs == 0:
        raise typer.BadParameter(
            "there must be work for somebody: give 1 or more, or -1", param_hint="--jobs"
        )
    if backend == LOKY:
        with parallel_config(backend=LOKY, n_jobs=jobs), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".* tasks which were still")  # on Ctrl-C
            yield
        return
    if "://" not in backend:
        raise typer.BadParameter(
            f"{backend!r} is neither loky nor an address like tcp://HOST:8786", param_hint="--backend"
        )
    with _dask_client(backend), parallel_config(backend="dask"):
        yield


def _dask_client(address: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise typer.BadParameter(
            "a dask scheduler wants the package distributed; pip install 'autometa[dask]'",
            param_hint="--backend",
        ) from error
    client: Any = distributed.Client
    try:
        return client(address)
    except OSError as error:
        raise typer.BadParameter(
            f"no scheduler answers at {address} ({error})", param_hint="--backend"
        ) from error


def _measure(files: "tuple[TableFile, ...]", plan: "EvaluationPlan", url: str, *, as_json: bool) -> None:
    """Evaluate, and write each table in one transaction as soon as it is done."""
    from autometa_store.importers.known_trials import KnownTrials
    from autometa_store.importers.local import SkippedTable, measure_tables
    from autometa_store.trial_store import TrialStore

    tally = Tally()
    with TrialStore.open(url) as opened:
        known = KnownTrials.of(opened, plan)
        _show_progress(tally, len(files), "the first is being evaluated")
        try:
            for table in measure_tables(files, plan, count_known=known):
                clear_progress()
                if isinstance(table, SkippedTable):
                    tally.skip(table)
                else:
                    _save(opened, table, tally)
                _show_progress(tally, len(files), table.file.name)
        except KeyboardInterrupt:
            clear_progress()
            print_note(f"autometa: {tally.n_trials:,} trials saved, run again to go on")
            raise typer.Exit(INTERRUPTED) from None
        finally:
            clear_progress()
        label = opened.label
    if as_json:
        print_json({"store": label, **tally.as_object()})
        return
    typer.echo(_sentence(tally, "new"))
    typer.echo(f"{tally.n_trials:,} new trials ({tally.n_failed:,} failed) in {label}")


def _save(store: "TrialStore", table: "MeasuredTable", tally: Tally) -> None:
    if not table.meta_features:
        tally.add(0)
        return
    with store.transaction():
        store.add_dataset(table.info)
        for measured in table.meta_features:
            store.add_meta_features(table.info.dataset_id, measured)
        n_new = sum(store.add_study(study) for study in table.studies)
    n_failed = sum(trial.value is None for study in table.studies for trial in study.trials)
    tally.add(n_new, n_failed if n_new else 0)  # none new: the same table under another name


def _survey(files: "tuple[TableFile, ...]", plan: "EvaluationPlan", url: str, *, as_json: bool) -> None:
    """Say what a run would do; neither fits anything nor makes a store."""
    from autometa_store.importers.local import SkippedTable, survey_tables

    tally, wanted = Tally(), []
    for table in survey_tables(files, plan, count_known=_known_trials(url, plan)):
        if isinstance(table, SkippedTable):
            tally.skip(table)
        else:
            tally.add(table.n_wanted)
            wanted.append(table)
    if as_json:
        print_json(
            {"dry_run": True, **tally.as_object(), "wanted": [_wanted_object(table) for table in wanted]}
        )
        return
    for table in wanted:
        typer.echo(f"{table.n_wanted:>6,} trials  {table.info.task_type:<14}  {table.file.name}")
    typer.echo(f"{_sentence(tally, 'to do')}; {tally.n_trials:,} trials wanted; nothing was done")


def _sentence(tally: Tally, new: str) -> str:
    n_skipped = len(tally.skipped)
    return f"{tally.n_seen:,} tables: {tally.n_new:,} {new}, {tally.n_known:,} known, {n_skipped:,} skipped"


def _known_trials(url: str, plan: "EvaluationPlan") -> "KnownTrials":
    """What the store has; nothing where there is none yet."""
    from autometa_store.importers.known_trials import KnownTrials
    from autometa_store.session import sqlite_path
    from autometa_store.trial_store import TrialStore

    path = sqlite_path(url)
    if path is not None and not path.exists():
        return KnownTrials({})
    with TrialStore.open(url, mode="read") as opened:
        return KnownTrials.of(opened, plan)


def _wanted_object(table: "SurveyedTable") -> Mapping[str, Any]:
    return {
        "name": table.file.name,
        "task_type": table.info.task_type,
        "n_rows": table.info.n_rows,
        "n_trials": table.n_wanted,
    }


def _show_progress(tally: Tally, n_tables: int, name: str) -> None:
    """One line that is written over, for a person who watches."""
    line = f"{tally.n_seen:,} of {n_tables:,} tables · {tally.n_trials:,} trials · {name}"
    show_progress(line)
