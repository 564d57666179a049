"""`autometa suggest FILE`: the configurations to try first, with the evidence, and no search run."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autometa_cli.output import print_json
from autometa_cli.startup import quick_imports
from autometa_cli.tables import FileArgument, JsonOption, TargetOption, TaskOption, dataset_object

if TYPE_CHECKING:
    from autometa import Advice, Dataset
    from autometa.readers import Table
    from autometa.warmstart import Recommender
    from autometa.warmstart.probing import Probe


def suggest(
    file: FileArgument,
    target: TargetOption = None,
    task: TaskOption = None,
    learner: Annotated[list[str] | None, typer.Option(help="Only this learner; may be repeated.")] = None,
    metric: Annotated[str | None, typer.Option(help="Score to be good at, e.g. roc_auc or rmse.")] = None,
    time_budget: Annotated[
        float | None, typer.Option(min=0.0, help="CPU seconds for one fit of every suggestion together.")
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="How many suggestions.")] = 5,
    probe: Annotated[
        float | None,
        typer.Option(min=0.0, help="Seconds, e.g. 10, for three quick fits on up to 500 rows first."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Store to learn from beside the shipped knowledge.")
    ] = None,
    python: Annotated[
        Path | None, typer.Option(help="Write a script that fits the first suggestion.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Which configurations to try first on this table, learned from similar ones. No search is run."""
    start = time.perf_counter()
    with quick_imports():
        import sklearn.tree  # noqa: F401 - the landmarks need it, deep inside

        from autometa import TaskType
        from autometa.learners.catalogue import learner as find_learner
        from autometa.readers import read_table
        from autometa_cli.advice_text import advice_text
        from autometa_cli.script import write_script
        from autometa_store.similarity import open_recommender

    names = [find_learner(name).name for name in learner] if learner else None
    table = read_table(file, target=target, task_type=TaskType(task.value) if task else None)
    recommender = open_recommender(store)
    probes = _probe(table, recommender, probe, metric, names) if probe is not None else ()
    advice = recommender.recommend(
        table.dataset, n=n, metric=metric, learners=names, time_budget=time_budget, probes=probes
    )
    if python is not None:
        write_script(python, file, table.dataset, advice)
    seconds = time.perf_counter() - start
    if as_json:
        print_json(advice_data(table.dataset, advice, seconds))
    else:
        typer.echo(advice_text(table, advice, seconds, probe_seconds=probe))


def _probe(
    table: "Table", recommender: "Recommender", seconds: float, metric: str | None, learners: list[str] | None
) -> "tuple[Probe, ...]":
    from autometa.evaluation.probe import probe_table

    return probe_table(table, recommender, seconds=seconds, metric=metric, learners=learners)


def advice_data(dataset: "Dataset", advice: "Advice", seconds: float) -> dict[str, object]:
    """What --json prints.

    Args:
        dataset: the table.
        advice: what is suggested.
        seconds: wall time since the command began.
    """
    return {
        "dataset": dataset_object(dataset),
        "neighbors": [{"dataset": one.name, "distance": one.distance} for one in advice.neighbors],
        "probes": [
            {
                "learner": one.candidate.learner,
                "configuration": dict(one.candidate.params),
                "score": one.scores.get(advice.metric),
                "seconds": one.seconds,
            }
            for one in advice.probes
        ],
        "suggestions": [
            {
                "rank": one.rank,
                "learner": one.learner,
                "params": dict(one.params),
                "is_default": one.is_default,
                "expected_score": one.expected_score,
                "score_interval": one.score_interval,
                "metric": advice.metric,
                "expected_fit_seconds": one.expected_fit_seconds,
                "evidence": [
                    {"dataset": e.dataset, "distance": e.distance, "score": e.score, "place": e.place}
                    for e in one.evidence
                ],
            }
            for one in advice.recommendations
        ],
        "novelty": {
            "share": advice.novelty.share,
            "is_novel": advice.novelty.is_novel,
            "outside": list(advice.outside),
        },
        "n_known": advice.n_known,
        "seconds": seconds,
    }
