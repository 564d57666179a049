"""`autometa fewshot`: train, evaluate and plot learners that learn a new class from a few examples."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from autometa_cli.fewshot_data import FewShotData
from autometa_cli.fewshot_runs import described, longer, measure, new_card, require_torch, train_run
from autometa_cli.fewshot_text import evaluation_text, list_text, training_text
from autometa_cli.fewshot_tune import tune
from autometa_cli.output import print_json

fewshot_app = typer.Typer(
    name="fewshot",
    help="Train, tune, evaluate and plot learners that learn a new class from a few examples (needs torch).",
    no_args_is_help=True,
)

fewshot_app.command("tune")(tune)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, as in `train --out RUN`.")]
_Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1…; a GPU that is not there is an error.")]


@fewshot_app.command("train")
def train(
    data: Annotated[
        str | None,
        typer.Option(help="Omniglot, images, .npz, table, FS-Mol, Tox21, or the word sinusoid."),
    ] = None,
    learner: Annotated[str, typer.Option(help="As in `autometa fewshot list`.")] = "prototypical",
    way: Annotated[int, typer.Option(min=1, help="Classes an episode.")] = 5,
    shot: Annotated[int, typer.Option(min=1, help="Examples a class to learn from.")] = 1,
    query: Annotated[int, typer.Option(min=1, help="Queries a class.")] = 15,
    train_way: Annotated[int | None, typer.Option(min=1, help="In training, if it differs.")] = None,
    train_shot: Annotated[int | None, typer.Option(min=1, help="In training, if it differs.")] = None,
    train_query: Annotated[int | None, typer.Option(min=1, help="In training, if it differs.")] = None,
    target: Annotated[str | None, typer.Option(help="Column with the classes, for tables.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Omniglot: vinyals, lake, random; else a folder with lists.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps; the learner's usual if absent.")] = None,
    episodes: Annotated[int | None, typer.Option(min=1, help="Episodes a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="At the start.")] = None,
    schedule: Annotated[str | None, typer.Option(help="constant, linear, cosine or step.")] = None,
    validate_every: Annotated[int | None, typer.Option(min=0, help="Steps; 0 never validates.")] = None,
    patience: Annotated[int | None, typer.Option(min=1, help="Validations without gain.")] = None,
    precision: Annotated[str | None, typer.Option(help="float32 or bfloat16.")] = None,
    compile_steps: Annotated[
        bool, typer.Option("--compile", help="Through torch.compile, where the learner allows it.")
    ] = False,
    cuda_graph: Annotated[
        bool, typer.Option("--cuda-graph", help="Record a step on the GPU, and replay it.")
    ] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="e.g. backbone.n_filters=32")
    ] = None,
    device: _Device = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Of weights, episodes and random splits.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("fewshot-run"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out; only --steps and --device count.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Train on the training classes, choose by the validation classes, measure on the test classes.

    Several processes train one learner: torchrun --nproc-per-node N --no-python autometa fewshot train …
    """
    require_torch()
    from autometa.devices import resolve_device
    from autometa.fewshot.processes import own_device
    from autometa.fewshot.run_card import RunCard

    where = own_device(resolve_device(device))
    if resume:
        card = longer(RunCard.read(out), steps)
        found = FewShotData(card.data, target=card.target, split=card.split, seed=card.seed, device=where)
    else:
        if data is None:
            raise typer.BadParameter("say what to learn from", param_hint="--data")
        found = FewShotData(data, target=target, split=split, seed=seed, device=where)
        card = new_card(
            learner=learner,
            settings=settings or [],
            data=data,
            found=found,
            target=target,
            split=split,
            test=(way, shot, query),
            training=(train_way or way, train_shot or shot, train_query or query),
            seed=seed,
            plan={
                "n_steps": steps,
                "n_episodes": episodes,
                "learning_rate": learning_rate,
                "schedule": schedule,
                "validate_every": validate_every,
                "patience": patience,
                "precision": precision,
                "compile": compile_steps or None,
                "cuda_graph": cuda_graph or None,
            },
        )
    answer = train_run(card, out, found, device=where, resume=resume)
    if answer is None:  # another process says it
        return
    if as_json:
        print_json(answer)
    else:
        typer.echo(training_text(answer))


@fewshot_app.command("evaluate")
def evaluate(
    run: _Run,
    way: Annotated[int | None, typer.Option(min=1, help="As in the run if absent.")] = None,
    shot: Annotated[int | None, typer.Option(min=1, help="As in the run if absent.")] = None,
    query: Annotated[int | None, typer.Option(min=1, help="As in the run if absent.")] = None,
    episodes: Annotated[int, typer.Option(min=2, help="The more, the narrower the interval.")] = 600,
    device: _Device = "auto",
    as_json: _Json = False,
) -> None:
    """Measure a trained learner on the test classes."""
    require_torch()
    from autometa.devices import resolve_device
    from autometa.fewshot.run_card import RunCard, load_learner

    where = resolve_device(device)
    card = RunCard.read(run)
    learner = load_learner(run, device=where)
    found = FewShotData(card.data, target=card.target, split=card.split, seed=card.seed, device=where)
    sizes = {"way": way or card.way, "shot": shot or card.shot, "query": query or card.query}
    measured = measure(learner, found.sampler("test", **sizes), score=found.score, n_episodes=episodes)
    answer = {"run": str(run), "learner": card.learner, **described(card, found, sizes, measured)}
    if as_json:
        print_json(answer)
    else:
        typer.echo(evaluation_text(answer))


@fewshot_app.command("plot")
def plot(
    run: _Run,
    out: Annotated[
        Path | None, typer.Option(help="Picture (.png, .svg, .pdf); RUN/curves.png if absent.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Draw loss, accuracy or error over the steps and the inner steps of a run."""
    require_torch()
    from autometa.fewshot.plotting import plot_run

    picture = out or run / "curves.png"
    plot_run(run, picture)
    if as_json:
        print_json({"picture": str(picture)})
    else:
        typer.echo(str(picture))


@fewshot_app.command("list")
def list_learners(as_json: _Json = False) -> None:
    """Which learners there are, with their papers and what they need."""
    require_torch()
    from autometa.fewshot import LEARNERS

    learners = [asdict(entry) for entry in LEARNERS]
    if as_json:
        print_json({"learners": learners})
    else:
        typer.echo(list_text(learners))
