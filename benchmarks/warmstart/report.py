"""The results as JSON and as the tables that the README quotes."""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.warmstart.analysis import Curves, average_ranks, collect, paired_difference, reach
from benchmarks.warmstart.published import MARK

AT = (0, 1, 3, 5, 10, 15, 25, 50, 100)
REFEREES = ("portfolio", "TPE", "ours")
LEVELS = (("TPE", 50), ("GP", 50), ("GP" + MARK, 100))
NEEDED = ("commit", "versions", "hardware", "measured")
PUBLISHED_TASKS = "hpob, published tasks"


def groups(cells: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Curves]]:
    """Curves by group and method: the tables, all of HPO-B, its tasks with published curves, each space."""
    everything = list(cells)
    tables = sorted({cell["table"] for cell in everything})
    by_table = {name: collect(cell for cell in everything if cell["table"] == name) for name in tables}
    spaces = [name for name in tables if name.startswith("hpob_")]
    result = {name: by_table[name] for name in tables if name not in spaces}
    if spaces:
        whole = collect(cell for cell in everything if cell["table"] in spaces)
        published = [one.datasets for name, one in whole.items() if name.endswith(MARK)]
        result["hpob"] = {name: one for name, one in whole.items() if not name.endswith(MARK)}
        if published:
            result[PUBLISHED_TASKS] = {name: one.on(published[0]) for name, one in whole.items()}
    return {**result, **{name: by_table[name] for name in spaces}}


def summarise(curves: Mapping[str, Curves], *, is_space: bool = False) -> dict[str, Any]:
    """The figures of a group.

    Args:
        curves: by method.
        is_space: of one of HPO-B's spaces only the mean regrets are given.
    """
    n_datasets = max(len(one.datasets) for one in curves.values())
    whole = {name: one for name, one in curves.items() if len(one.datasets) == n_datasets}
    methods = {name: _figures(name, one, curves, is_space=is_space) for name, one in curves.items()}
    for at in () if is_space else AT[1:]:
        ranked = {name: one for name, one in whole.items() if at < one.regrets.shape[1]}
        for name, rank in zip(
            ranked, average_ranks(list(ranked.values()), at) if ranked else (), strict=True
        ):
            methods[name]["at"][str(at)]["rank"] = float(rank)
    return {
        "n_datasets": n_datasets,
        "n_families": len({family for one in whole.values() for family in one.families}),
        "methods": methods,
    }


def write(result: Mapping[str, Any], file: Path) -> None:
    """JSON with five digits.

    Raises:
        ValueError: it does not say on what it was measured.
    """
    missing = [name for name in NEEDED if not result.get("environment", {}).get(name)]
    if missing:
        raise ValueError(f"results without {', '.join(missing)} in their environment are not written")
    file.write_text(json.dumps(_rounded(result), indent=1) + "\n", encoding="utf-8")


def markdown(name: str, group: Mapping[str, Any]) -> str:
    """A group as a table, the worst first."""
    shown = [
        at for at in (1, 5, 10, 25, 50, 100) if any(str(at) in m["at"] for m in group["methods"].values())
    ]
    head = ["method", "n", *(f"at {at}" for at in shown), f"rank at {min(25, shown[-1])}", "to TPE@50"]
    head += ["at 1, less portfolio's", f"at {min(25, shown[-1])}, less TPE's", "ms per ask"]
    lines = [f"**{name}**: {group['n_datasets']} data sets, {group['n_families']} families", ""]
    lines += ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    last = str(min(25, shown[-1]))
    order = sorted(group["methods"].items(), key=lambda item: -item[1]["at"].get(last, {"mean": 9.0})["mean"])
    for method, figures in order:
        cells = [method, str(figures["n_datasets"])]
        cells += [_digits(figures["at"].get(str(at), {}).get("mean"), 3) for at in shown]
        cells += [_digits(figures["at"].get(last, {}).get("rank"), 1)]
        cells += [_digits(figures["reach"].get("TPE@50", {}).get("median"), 0)]
        cells += [_interval(figures["less"].get("portfolio", {}).get("1"))]
        cells += [_interval(figures["less"].get("TPE", {}).get(last))]
        seconds = figures["ask_seconds"]
        cells += [_digits(None if seconds is None else 1e3 * seconds, 1)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _figures(name: str, curves: Curves, others: Mapping[str, Curves], *, is_space: bool) -> dict[str, Any]:
    measured = [at for at in AT if at < curves.regrets.shape[1]]
    figures: dict[str, Any] = {
        "n_datasets": len(curves.datasets),
        "n_seeds": curves.n_seeds,
        "at": {str(at): {"mean": float(curves.regrets[:, at].mean())} for at in measured},
        "ask_seconds": None if math.isnan(curves.ask_seconds) else curves.ask_seconds,
        "first_ask_seconds": None if math.isnan(curves.first_ask_seconds) else curves.first_ask_seconds,
    }
    if is_space:
        return figures
    for at in measured:
        figures["at"][str(at)]["median"] = float(np.median(curves.regrets[:, at]))
    figures["reach"] = {
        f"{level}@{at}": reach(curves, others[level], at)
        for level, at in LEVELS
        if level in others and at < others[level].regrets.shape[1]
    }
    figures["less"] = {
        referee: {
            str(at): paired_difference(curves, others[referee], at)
            for at in measured[1:]
            if at < others[referee].regrets.shape[1]
        }
        for referee in REFEREES
        if referee in others and referee != name
    }
    return figures


def _interval(compared: Mapping[str, Any] | None) -> str:
    if compared is None:
        return ""
    low, high = compared["interval"]
    return f"{compared['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"


def _digits(value: float | None, n: int) -> str:
    return "" if value is None else f"{value:.{n}f}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
