"""What `autometa fewshot` tells people."""

from collections.abc import Mapping, Sequence
from typing import Any

N_CURVE_LINES = 10


def training_text(answer: Mapping[str, Any]) -> str:
    """The curve, how it ended, and the test."""
    lines = [_curve_line(line) for line in _thinned(answer["curve"])]
    training = answer["training"]
    ending = f"{training['n_steps']} steps"
    if training["stopped_early"]:
        ending += ", stopped early"
    if training["best_step"] is not None:
        ending += f"; best validation after step {training['best_step']}"
    return "\n".join([*lines, f"{ending}; kept in {answer['run']}", evaluation_text(answer)])


def evaluation_text(answer: Mapping[str, Any]) -> str:
    """One line with the score, its interval, the protocol, and the paper's number."""
    test = answer["test"]
    if "trimmed_mean" in test:
        return (
            f"test on {answer['data']}, {answer['shot']} points: mean squared error {test['mean']:.3f} "
            f"± {test['ci95']:.3f}, median {test['median']:.3f}, mean of the best 99 % "
            f"{test['trimmed_mean']:.3f}, {test['share_diverged']:.1%} diverged, "
            f"{test['n_episodes']} episodes"
        )
    statistics = "transductive" if test["is_transductive"] else "inductive"
    reported = answer["reported_percent"]
    paper = f"; the paper reports {reported} %" if reported is not None else ""
    return (
        f"test on {answer['data']}, {answer['way']}-way {answer['shot']}-shot: {test['score']} "
        f"{100 * test['mean']:.2f} ± {100 * test['ci95']:.2f} % over {test['n_episodes']} episodes, "
        f"{statistics}{paper}"
    )


def list_text(learners: Sequence[Mapping[str, Any]]) -> str:
    """A table of learners."""
    width = max(len(learner["name"]) for learner in learners)
    return "\n".join(
        f"{learner['name']:<{width}}  {learner['family']:<8}  {learner['paper']}; needs {learner['needs']}"
        for learner in learners
    )


def _thinned(curve: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """At most so many lines, evenly spaced, the last one among them."""
    every = -(-len(curve) // N_CURVE_LINES) if curve else 1
    return [line for place, line in enumerate(curve, start=1) if (len(curve) - place) % every == 0]


def _curve_line(line: Mapping[str, Any]) -> str:
    validation = line["validation"]
    if "trimmed_mean" in validation:
        return f"step {line['step']:>7}  validation error {validation['trimmed_mean']:.4f}"
    bar = "#" * round(40 * validation["mean"])
    return f"step {line['step']:>7}  validation {100 * validation['mean']:6.2f} %  {bar}"
