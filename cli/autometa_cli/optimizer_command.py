"""`autometa optimizer`: train optimizers, beginning with what is known; compare and list them."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from autometa_cli.optimizer_options import CARD, FamilyOptions, RunOptions, require_torch
from autometa_cli.optimizer_text import compared_text, list_text, stored_data, trained_data, trained_text
from autometa_cli.output import clear_progress, is_terminal, print_json, print_note, show_progress

optimizer_app = typer.Typer(
    name="optimizer",
    help="Train, evaluate and list optimizers that are trained themselves, LSTMs (needs torch).",
    no_args_is_help=True,
)

INTERRUPTED = 130

_Data = Annotated[str | None, typer.Option(help="A table's file, or the word digits or quadratics.")]
_Target = Annotated[str | None, typer.Option(help="The table's column to predict.")]
_Hidden = Annotated[str, typer.Option(help="Units of each hidden layer, such as 20 or 20,20.")]
_Activation = Annotated[str, typer.Option(help="sigmoid, tanh, relu, elu or gelu.")]
_Batch = Annotated[int, typer.Option(min=1, help="Rows of a minibatch.")]
_Size = Annotated[int, typer.Option(min=1, help="Parameters of a quadratic.")]
_Seed = Annotated[int, typer.Option(min=0, help="Of weights, tasks and minibatches.")]
_Store = Annotated[
    str | None,
    typer.Option(metavar="URL", help="What is known and kept; else AUTOMETA_STORE, else yours."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@optimizer_app.command("train")
def train(
    data: _Data = None,
    target: _Target = None,
    hidden: _Hidden = "20",
    activation: _Activation = "sigmoid",
    batch: _Batch = 128,
    size: _Size = 10,
    horizon: Annotated[int, typer.Option(min=20, help="Steps of a task, a multiple of 20.")] = 100,
    steps: Annotated[int, typer.Option(min=1, help="Updates of the optimizer, of 20 steps each.")] = 400,
    tasks: Annotated[int, typer.Option(min=1, help="Side by side.")] = 8,
    trials: Annotated[int, typer.Option(min=1, help="Trainings, each with other hyper-parameters.")] = 1,
    timeout: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds after which no training begins.")
    ] = None,
    cold: Annotated[
        bool, typer.Option("--cold", help="Learn nothing from the store; it is added to still.")
    ] = False,
    store: _Store = None,
    seed: _Seed = 0,
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("optimizer-run"),
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the run in --out; only --trials and --timeout count."),
    ] = False,
    as_json: _Json = False,
) -> None:
    """Train an LSTM that optimises networks like yours, beginning with one that knows similar ones."""
    require_torch()
    start = time.perf_counter()
    if resume:
        asked = RunOptions.read(out)
    else:
        if data is None:
            raise typer.BadParameter("say what tasks are made of", param_hint="--data")
        family = FamilyOptions(data, target, hidden, activation, batch, size)
        asked = RunOptions(family, steps, tasks, horizon, seed, cold)
    answer = _train(asked, out, store=store, trials=trials, timeout=timeout, resume=resume)
    answer["seconds"] = time.perf_counter() - start
    if as_json:
        print_json(answer)
    else:
        typer.echo(trained_text(answer))
    if answer["was_interrupted"]:
        raise typer.Exit(INTERRUPTED)


def _train(
    asked: RunOptions, out: Path, *, store: str | None, trials: int, timeout: float | None, resume: bool
) -> dict[str, Any]:
    """What `--json` prints, but for the seconds."""
    import optuna

    from autometa.learned_optimizers.search_space import OptimizerBudget
    from autometa.tuning.optimizer_shelf import read_optimizers
    from autometa.tuning.optimizers import tune_optimizer
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    family = asked.family.family()
    budget = OptimizerBudget(asked.steps, asked.tasks, asked.horizon, seed=asked.seed)
    if not resume:
        asked.write(out)
    with TrialStore.open(resolve_store_url(store)) as opened:
        stored = [] if asked.cold else read_optimizers(opened)
        try:
            tuned = tune_optimizer(
                family,
                source=None if asked.cold else opened,
                stored=stored,
                archive=opened,
                budget=budget,
                n_trials=trials,
                timeout=timeout,
                out=out,
                progress=_Progress() if is_terminal() else None,
            )
        except KeyboardInterrupt:
            clear_progress()
            print_note(f"autometa: kept in {out}; the same command with --resume goes on there")
            raise
        finally:
            clear_progress()
        return trained_data(tuned, run=str(out), store=opened.label, stored=stored)


@optimizer_app.command("evaluate")
def evaluate(
    optimizer: Annotated[
        str, typer.Argument(metavar="OPTIMIZER", help="Folder of a run, .npz, or a name in the store.")
    ],
    data: _Data = None,
    target: _Target = None,
    hidden: _Hidden = "20",
    activation: _Activation = "sigmoid",
    batch: _Batch = 128,
    size: _Size = 10,
    horizon: Annotated[int | None, typer.Option(min=1, help="Steps; the run's, else 100.")] = None,
    tasks: Annotated[int, typer.Option(min=2, help="Fresh ones; the more, the narrower.")] = 32,
    store: _Store = None,
    seed: _Seed = 0,
    as_json: _Json = False,
) -> None:
    """Compare it with SGD, momentum, RMSprop and Adam, each with its best rate, on fresh tasks."""
    require_torch()
    from autometa.learned_optimizers.comparison import compare

    is_run = (Path(optimizer) / CARD).exists()
    if data is not None:
        family, steps = FamilyOptions(data, target, hidden, activation, batch, size), horizon or 100
    elif is_run:
        asked = RunOptions.read(Path(optimizer))
        family, steps = asked.family, horizon or asked.horizon
    else:
        raise typer.BadParameter("no run's folder: say what tasks are", param_hint="--data")
    trained = _found(optimizer, store)
    compared = compare(trained, family.family(), horizon=steps, n_tasks=tasks, seed=seed)
    answer = {
        "optimizer": optimizer,
        "architecture": trained.describe(),
        "family": asdict(family),
        "horizon": steps,
        "n_tasks": tasks,
        "compared": [asdict(one) for one in compared],
    }
    if as_json:
        print_json(answer)
    else:
        typer.echo(compared_text(answer))


def _found(name: str, store: str | None) -> Any:
    """The optimizer in a folder, a file or the store."""
    from autometa.errors import UnknownNameError
    from autometa.learned_optimizers import LearnedOptimizer
    from autometa.tuning.optimizer_shelf import read_optimizers
    from autometa.tuning.optimizers import OPTIMIZER
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    path = Path(name)
    if path.is_dir() or path.suffix == ".npz":
        return LearnedOptimizer.load(path / OPTIMIZER if path.is_dir() else path)
    with TrialStore.open(resolve_store_url(store), mode="read") as opened:
        stored = read_optimizers(opened)
    matching = [one for one in stored if one.short_name.startswith(name)]
    if len(matching) != 1:
        names = [one.short_name for one in matching or stored]
        raise UnknownNameError.of("run, file or optimizer of the store", name, names)
    return matching[0].build()


@optimizer_app.command("list")
def list_optimizers(store: _Store = None, as_json: _Json = False) -> None:
    """Which trained optimizers the store has, what they were trained on, and how well they do there."""
    require_torch()
    from autometa.tuning.optimizer_shelf import read_optimizers
    from autometa_store.location import resolve_store_url
    from autometa_store.trial_store import TrialStore

    with TrialStore.open(resolve_store_url(store), mode="read") as opened:
        label, stored = opened.label, read_optimizers(opened)
    answer = {"store": label, "optimizers": [stored_data(one) for one in stored]}
    if as_json:
        print_json(answer)
    else:
        typer.echo(list_text(answer))


class _Progress:
    """A callback that writes one line over and over on stderr."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._best = float("inf")

    def __call__(self, step: Any) -> None:
        """Say how far the training is, and the best validation so far."""
        if step.step == 0:
            self._best = float("inf")
        self._best = min(self._best, step.validation if step.validation is not None else self._best)
        seconds = time.perf_counter() - self._start
        line = f"{step.step:,} of {step.n_steps:,} updates · best {self._best:.4g} · {seconds:.0f} s"
        show_progress(line)
