"""What `autometa optimizer` tells people, and promises as JSON."""

import math
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autometa.learned_optimizers.stored import StoredOptimizer
    from autometa.tuning.optimizers import TunedOptimizer

NAMES = {"sgd": "SGD", "momentum": "momentum", "rmsprop": "RMSprop", "adam": "Adam"}


def trained_data(
    tuned: "TunedOptimizer", *, run: str, store: str, stored: "Sequence[StoredOptimizer]"
) -> dict[str, Any]:
    """What a search found, as plain values.

    Args:
        tuned: the search's end.
        run: its folder.
        store: its name for people.
        stored: optimizers that could be begun with.
    """
    from autometa.learned_optimizers.search_space import USUAL
    from autometa.optuna_spaces import fold_switches
    from autometa.samplers.explanation import Notes
    from autometa.tuning.ended import REASON
    from autometa.tuning.optimizers import DISTANCE, START
    from autometa.tuning.search import FINISHED

    origins = {one.number: str(one.origin) for one in Notes().explanations(tuned.study)}
    tasks = {one.name: one.task_name for one in stored}
    trials = [
        {
            "number": trial.number,
            "origin": _origin(origins.get(trial.number, "")),
            "params": fold_switches(trial.params),
            "is_usual": fold_switches(trial.params) == USUAL,
            "score": trial.value,
            "start": trial.user_attrs.get(START),
            "start_task": tasks.get(trial.user_attrs.get(START) or ""),
            "distance": trial.user_attrs.get(DISTANCE),
            "reason": trial.user_attrs.get(REASON, ""),
        }
        for trial in tuned.study.get_trials(deepcopy=False, states=FINISHED)
    ]
    return {
        "run": run,
        "task": tuned.task.info.name,
        "task_id": tuned.task.info.dataset_id,
        "meta_features": tuned.task.meta_features.as_dict(),
        "best": {**stored_data(tuned.stored), "params": dict(tuned.params)},
        "trials": trials,
        "store": store,
        "n_known_optimizers": len(stored),
        "was_interrupted": tuned.was_interrupted,
    }


def stored_data(stored: "StoredOptimizer") -> dict[str, Any]:
    """A trained optimizer without its weights.

    Args:
        stored: as a store keeps it.
    """
    return {
        "name": stored.short_name,
        "task": stored.task_name,
        "architecture": dict(stored.architecture),
        "config_digest": stored.digest,
        "score": stored.score,
        "n_steps": stored.n_steps,
        "start": stored.start,
        "curve": [list(point) for point in stored.curve],
    }


def trained_text(answer: Mapping[str, Any]) -> str:
    """What it began with, how the validation went, and how to use it."""
    best = answer["best"]
    first = best["curve"][0][1]
    ended = f"meta-validation loss {_number(first)} before, {_number(best['score'])} after"
    lines = [f"{answer['task']}: {ended} {best['n_steps']:,} updates"]
    lines += [line for trial in answer["trials"] for line in _trial_lines(trial)]
    path = f"{answer['run']}/optimizer.npz"
    lines += [
        f"Kept in {path} and in {answer['store']}. To use it:",
        f"  optimizer = LearnedOptimizer.load({path!r}).for_module(model)",
        f"  autometa optimizer evaluate {shlex.quote(answer['run'])}",
    ]
    if answer["was_interrupted"]:
        lines.append("Interrupted; the same command with --resume goes on.")
    return "\n".join(lines)


def compared_text(answer: Mapping[str, Any]) -> str:
    """A table of losses, the learned optimizer first."""
    horizon = answer["horizon"]
    head = f"{'':<10}  {'rate':>8}  {f'loss, {horizon} steps':>22}  {f'{2 * horizon} steps':>22}"
    rows = [
        f"{NAMES.get(one['name'], one['name']):<10}  {_rate(one['rate']):>8}  "
        f"{_loss(one['at_horizon']):>22}  {_loss(one['beyond']):>22}"
        for one in answer["compared"]
    ]
    note = f"Means of {answer['n_tasks']} fresh tasks in the last tenth of the steps, with 95 % intervals."
    return "\n".join([head, *rows, note])


def list_text(answer: Mapping[str, Any]) -> str:
    """One line an optimizer."""
    found = answer["optimizers"]
    if not found:
        return f"{answer['store']} has no trained optimizer; `autometa optimizer train` makes one"
    width = max(len(one["task"]) for one in found)
    return "\n".join(
        f"{one['name']}  {one['task']:<{width}}  {_size(one['architecture']):>9}  "
        f"loss {_number(one['score']):>8}  {one['n_steps']:>5,} updates  "
        f"{'warm' if one['start'] else 'cold'}"
        for one in found
    )


def _origin(word: str) -> str:
    """The sampler's word for who chose; "base" where it did not speak."""
    return "base" if word in ("", "other") else word


def _trial_lines(trial: Mapping[str, Any]) -> list[str]:
    params = ", ".join(f"{name} {_value(value)}" for name, value in trial["params"].items())
    start = "fresh weights"
    if trial["start"]:
        near = "" if trial["distance"] is None else f" at distance {trial['distance']:.2f}"
        start = f"weights of {trial['start_task'] or 'another family'}{near}"
    origin = "usual" if trial["is_usual"] else trial["origin"]
    score = _number(trial["score"]) if trial["score"] is not None else f"failed: {trial['reason']}"
    return [f"  {trial['number'] + 1}. {score}  {params}", f"     {origin}, {start}"]


def _size(architecture: Mapping[str, Any]) -> str:
    settings = architecture["settings"]
    return f"{architecture['kind']} {settings.get('n_layers', 1)}x{settings.get('n_hidden', '?')}"


def _value(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _rate(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.2g}"


def _loss(loss: Mapping[str, Any]) -> str:
    if not math.isfinite(loss["mean"]):
        return "diverged"
    return f"{_number(loss['mean'])} ± {_number(loss['ci95'])}"


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "none"
