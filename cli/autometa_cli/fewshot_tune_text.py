"""What a search over a few-shot learner found, as JSON values and as people read it."""

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autometa.fewshot import Accuracy, RegressionError
    from autometa.fewshot.configuration_trial import Budget
    from autometa.tuning.few_shot import TunedFewShot

N_SHOWN = 5


def tuned_data(
    tuned: "TunedFewShot",
    *,
    test: "Accuracy | RegressionError | None",
    data: str,
    sizes: tuple[int, int, int],
    budget: "Budget",
    store: str,
    n_known: int,
) -> dict[str, Any]:
    """What --json prints, but for the seconds.

    Args:
        tuned: what the search found.
        test: of the best; None if the search was interrupted.
        data: as the user gave it.
        sizes: way, shot and query that were asked for.
        budget: of each trial.
        store: where trials were recorded.
        n_known: task distributions that the search learned from.
    """
    from autometa.tuning.few_shot_trials import tried_parameters

    return {
        "task": {"name": tuned.task.info.name, "id": tuned.task.info.dataset_id},
        "meta_features": tuned.task.meta_features.as_dict(),
        "data": data,
        **dict(zip(("way", "shot", "query"), sizes, strict=True)),
        "learner": tuned.learner,
        "metric": tuned.metric,
        "direction": tuned.direction,
        "budget": asdict(budget),
        "best": {"params": dict(tuned.params), "score": tuned.score},
        "test": None if test is None else asdict(test),
        "trials": [asdict(one) for one in tried_parameters(tuned.study)],
        "study": tuned.study.study_name,
        "store": store,
        "n_known_tasks": n_known,
        "was_interrupted": tuned.was_interrupted,
    }


def tuned_text(answer: Mapping[str, Any]) -> str:
    """The whole answer of `autometa fewshot tune`.

    Args:
        answer: of `tuned_data`, with the seconds.
    """
    trials = answer["trials"]
    sign = -1.0 if answer["direction"] == "maximize" else 1.0
    scored = sorted((one for one in trials if one["score"] is not None), key=lambda one: sign * one["score"])
    known = answer["n_known_tasks"]
    past = f"learning from {known:,} known" if known else "learning from none, so cold"
    better = "higher" if answer["direction"] == "maximize" else "lower"
    lines = [
        f"{answer['task']['name']}, {answer['learner']}; {past}",
        "",
        f"Best of {len(trials):,} trials ({answer['metric']} on {answer['budget']['n_validation']:,} "
        f"validation episodes, {better} is better):",
    ]
    for place, one in enumerate(scored[:N_SHOWN], start=1):
        params = ", ".join(f"{name}={_value(value)}" for name, value in one["params"].items())
        lines += [
            f"{place:>3}. {one['score']:.4f} ± {one['ci95']:.4f}  trial {one['number'] + 1}, {one['origin']}",
            f"     {params}",
        ]
    return "\n".join([*lines, "", *_closing_lines(answer)])


def _closing_lines(answer: Mapping[str, Any]) -> list[str]:
    lines = []
    if answer["test"] is not None:
        test = answer["test"]
        lines.append(
            f"The best on test episodes: {test['mean']:.4f} ± {test['ci95']:.4f} "
            f"(mean of {test['n_episodes']:,})"
        )
    counts = Counter(one["status"] for one in answer["trials"])
    ended = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
    interrupted = "Interrupted after " if answer["was_interrupted"] else ""
    lines.append(f"{interrupted}{answer['seconds']:.1f} s: {ended}; recorded in {answer['store']}")
    return [*lines, "Train it for longer:", f"  {_train_command(answer)}"]


def _train_command(answer: Mapping[str, Any]) -> str:
    """The `autometa fewshot train` that has these parameters."""
    options = ["autometa", "fewshot", "train", "--data", answer["data"], "--learner", answer["learner"]]
    for name in ("way", "shot", "query"):
        options += [f"--{name}", str(answer[name])]
    for name, value in answer["best"]["params"].items():
        if name == "train_way":
            options += ["--train-way", str(value)]
        elif name == "plan.learning_rate":
            options += ["--learning-rate", _value(value)]
        else:
            options += ["--set", f"{name}={_value(value)}"]
    return shlex.join([*options, "--schedule", "cosine"])


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
