"""How many meta-training steps a warm start of a learned optimizer saves on families that it has not seen.

`python -m benchmarks.bench_optimizer_warmstart [--seeds 2]`; it goes on where it was stopped. Ten families of
small tasks are trained cold, then again from the weights of families on other data: those of the nearest one
by meta-features, unless fresh ones do better in a trial run (as `autometa optimizer train` begins); of the
three nearest, the one that does best in a trial run; an average of the three, weighted by similarity.
Controls: the weights of a random family, those of the one whose optimizer does best on all others, and cold
with other first weights, which tells how much chance decides. "unlike" starts know networks only where
quadratics are trained, and the other way round.

Counted are updates until the validation is as good as the best one of the cold run, over the updates that the
cold run took for it. A trial run is counted as the updates that see as many steps of the tasks, though it has
no backward half. Intervals are bootstraps over data sets with their seeds.
"""

import argparse
import json
import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autometa.dataset import FloatArray
from autometa.learned_optimizers import LSTMOptimizer
from autometa.learned_optimizers.meta_training.validation import Validation
from autometa.learned_optimizers.selection import trial_run
from autometa.metafeatures.base import MetaFeatureTable
from autometa.tuning import TuningTask
from autometa.tuning.optimizer_task import optimizer_task
from benchmarks.environment import environment
from benchmarks.optimizer_families import (
    N_STEPS,
    Training,
    Weights,
    data_of,
    families,
    kind_of,
    plan,
    trained,
    weights_of,
)

RESULT = Path(__file__).parent / "results" / "optimizer_warmstart.json"
N_BOOTSTRAP, N_NEIGHBORS = 10_000, 3
METHODS = (
    *("nearest", "best of three", "average of three"),
    *("random checkpoint", "best-average checkpoint", "cold again"),
    *("unlike, nearest", "unlike, best of three"),
)
LONGER = ("quadratics gaussian", "digits relu 10", "cancer tanh 5", "wine sigmoid 10", "vehicle tanh 8")
CONTROLS = ("average of three", "random checkpoint", "best-average checkpoint")  # end at the goal
FRESH = "cold"


