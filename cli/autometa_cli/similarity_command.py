"""`autometa similarity`: learn which data sets are alike from what was tried on them, and say how well."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autometa_cli.output import is_terminal, print_json, print_note

if TYPE_CHECKING:
    from autometa.dataset import TaskType
    from autometa.similarity import TrainedSimilarity

N_FOLDS = 10

similarity_app = typer.Typer(
    name="similarity",
    help="Learn which data sets are alike from what was tried on them, and say how well.",
    no_args_is_help=True,
)

_Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Store to learn from beside the shipped knowledge; else AUTOMETA_STORE, else yours.",
    ),
]
_Shipped = Annotated[bool, typer.Option("--shipped", help="Learn from the shipped knowledge alone.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@similarity_app.command("train")
def train(
    store: _Store = None,
    shipped: _Shipped = False,
    model: Annotated[
        list[str] | None, typer.Option(help="forest, diagonal or siamese (needs torch); all if absent.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write this file instead of keeping it in the store.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Train on all that is known, and keep the models in the store, where `suggest` finds them."""
    from autometa.warmstart.similarity_learning import LEARNED, learnable, train_similarity

    kinds = _known(model or _trainable(LEARNED), LEARNED)
    keep, label = _destination(store, out, shipped=shipped)
    experiences = learnable(_source(store, shipped=shipped))
    with _progress(N_FOLDS * len(experiences)) as on_fold:
        trained = train_similarity(experiences, kinds, on_fold=on_fold)
    keep(trained)
    if as_json:
        print_json({"saved": label, "models": kinds, "tasks": _by_name(trained.evaluation)})
        return
    for task, evaluation in trained.evaluation.items():
        _print_evaluation(task, evaluation)
    typer.echo(f"{', '.join(kinds)} kept in {label}")


@similarity_app.command("evaluate")
def evaluate(
    store: _Store = None,
    shipped: _Shipped = False,
    model: Annotated[
        list[str] | None,
        typer.Option(help="scaled_l1, forest, diagonal or siamese (needs torch); all if absent."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Ten folds over families: what each model gains over no similarity, and what an oracle would gain."""
    from autometa.warmstart.similarity_learning import COMPARED, evaluate_similarity, learnable

    names = _known(model or _trainable(COMPARED), COMPARED)
    experiences = learnable(_source(store, shipped=shipped))
    with _progress(N_FOLDS * len(experiences)) as on_fold:
        evaluations = {
            task: evaluate_similarity(experience, names, on_fold=on_fold)
            for task, experience in experiences.items()
        }
    if as_json:
        print_json({"tasks": _by_name(evaluations)})
        return
    for task, evaluation in evaluations.items():
        _print_evaluation(task, evaluation)


def _trainable(names: Sequence[str]) -> list[str]:
    """Those that can be trained here: without torch, all but the Siamese network."""
    if find_spec("torch") is not None:
        return list(names)
    print_note("the siamese model is left out: torch is not installed")
    return [name for name in names if name != "siamese"]


def _known(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The names, each once, if there are such models and they can be trained here."""
    from autometa.errors import UnknownNameError
    from autometa.similarity.trainers import trainers

    for name in names:
        if name not in wanted:
            raise UnknownNameError.of("similarity model", name, list(wanted))
    return list(trainers(names))


def _source(store: str | None, *, shipped: bool) -> Any:
    from autometa_store import open_experience
    from autometa_store.knowledge import load_starter

    if shipped and store is not None:
        raise typer.BadParameter("either a store or the shipped knowledge alone", param_hint="--shipped")
    return load_starter() if shipped else open_experience(store)


def _destination(
    store: str | None, out: Path | None, *, shipped: bool
) -> "tuple[Callable[[TrainedSimilarity], None], str]":
    """What keeps the models, and what it is called; checked before minutes are spent on training."""
    from autometa_store.similarity import existing_store, keep_similarity, save_similarity

    if out is not None:
        if not out.absolute().parent.is_dir():
            raise typer.BadParameter(f"there is no folder {out.absolute().parent}", param_hint="--out")
        return lambda trained: save_similarity(trained, out), str(out)
    url = None if shipped else existing_store(store)
    if url is None:
        raise typer.BadParameter(
            "there is no store to keep it in; give --out FILE, or fill a store with `autometa populate`",
            param_hint="--out",
        )
    return lambda trained: keep_similarity(trained, url), url


@contextmanager
def _progress(n_folds: int) -> Iterator[Callable[[], None]]:
    """One line on stderr that counts folds, if somebody watches."""
    done = 0

    def show() -> None:
        nonlocal done
        done += 1
        if is_terminal():
            typer.echo(f"\rautometa: fold {done} of {n_folds}", nl=False, err=True)

    try:
        yield show
    finally:
        if done and is_terminal():
            print_note("")


def _by_name(evaluations: "Mapping[TaskType, Mapping[str, Any]]") -> dict[str, Any]:
    return {str(task): evaluation for task, evaluation in evaluations.items()}


def _print_evaluation(task: "TaskType", evaluation: Mapping[str, Any]) -> None:
    typer.echo(
        f"{task}: {evaluation['n_datasets']} data sets of {evaluation['n_families']} families, "
        f"{evaluation['n_configurations']} configurations; "
        "least regret within 1, 3, 5, 10 suggestions for a data set never seen"
    )
    typer.echo(
        f"  {'model':<20}{'at 1':>8}{'at 3':>8}{'at 5':>8}{'at 10':>8}"
        f"{'against none, mean of the four':>34}{'of oracle':>11}{'rank corr.':>12}"
    )
    for name, report in evaluation["models"].items():
        typer.echo(_line(name, report))


def _line(name: str, report: Mapping[str, Any]) -> str:
    regrets = "".join(f"{report['regret'][at]['regret']:>8.4f}" for at in ("1", "3", "5", "10"))
    mean = report["regret"]["mean"]
    low, high = mean["interval"]
    gained = f"{mean['difference']:+.4f} [{low:+.4f}, {high:+.4f}]"
    share = f"{mean['share_of_oracle_gap']:.0%}"
    correlation = f"{report['rank_correlation']['transfer_regret']:.2f}"
    return f"  {name:<20}{regrets}{gained:>34}{share:>11}{correlation:>12}"
