"""What the commands of `autometa fewshot` do: cards from options, training, measuring."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autometa_cli.fewshot_data import SINUSOID, FewShotData

if TYPE_CHECKING:
    from autometa.fewshot import Accuracy, EpisodeShape, EpisodeSource, FewShotLearner, RegressionError
    from autometa.fewshot.data.parts import Part
    from autometa.fewshot.run_card import RunCard


def require_torch() -> None:
    """Raise unless torch is installed.

    Raises:
        UnknownNameError: it is not.
    """
    from importlib.util import find_spec

    from autometa.errors import UnknownNameError

    if find_spec("torch") is None:
        raise UnknownNameError("few-shot learning needs the package torch; pip install 'autometa[fewshot]'")


def new_card(
    *,
    learner: str,
    settings: Sequence[str],
    data: str,
    found: FewShotData,
    target: str | None,
    split: str | None,
    test: tuple[int, int, int],
    training: tuple[int, int, int],
    seed: int,
    plan: Mapping[str, Any],
) -> "RunCard":
    """The card of a run that begins.

    Args:
        learner: name in the catalogue.
        settings: KEY=VALUE, what departs from the learner's defaults.
        data: as the user gave it.
        found: the data, opened.
        target: column with the classes.
        split: of the data.
        test: way, shot and query of validation and test.
        training: of training.
        seed: of all.
        plan: what departs from the learner's default plan; None means nothing.
    """
    from autometa.fewshot import entry
    from autometa.fewshot.catalogue import changed
    from autometa.fewshot.run_card import RunCard

    learner_type = entry(learner).learner_type()
    chosen = changed(learner_type.settings_type(), _parsed(settings))
    shape = _shape(found, "train", training)
    way = _shape(found, "test", test).n_way  # 2 for assays, 1 for sinusoids, whatever was asked for
    default = learner_type.default_plan(shape)
    planned = changed(default, {name: value for name, value in plan.items() if value is not None})
    where = data if data == SINUSOID else str(Path(data).absolute())
    sizes = (way, *test[1:])
    return RunCard(learner, asdict(chosen), shape, where, target, split, *sizes, seed, asdict(planned))


def train_run(
    card: "RunCard", folder: Path, found: FewShotData, *, device: Any, resume: bool
) -> dict[str, Any] | None:
    """Train by the card and measure on the test classes; what --json prints.

    Under `torchrun` the first process alone writes the folder and measures; the others return None.
    """
    from autometa.fewshot import ProgressLine, TrainingPlan, train
    from autometa.fewshot.checkpoint import read_metrics
    from autometa.fewshot.processes import all_processes

    is_first = all_processes(device).is_first
    learner = card.build().to(device)
    plan = TrainingPlan(**card.plan)
    sizes = {"way": card.way, "shot": card.shot, "query": card.query}
    shape = card.shape
    sampler = found.sampler("train", way=shape.n_way, shot=shape.n_shot, query=shape.n_query)
    validation = found.sampler("validation", **sizes) if plan.validate_every else None
    if not resume:
        _require_no_run(folder)
        if is_first:
            card.write(folder)
    result = train(
        learner,
        sampler,
        plan=plan,
        validation_sampler=validation,
        callback=ProgressLine(sys.stderr),
        out=folder,
        resume=resume,
        seed=card.seed,
    )
    if not is_first:
        return None
    measured = measure(learner, found.sampler("test", **sizes), score=found.score, n_episodes=600)
    curve = [line for line in read_metrics(folder) if "validation" in line]
    return {
        "run": str(folder),
        "learner": card.learner,
        "training": asdict(result),
        "curve": curve,
        **described(card, found, sizes, measured),
    }


def measure(
    learner: "FewShotLearner", sampler: "EpisodeSource", *, score: str, n_episodes: int
) -> "Accuracy | RegressionError":
    """Accuracy or another score, or the errors of a regression."""
    from autometa.fewshot import evaluate, evaluate_regression, scores
    from autometa.fewshot.learner import episode_accuracy

    if sampler.shape.n_targets:
        return evaluate_regression(learner, sampler, n_episodes)
    chosen = getattr(scores, score, episode_accuracy)
    return evaluate(learner, sampler, n_episodes, score=chosen)


def described(
    card: "RunCard", found: FewShotData, sizes: Mapping[str, int], measured: "Accuracy | RegressionError"
) -> dict[str, Any]:
    """The measurement with the data, the protocol, and what the paper reports for it, if anything."""
    from autometa.fewshot import entry

    protocol = f"{found.name} {sizes['way']}-way {sizes['shot']}-shot"
    return {
        "data": found.name,
        **sizes,
        "split": card.split,
        "test": asdict(measured),
        "reported_percent": entry(card.learner).reported.get(protocol),
    }


def longer(card: "RunCard", n_steps: int | None) -> "RunCard":
    """The card with another number of steps."""
    return card if n_steps is None else replace(card, plan={**card.plan, "n_steps": n_steps})


def _shape(found: FewShotData, part: "Part", sizes: tuple[int, int, int]) -> "EpisodeShape":
    way, shot, query = sizes
    return found.sampler(part, way=way, shot=shot, query=query).shape


def _parsed(settings: Sequence[str]) -> dict[str, Any]:
    """KEY=VALUE as names and values; a value that is no JSON is text."""
    from autometa.errors import UnknownNameError

    values: dict[str, Any] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals:
            raise UnknownNameError(f"--set {text}: wanted KEY=VALUE, e.g. --set backbone.n_filters=32")
        try:
            values[key] = json.loads(value)
        except ValueError:
            values[key] = value
    return values


def _require_no_run(folder: Path) -> None:
    """Raise if the folder has a run, before anything in it is changed."""
    from autometa.errors import TrainingError
    from autometa.fewshot.checkpoint import CHECKPOINT

    if (folder / CHECKPOINT).exists():
        raise TrainingError(f"{folder} has a run already; add --resume, or choose another --out")