def main() -> None:
    """Train what is missing, and analyse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    seeds = range(options.seeds)
    cells = {}
    for seed in seeds:
        for family in families():
            trained(family, seed, FRESH)
        for method in METHODS:
            cells |= {(method, family, seed): cell(method, family, seed) for family in families()}
    result = analyse(cells, seeds)
    result["summary"]["three times as many updates"] = at_length(3 * N_STEPS)
    print(json.dumps(result["summary"], indent=1))
    RESULT.write_text(json.dumps({"environment": environment(), **result}, indent=1) + "\n", encoding="utf-8")


def cell(method: str, family: str, seed: int) -> dict[str, Any]:
    """What a method needed for this family."""
    cold = trained(family, seed, FRESH)
    start, n_extra = start_of(method, family, seed)
    warm = run_from(start, family, seed, goal=cold.final if method in CONTROLS else None)
    goal, own = cold.final, max(cold.steps_to(cold.final), 1.0)
    needed = warm.steps_to(goal) + n_extra
    return {
        "start": start,
        "steps": needed,
        "cold_steps": own,
        "steps_ratio": needed / own,
        "first": warm.curve[0][1],
        "final": None if method in CONTROLS else warm.final,
        "cold_first": cold.curve[0][1],
        "cold_final": goal,
        "final_ratio": math.nan if method in CONTROLS else warm.final / goal,
    }


def run_from(start: str, family: str, seed: int, *, goal: float | None) -> Training:
    """The training from this start; methods that begin alike share it. With a goal, it may end there."""
    if start in (FRESH, "cold again"):
        return trained(family, seed, start)
    if start.startswith("average"):
        return trained(family, seed, start, partial(averaged, family, seed), goal=goal)
    return trained(family, seed, f"from {start}", partial(weights_of, start, seed), goal=goal)


def start_of(method: str, family: str, seed: int) -> tuple[str, float]:
    """The family whose weights are taken, and the updates that choosing costs."""
    if method == "cold again":
        return method, 0.0
    known = known_to(family, is_unlike=method.startswith("unlike"))
    order = by_distance(family, known)
    if method == "average of three":
        return "average", 0.0
    if method == "random checkpoint":
        rng = np.random.default_rng([seed, list(families()).index(family)])
        return known[int(rng.integers(len(known)))], 0.0
    if method == "best-average checkpoint":
        return best_on_average(known, seed), 0.0
    candidates = [*order[: 1 if method.endswith("nearest") else N_NEIGHBORS], FRESH]
    found = min(candidates, key=lambda one: trial(one, family, seed))
    chosen = plan(seed)
    return found, len(candidates) * chosen.unroll / chosen.truncation


def known_to(family: str, *, is_unlike: bool) -> list[str]:
    """Families on other data; of the other kind only, where `is_unlike`."""
    others = [one for one in families() if data_of(one) != data_of(family)]
    return [one for one in others if not is_unlike or kind_of(one) != kind_of(family)]


@cache
def about(family: str) -> TuningTask:
    """The family, measured."""
    return optimizer_task(families()[family], horizon=plan(0).unroll)


def distances_to(family: str, known: Sequence[str]) -> FloatArray:
    """By meta-features; ranks are among the known ones."""
    features = about(family).meta_features
    rows = np.stack([about(one).meta_features.values for one in known])
    table = MetaFeatureTable(features.pack, features.version, tuple(known), features.names, rows)
    return about(family).similarity.distances(features, table)


def by_distance(family: str, known: Sequence[str]) -> list[str]:
    """The known families, the nearest first."""
    return [known[row] for row in np.argsort(distances_to(family, known), kind="stable")]


def averaged(family: str, seed: int) -> Weights:
    """Mean weights of the three nearest, weighted by similarity; all began with the same weights."""
    known = known_to(family, is_unlike=False)
    nearest = by_distance(family, known)[:N_NEIGHBORS]
    shares = about(family).similarity.weights(distances_to(family, nearest))
    parts = [weights_of(one, seed) for one in nearest]
    shares = shares / shares.sum()
    return {
        name: sum(share * part[name] for share, part in zip(shares.tolist(), parts, strict=True))
        for name in parts[0]
    }


def optimizer_of(start: str, seed: int) -> LSTMOptimizer:
    """With the weights of a cold run, or fresh ones."""
    made = LSTMOptimizer.build(plan(seed).network, seed=seed)
    if start != FRESH:
        made.load_state_dict(dict(weights_of(start, seed)))
    return made


@cache
def trial(start: str, family: str, seed: int) -> float:
    """How the weights do in a trial run of the family."""
    return trial_run(optimizer_of(start, seed), families()[family], plan=plan(seed))


@cache
def foreign(start: str, family: str, seed: int) -> float:
    """Logarithm of the validation loss of one family's optimizer on another family."""
    chosen = plan(seed)
    validation = Validation(families()[family], chosen.n_validation, chosen.unroll, chosen.seed)
    return math.log(validation.of(optimizer_of(start, seed)))


def best_on_average(known: Sequence[str], seed: int) -> str:
    """The optimizer of the best mean rank over the other known families."""
    table = np.array([[foreign(one, other, seed) for other in known] for one in known])
    np.fill_diagonal(table, np.nan)
    ranks = np.array([[np.nansum(column < value) for value in column] for column in table.T]).T
    return known[int(np.nanmean(np.where(np.isnan(table), np.nan, ranks), axis=1).argmin())]


