"""LearningRun: what the folder of a training says, whoever wrote it; `read_run` finds out who that was.

Another kind of training joins by one function in `READERS`: from a folder to a `LearningRun`, or None where
the folder is not of its kind.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autometa.errors import TrainingError

CARD, METRICS = "run.json", "metrics.jsonl"  # as `autometa.fewshot` writes them; reading needs no torch
SQUARED_ERROR = "mean squared error"  # the only measure of which less is better


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a curve.

    Attributes:
        name: in the legend.
        x: steps.
        y: values.
        half_widths: of 95 % intervals; empty where there are none.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    half_widths: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """One picture of a run.

    Attributes:
        name: unique in the run, for links.
        x_title: of the horizontal axis.
        y_title: of the vertical axis.
        caption: the finding.
        lines: at least one.
        is_log: whether the vertical axis is logarithmic.
    """

    name: str
    x_title: str
    y_title: str
    caption: str
    lines: tuple[Line, ...]
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class LearningRun:
    """What a training says of itself.

    Attributes:
        name: of the folder.
        kind: what was trained, e.g. "few-shot learner".
        facts: names and values, in order.
        curves: in order.
    """

    name: str
    kind: str
    facts: tuple[tuple[str, str], ...]
    curves: tuple[Curve, ...]


def read_run(folder: Path) -> LearningRun:
    """What the folder of a training says.

    Args:
        folder: of the run.

    Raises:
        TrainingError: nobody knows such a folder, or it is damaged.
    """
    for reader in READERS:
        found = reader(folder)
        if found is not None:
            return found
    raise TrainingError(f"{folder} is not the folder of a run; give one that has {CARD} and {METRICS}")


def read_fewshot_run(folder: Path) -> LearningRun | None:
    """A run of `autometa fewshot train`; None for any other folder.

    Args:
        folder: of the run.

    Raises:
        TrainingError: it is one, but cannot be read, or has not begun.
    """
    if not (folder / CARD).is_file():
        return None
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if not {"learner", "way", "shot"} <= card.keys():
            return None
        lines = _metrics(folder / METRICS)
        return LearningRun(folder.resolve().name, "few-shot learner", _facts(card), tuple(_curves(lines)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(f"the run in {folder} cannot be read ({error}); train it again") from error


READERS: tuple[Callable[[Path], LearningRun | None], ...] = (read_fewshot_run,)


def _metrics(path: Path) -> list[dict[str, Any]]:
    """The lines that are whole: a run that is still going may be writing the last one."""
    if not path.is_file():
        return []
    texts = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(text) for text in texts if text.endswith("\n")]


def _facts(card: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    plan = card.get("plan", {})
    episodes = f"{card['way']}-way, {card['shot']}-shot, {card.get('query', '?')} queries a class"
    facts = [
        ("learner", card["learner"]),
        ("data", Path(str(card.get("data", ""))).name),
        ("episodes", episodes),
    ]
    facts += [
        (name.replace("_", " "), str(plan[name])) for name in ("n_steps", "learning_rate") if name in plan
    ]
    return tuple((name, str(value)) for name, value in facts)


def _curves(lines: Sequence[Mapping[str, Any]]) -> list[Curve]:
    logged = [line for line in lines if "loss" in line]
    validated = [line for line in lines if "validation" in line]
    curves = [_loss(logged)] if logged else []
    if validated:
        curves.append(_validation(logged, validated))
        inner = validated[-1]["validation"]["per_step"]
        if len(inner) > 1:
            curves.append(_inner(inner, _measure(validated)))
    return curves


def _loss(logged: Sequence[Mapping[str, Any]]) -> Curve:
    first, last = logged[0], logged[-1]
    change = "fell" if last["loss"] < first["loss"] else "did not fall"
    caption = (
        f"The training loss {change}: {first['loss']:.3g} at step {first['step']:,}, "
        f"{last['loss']:.3g} at step {last['step']:,}."
    )
    line = Line("training", _steps(logged), tuple(float(one["loss"]) for one in logged))
    return Curve("loss", "step", "training loss", caption, (line,), is_log=min(line.y) > 0)


def _validation(logged: Sequence[Mapping[str, Any]], validated: Sequence[Mapping[str, Any]]) -> Curve:
    found = [line["validation"] for line in validated]
    is_error = "trimmed_mean" in found[0]
    name = "trimmed_mean" if is_error else "mean"
    values = [float(one[name]) for one in found]
    best = values.index(min(values) if is_error else max(values))
    sure = "" if is_error else f" ± {found[best]['ci95']:.3g} (95 %)"
    after = "" if best == len(values) - 1 else f"; the last one is {values[-1]:.3g}"
    caption = (
        f"On validation classes the best {_measure(validated)} was {values[best]:.3g}{sure}, after step "
        f"{validated[best]['step']:,} of {validated[-1]['step']:,}{after}."
    )
    widths = () if is_error else tuple(float(one["ci95"]) for one in found)
    lines = [Line("validation", _steps(validated), tuple(values), widths)]
    trained = [line for line in logged if "accuracy" in line]
    if trained:
        lines.append(Line("training", _steps(trained), tuple(float(one["accuracy"]) for one in trained)))
    return Curve("validation", "step", _measure(validated), caption, tuple(lines))


def _inner(values: Sequence[float], measure: str) -> Curve:
    caption = (
        f"Adapting to a task: {measure} {values[0]:.3g} before the first inner step, {values[-1]:.3g} after "
        f"{len(values) - 1}, at the last validation.{_best_inner(values, measure)}"
    )
    line = Line("last validation", tuple(map(float, range(len(values)))), tuple(map(float, values)))
    return Curve("inner", "inner steps", measure, caption, (line,))


def _best_inner(values: Sequence[float], measure: str) -> str:
    """Where it was best, if that was not at the end."""
    best = min(values) if measure == SQUARED_ERROR else max(values)
    return "" if best == values[-1] else f" It is best, {best:.3g}, after {list(values).index(best)}."


def _measure(validated: Sequence[Mapping[str, Any]]) -> str:
    return str(validated[0]["validation"].get("score", SQUARED_ERROR))


def _steps(lines: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    return tuple(float(line["step"]) for line in lines)
