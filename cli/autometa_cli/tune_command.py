"""`autometa tune FILE`: a warm-started search on a table, recorded for the next one; and a model."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.output import clear_progress, is_terminal, print_json, show_progress
from autometa_cli.startup import quick_imports
from autometa_cli.tables import FileArgument, JsonOption, TargetOption, TaskOption, dataset_object

if TYPE_CHECKING:
    from autometa.tuning import TunedTable

INTERRUPTED = 130


def tune(
    file: FileArgument,
    target: TargetOption = None,
    task: TaskOption = None,
    learner: Annotated[list[str] | None, typer.Option(help="Only this learner; may be repeated.")] = None,
    trials: Annotated[
        int, typer.Option(min=1, help="Configurations to try; with --storage, earlier ones count.")
    ] = 30,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds; one trial is finished in any case.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Score to be good at, e.g. roc_auc or rmse.")] = None,
    cold: Annotated[
        bool, typer.Option("--cold", help="Learn nothing from the past; trials are recorded still.")
    ] = False,
    probe: Annotated[
        float | None,
        typer.Option(min=0.0, help="Seconds, e.g. 10, for three quick fits on up to 500 rows first."),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Optuna storage or SQLite path: run again to go on there."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Trials at a time.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="Fit the best on all rows and write it here.")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where trials are recorded; else AUTOMETA_STORE, else yours."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of folds, estimators and draws.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Search the best configuration for this table, beginning with what worked on similar ones."""
    start = time.perf_counter()
    with quick_imports():
        import optuna

        from autometa import TaskType
        from autometa.readers import read_table
        from autometa.tuning import fit_model, save_model, tune_table
        from autometa.warmstart import MergedSource
        from autometa_cli.tuning_text import tuned_text
        from autometa_store.knowledge import load_starter
        from autometa_store.location import resolve_store_url
        from autometa_store.similarity import open_similarity
        from autometa_store.trial_store import TrialStore

    _check_out(out)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    table = read_table(file, target=target, task_type=TaskType(task.value) if task else None)
    url = resolve_store_url(store)
    with TrialStore.open(url) as opened:
        experience = None if cold else MergedSource([opened, load_starter()])
        try:
            tuned = tune_table(
                table,
                experience=experience,
                similarity=None if cold else open_similarity(store),
                archive=opened,
                metric=metric,
                learner_names=learner or (),
                probe_seconds=probe,
                n_trials=trials,
                timeout=timeout,
                n_jobs=jobs,
                seed=seed,
                storage=storage,
                callbacks=[Progress(trials, start)] if is_terminal() else (),
            )
        finally:
            clear_progress()
        label = opened.label
    if out is not None:
        model = fit_model(
            table,
            tuned.learner,
            tuned.params,
            metric=tuned.setup.metric,
            score=tuned.score,
            seed=seed,
            n_jobs=jobs,
        )
        save_model(model, out)
    seconds = time.perf_counter() - start
    if as_json:
        print_json(tuned_data(tuned, model=out, store=label, is_cold=cold, seconds=seconds))
    else:
        typer.echo(tuned_text(tuned, model=out, store=label, seconds=seconds))
    if tuned.was_interrupted:
        raise typer.Exit(INTERRUPTED)


def tuned_data(
    tuned: "TunedTable", *, model: Path | None, store: str, is_cold: bool, seconds: float
) -> dict[str, object]:
    """What --json prints.

    Args:
        tuned: what the search found.
        model: the file that was written.
        store: where trials were recorded.
        is_cold: whether nothing was learned from the past.
        seconds: wall time since the command began.
    """
    from autometa.tuning import tried_configurations

    tried = tried_configurations(tuned.study)
    return {
        "dataset": dataset_object(tuned.setup.table.dataset),
        "metric": tuned.setup.metric,
        "direction": tuned.setup.direction,
        "n_folds": tuned.setup.n_folds,
        "best": {
            "learner": tuned.learner,
            "params": dict(tuned.params),
            "score": tuned.score,
            "fold_scores": list(tuned.fold_scores),
        },
        "trials": [
            {
                "number": one.number,
                "origin": one.origin,
                "learner": one.learner,
                "params": dict(one.params),
                "status": one.status,
                "score": one.score,
                "n_folds": one.n_folds,
                "fit_seconds": one.fit_seconds,
            }
            for one in tried
        ],
        "recorded": {"store": store, "new": tuned.n_recorded, "lost": tuned.n_unrecorded},
        "study": tuned.study.study_name,
        "model": None if model is None else str(model),
        "is_cold": is_cold,
        "was_interrupted": tuned.was_interrupted,
        "notes": list(tuned.notes),
        "seconds": seconds,
    }


class Progress:
    """A callback that writes one line over and over on stderr.

    Args:
        n_trials: of the study at its end.
        start: of the command, as `time.perf_counter` counts.
    """

    def __init__(self, n_trials: int, start: float):
        self._n_trials = n_trials
        self._start = start

    def __call__(self, study: Any, trial: Any) -> None:
        """Say how far the search is, and the best so far."""
        from autometa.tuning import tried_configurations

        tried = tried_configurations(study)
        scored = [one for one in tried if one.score is not None]
        best = None
        if scored:
            sign = 1.0 if study.direction.name == "MAXIMIZE" else -1.0
            best = max(scored, key=lambda one: sign * (one.score or 0.0))
        incumbent = "no score yet" if best is None else f"best {best.score:.4g} by {best.learner}"
        seconds = time.perf_counter() - self._start
        line = f"{len(tried):,} of {self._n_trials:,} trials · {incumbent} · {seconds:.0f} s"
        show_progress(line)


def _check_out(out: Path | None) -> None:
    """Before hours of search rather than after."""
    import os

    if out is None:
        return
    if out.is_dir():
        raise typer.BadParameter(
            f"{out} is a directory; give a file, e.g. {out}/model.skops", param_hint="--out"
        )
    if not os.access(out.parent, os.W_OK):
        raise typer.BadParameter(
            f"the folder {out.parent} is not there, or may not be written to", param_hint="--out"
        )