def at_length(n_steps: int) -> dict[str, Any]:
    """Longer trainings of some families: from weights of short ones, and of others that were as long."""
    found: dict[str, Any] = {}
    for family in LONGER:
        cold = trained(family, 0, FRESH, n_steps=n_steps)
        goal, own = cold.final, max(cold.steps_to(cold.final), 1.0)
        row: dict[str, Any] = {"cold_final": goal, "cold_steps": own}
        chosen = plan(0)
        n_extra = 2 * chosen.unroll / chosen.truncation
        near = by_distance(family, [one for one in LONGER if data_of(one) != data_of(family)])[0]
        starts = {
            "nearest": (start_of("nearest", family, 0)[0], n_extra, FRESH),
            "random checkpoint": (start_of("random checkpoint", family, 0)[0], 0.0, FRESH),
            "nearest, trained as long": (near, n_extra, f"{FRESH} in {n_steps}"),
        }
        for method, (start, extra, kind) in starts.items():
            weights = partial(weights_of, start, 0, kind)
            name = f"from {start}" if kind == FRESH else f"from long {start}"
            warm = trained(family, 0, name, weights, goal=goal, n_steps=n_steps)
            row[method] = (warm.steps_to(goal) + extra) / own
            row[f"{method}, final over cold until then"] = warm.final / goal
        found[family] = plain(row)
    return found


def analyse(cells: dict[tuple[str, str, int], dict[str, Any]], seeds: range) -> dict[str, Any]:
    """Medians with intervals, and every cell."""
    summary: dict[str, Any] = {}
    for method in METHODS:
        of = {name: grid(cells, method, name, seeds) for name in ("steps_ratio", "final_ratio")}
        networks = np.array([kind_of(family) == "networks" for family in families()])
        steps, finals = of["steps_ratio"], of["final_ratio"]
        summary[method] = {
            "median_steps_over_cold": interval(np.median, steps),
            "median_steps_over_cold_networks": interval(np.median, steps, networks),
            "share_within_a_third": interval(lambda one: float((one <= 1 / 3).mean()), steps),
            "share_never_as_good": interval(lambda one: float(np.isinf(one).mean()), steps),
        }
        if method not in CONTROLS:
            summary[method] |= {
                "median_final_over_cold": interval(np.median, finals),
                "largest_final_over_cold": round(float(finals.max()), 3),
                "share_worse_than_5_percent": interval(lambda one: float((one > 1.05).mean()), finals),
            }
    costs = [trained(family, seed, FRESH).cpu_seconds for family in families() for seed in seeds]
    setting = {
        "families": {name: family.describe() for name, family in families().items()},
        "plan": {name: getattr(plan(0), name) for name in plan(0).__slots__},
        "n_seeds": len(seeds),
        "cpu_seconds_of_cold_runs": round(sum(costs)),
    }
    rows = [
        {"method": method, "family": family, "seed": seed, **plain(found)}
        for (method, family, seed), found in cells.items()
    ]
    return {"setting": setting, "summary": summary, "cells": rows}


def grid(
    cells: dict[tuple[str, str, int], dict[str, Any]], method: str, name: str, seeds: range
) -> FloatArray:
    """(families, seeds)."""
    return np.array([[cells[method, family, seed][name] for seed in seeds] for family in families()])


def interval(
    statistic: Callable[[FloatArray], float], values: FloatArray, is_counted: FloatArray | None = None
) -> list[float | None]:
    """The statistic and its 95 % interval; data sets are drawn, with all their families and seeds."""
    names = np.array(list(map(data_of, families())))
    kept = np.ones(len(names), dtype=bool) if is_counted is None else is_counted
    blocks = [values[(names == one) & kept].ravel() for one in dict.fromkeys(names[kept])]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(blocks), size=(N_BOOTSTRAP, len(blocks)))
    found = [statistic(np.concatenate([blocks[one] for one in draw])) for draw in drawn]
    low, high = np.quantile(found, [0.025, 0.975], method="inverted_cdf")
    point = statistic(np.concatenate(blocks))
    return [round(float(one), 3) if np.isfinite(one) else None for one in (point, low, high)]


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """Numbers of five digits; None for infinite ones."""
    return {
        name: (float(f"{one:.5g}") if math.isfinite(one) else None) if isinstance(one, float) else one
        for name, one in found.items()
    }


if __name__ == "__main__":
    main()
