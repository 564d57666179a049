"""`autometa fewshot tune`: a warm-started search over a few-shot learner's parameters, recorded."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.fewshot_data import FewShotData
from autometa_cli.fewshot_runs import require_torch
from autometa_cli.fewshot_tune_text import tuned_data, tuned_text
from autometa_cli.output import clear_progress, is_terminal, print_json, show_progress

if TYPE_CHECKING:
    from autometa_store.trial_store import TrialStore

INTERRUPTED = 130


def tune(
    data: Annotated[
        str, typer.Option(help="Omniglot, images, .npz, table, FS-Mol, Tox21, or the word sinusoid.")
    ],
    learner: Annotated[str, typer.Option(help="As in `autometa fewshot list`.")] = "prototypical",
    way: Annotated[int, typer.Option(min=1, help="Classes an episode.")] = 5,
    shot: Annotated[int, typer.Option(min=1, help="Examples a class to learn from.")] = 1,
    query: Annotated[int, typer.Option(min=1, help="Queries a class.")] = 15,
    target: Annotated[str | None, typer.Option(help="Column with the classes, for tables.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Omniglot: vinyals, lake, random; else a folder with lists.")
    ] = None,
    trials: Annotated[
        int, typer.Option(min=1, help="Configurations to try; with --storage, earlier ones count.")
    ] = 20,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds after which no trial begins.")
    ] = None,
    examples: Annotated[
        int, typer.Option(min=1, help="Examples that the training of a trial sees, queries included.")
    ] = 50_000,
    validation: Annotated[int, typer.Option(min=2, help="Validation episodes of a trial.")] = 200,
    cold: Annotated[
        bool, typer.Option("--cold", help="Learn nothing from the past; trials are recorded still.")
    ] = False,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Optuna storage or SQLite path: run again to go on there."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where trials are recorded; else AUTOMETA_STORE, else yours."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1…")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Of splits, weights, episodes and draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Search the best parameters of a learner, beginning with what worked on similar episodes."""
    require_torch()
    start = time.perf_counter()
    import optuna

    from autometa.devices import resolve_device
    from autometa.fewshot.configuration_trial import Budget
    from autometa.tuning.few_shot import score_on_test_classes, tune_few_shot
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = FewShotData(data, target=target, split=split, seed=seed, device=resolve_device(device))
    tasks = found.tasks(way=way, shot=shot, query=query)
    budget = Budget(n_examples=examples, n_validation=validation, seed=seed)
    with TrialStore.open(resolve_store_url(store)) as opened:
        n_known = 0 if cold else n_known_tasks(opened, learner)
        try:
            tuned = tune_few_shot(
                tasks,
                learner,
                source=opened if n_known else None,
                archive=opened,
                budget=budget,
                n_trials=trials,
                timeout=timeout,
                seed=seed,
                storage=storage,
                callbacks=[Progress(trials, start)] if is_terminal() else (),
            )
        finally:
            clear_progress()
        label = opened.label
    test = None
    if not tuned.was_interrupted:
        test = score_on_test_classes(tasks, learner, tuned.params, budget=budget)
    answer = tuned_data(
        tuned, test=test, data=data, sizes=(way, shot, query), budget=budget, store=label, n_known=n_known
    )
    answer["seconds"] = time.perf_counter() - start
    if as_json:
        print_json(answer)
    else:
        typer.echo(tuned_text(answer))
    if tuned.was_interrupted:
        raise typer.Exit(INTERRUPTED)


def n_known_tasks(store: "TrialStore", learner: str) -> int:
    """Task distributions for which the store knows scores of this learner.

    Args:
        store: open.
        learner: name in the catalogue.
    """
    return len({study.dataset_id for study in store.studies(f"fewshot/{learner}")})


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
        values = [one.value for one in study.get_trials(deepcopy=False) if one.value is not None]
        choose = max if study.direction.name == "MAXIMIZE" else min
        best = f"best {choose(values):.4f}" if values else "no score yet"
        seconds = time.perf_counter() - self._start
        line = f"{trial.number + 1:,} of {self._n_trials:,} trials · {best} · {seconds:.0f} s"
        show_progress(line)
