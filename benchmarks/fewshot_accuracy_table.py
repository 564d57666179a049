"""The few-shot accuracy table: every learner beside its paper, and what else was measured of its weights."""

import json
from itertools import product
from pathlib import Path
from typing import Any

from autometa.fewshot.catalogue import LEARNERS, entry
from benchmarks.environment import environment
from benchmarks.fewshot_recipes import ROWS, SPLITS, recipes

QUERIES, SUPPORT = "queries'", "support's"  # statistics, for learners by gradients


def written_table(cells: list[dict[str, Any]], file: Path) -> str:
    """Both tables as Markdown; the latest cell of each training is also written as JSON.

    Args:
        cells: of all trainings so far.
        file: of the result.
    """
    order = [recipe.name for recipe in recipes() if not recipe.variant]
    latest = {cell["name"]: cell for cell in cells}
    found = [latest[name] for name in order if name in latest]
    columns = ["learner", "split", *(f"{way}-way {shot}-shot" for way, shot in ROWS)]
    lines = [heading([*columns, "seconds", "episodes", "begins with", "statistics"])]
    for name, split in product((member.name for member in LEARNERS), SPLITS):
        own = [cell for cell in found if (cell["learner"], cell["recipe"]["split"]) == (name, split)]
        if own:
            lines.append(row(name, split, own))
    lines += ["", heading(["learner", "test", "as in the table", "five queries", "support's"])]
    lines += [aside(cell, test) for cell in found for test in cell.get("asides", {})]
    file.write_text(json.dumps({"environment": environment(), "cells": found}, indent=1) + "\n")
    return "\n".join(lines)


def heading(columns: list[str]) -> str:
    """Of a table."""
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"


def row(name: str, split: str, own: list[dict[str, Any]]) -> str:
    """One learner: accuracy in percent with its interval, and the paper's in brackets."""
    measured = {key: value for cell in own for key, value in cell["accuracy"].items()}
    texts = []
    for way, shot in ROWS:
        key = f"{way}-way {shot}-shot"
        paper = entry(name).reported.get(f"omniglot {key}")
        texts.append(percent(measured.get(key)) + (f" ({paper})" if paper else ""))
    seconds = " + ".join(f"{cell['spent_seconds']:.0f}" for cell in own)
    episodes = " + ".join(f"{cell['plan']['n_steps'] * cell['plan']['n_episodes']:,}" for cell in own)
    start = (own[0]["recipe"].get("start") or "").partition(" 20-way")[0]
    kind = (
        "training's"
        if entry(name).family != "gradient"
        else (QUERIES if own[0]["is_transductive"] else SUPPORT)
    )
    return f"| {name} | {split} | {' | '.join(texts)} | {seconds} | {episodes} | {start} | {kind} |"


def aside(cell: dict[str, Any], test: str) -> str:
    """One test of a learner by gradients under the other conditions."""
    own, others = cell["accuracy"][test], cell["asides"][test]
    texts = [percent(one) for one in (own, *(others.get(name) for name in ("five queries", SUPPORT)))]
    return f"| {cell['learner']} | {test} | {' | '.join(texts)} |"


def percent(found: dict[str, float] | None) -> str:
    """The mean and half its interval."""
    return "–" if found is None else f"{100 * found['mean']:.1f} ± {100 * found['ci95']:.1f}"
