"""Whether an ensemble of a search's trials is better than its best trial, on rows set aside.

`python -m benchmarks.bench_ensemble [--seeds N] [--tables N] [--metric M …]` searches tables drawn as those
of `bench_tune` (their families left out of the knowledge; 30 % of the rows set aside), 20 warm trials. Each
complete trial predicts the held-out rows of the search's folds and, fitted on all that was searched on, the
rows set aside. Both are kept in `benchmarks/.runs/ensemble/`, so that all rules of choosing are compared on
the same searches; a search that is there is not run again. `--analyse` runs nothing. The comparison is
printed and written to `benchmarks/results/ensemble.json`.
"""

import argparse
import json
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from autometa.dataset import FloatArray, TaskType
from autometa.evaluation.sampling import split_folds
from autometa.learners import learner
from autometa.learners.pipeline import build_pipeline
from autometa.metrics import DEFAULT_METRIC, METRICS
from autometa.tuning import TunedTable, fit_model, tried_configurations, tune_table
from autometa.tuning.new_tables import read_inputs
from autometa.warmstart import DatasetInfo
from benchmarks import bench_tune
from benchmarks.ensemble_selection import (
    BAG_SHARE,
    MINIMIZED,
    N_BAGS,
    N_ROUNDS,
    HeldOutFold,
    bagged,
    best_candidate,
    ensemble_score,
    greedy,
    left_out_gains,
)
from benchmarks.environment import environment

RUNS = Path(__file__).parent / ".runs" / "ensemble"
RESULT = Path(__file__).parent / "results" / "ensemble.json"
N_TRIALS = 20
METHODS = {"greedy": greedy, "bagged": bagged}
RULES = {"always": -np.inf, "if better": 0.0, "if better by a standard error": 1.0}
ALSO_SCORED_IN = {"r2": ("r2", "rmse")}  # of searches in a metric; else that metric alone
ROUNDING = 1e-6  # smaller gains are none


def main() -> None:
    """Run what is missing, then analyse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--tables", type=int, default=24, help="two of three are of classification")
    parser.add_argument("--metric", action="append", help="searched in; the tasks' defaults if none")
    parser.add_argument("--analyse", action="store_true", help="run nothing")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if not options.analyse:
        n = options.tables // 3
        bench_tune.N_TABLES = {TaskType.CLASSIFICATION: 2 * n, TaskType.REGRESSION: n}
        run(options.seeds, options.metric or list(DEFAULT_METRIC.values()))
    cells = [cell for path in sorted(RUNS.glob("*.npz")) for cell in compared(path)]
    setting = {"n_trials": N_TRIALS, "rounds": N_ROUNDS, "bags": N_BAGS, "bag_share": BAG_SHARE}
    result = {"environment": environment(), "setting": setting, "summary": summarised(cells), "cells": cells}
    print(json.dumps(result["summary"], indent=1))
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def run(n_seeds: int, metrics: Sequence[str]) -> None:
    """Play the searches that are missing."""
    RUNS.mkdir(parents=True, exist_ok=True)
    cells = [(seed, info, one) for seed in range(n_seeds) for info in bench_tune.tables() for one in metrics]
    for seed, info, metric in cells:
        path = RUNS / f"{info.name}@{metric}@{seed}.npz"
        if metric in METRICS[info.task_type] and not path.exists():
            np.savez_compressed(path, **play(info, seed, metric), allow_pickle=False)
            print(path.stem, flush=True)


def play(info: DatasetInfo, seed: int, metric: str) -> dict[str, Any]:
    """One search: what its complete trials predict for held-out rows and for rows set aside."""
    train, frame, target = bench_tune.split(info, seed)
    experience, similarity = bench_tune.experience(), bench_tune.similarity(info.task_type)
    tuned = tune_table(
        train, experience=experience, similarity=similarity, metric=metric, n_trials=N_TRIALS, seed=seed
    )
    sign = -1.0 if tuned.setup.direction == "maximize" else 1.0
    scored = [one for one in tried_configurations(tuned.study) if one.score is not None]
    scored.sort(key=lambda one: (sign * (one.score or 0.0), one.number))
    aside, seconds = [], []
    for one in scored:
        start = time.process_time()
        model = fit_model(train, one.learner, one.params, metric=metric, seed=seed)
        seconds.append(time.process_time() - start)
        aside.append(predicted(model.pipeline, read_inputs(frame, model.card)[0], info.task_type))
    held_out = [held_out_predictions(tuned, one.learner, one.params) for one in scored]
    job = tuned.setup.job
    fold = np.empty(len(job.target), dtype=np.int64)
    for place, (_, test) in enumerate(split_folds(job.target, job.task_type, job.plan)):
        fold[test] = place
    return {
        "held_out": np.stack(held_out),
        "fold": fold,
        "target": job.target,
        "aside": np.stack(aside),
        "aside_target": target,
        "refit_seconds": seconds,
    }


def held_out_predictions(tuned: TunedTable, name: str, params: Any) -> FloatArray:
    """(n, classes) or (n,) for every row by the fit that did not see it; the search's folds and seed."""
    job, table = tuned.setup.job, tuned.setup.table
    parts, rows = [], []
    for train, test in split_folds(job.target, job.task_type, job.plan):
        pipeline = build_pipeline(learner(name), params, table.dataset, seed=job.plan.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no convergence and the like are part of what is measured
            pipeline.fit(job.frame.iloc[train], job.target[train])
        parts.append(predicted(pipeline, job.frame.iloc[test], job.task_type))
        rows.append(test)
    joined: FloatArray = np.concatenate(parts)[np.argsort(np.concatenate(rows))]
    return joined


def predicted(pipeline: Any, inputs: Any, task_type: TaskType) -> FloatArray:
    asked = pipeline.predict_proba if task_type is TaskType.CLASSIFICATION else pipeline.predict
    return np.asarray(asked(inputs), dtype=np.float64)


def compared(path: Path) -> list[dict[str, Any]]:
    """One search, in each metric: what each method selects, on left-out folds and on rows set aside."""
    name, searched, seed = path.stem.split("@")
    with np.load(path) as cell:
        held_out, fold, target, seconds = (cell[k] for k in ("held_out", "fold", "target", "refit_seconds"))
        aside = [HeldOutFold(cell["aside"], cell["aside_target"])]
    folds = [HeldOutFold(held_out[:, fold == one], target[fold == one]) for one in range(fold.max() + 1)]
    results = []
    for metric in ALSO_SCORED_IN.get(searched, (searched,)):
        alone = best_candidate(folds, metric)
        result: dict[str, Any] = {
            "table": name,
            "metric": metric,
            "seed": int(seed),
            "n_complete": len(alone),
        }
        result |= {"best": ensemble_score(aside, metric, alone), "refit_seconds": float(seconds @ alone)}
        for method, select in METHODS.items():
            weights, gains = select(folds, metric), left_out_gains(folds, metric, select)
            result[method] = {
                "aside": ensemble_score(aside, metric, weights),
                "left_out_gain": float(gains.mean()),
                "error": float(gains.std(ddof=1) / len(gains) ** 0.5),
                "n_members": int(np.count_nonzero(weights)),
                "refit_seconds": float(seconds[weights > 0].sum()),
            }
        results.append(result)
    return results


def summarised(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """By metric, method and rule, the mean gain on rows set aside; intervals over tables."""
    summary: dict[str, Any] = {}
    for metric in dict.fromkeys(cell["metric"] for cell in cells):
        chosen = [cell for cell in cells if cell["metric"] == metric]
        rows: dict[str, Any] = {"n_tables": len({cell["table"] for cell in chosen})}
        rows["n_searches"] = len(chosen)
        for method in METHODS:
            for rule, factor in RULES.items():
                rows[f"{method}, {rule}"] = gained(chosen, method, factor)
        summary[metric] = rows
    return summary


def gained(cells: Sequence[dict[str, Any]], method: str, factor: float) -> dict[str, Any]:
    """The best trial is kept where the ensemble's left-out gain is not above so many standard errors."""
    used = np.array([is_used(cell[method], factor) for cell in cells])
    gains = np.where(used, [gain(cell, method) for cell in cells], 0.0)
    refits = [cell[method]["refit_seconds"] for cell in cells]
    alone = [cell["refit_seconds"] for cell in cells]
    return {
        "gain": float(gains.mean()),
        "interval": bench_tune.interval(gains, np.array([cell["table"] for cell in cells])),
        "wins": int((gains > ROUNDING).sum()),
        "losses": int((gains < -ROUNDING).sum()),
        "share_used": float(used.mean()),
        "refit_cpu_seconds": float(np.where(used, refits, alone).mean()),
        "refit_cpu_seconds_best": float(np.mean(alone)),
    }


def is_used(found: dict[str, Any], factor: float) -> bool:
    limit = -np.inf if factor == -np.inf else max(factor * found["error"], ROUNDING)
    return bool(found["left_out_gain"] > limit)


def gain(cell: dict[str, Any], method: str) -> float:
    """On rows set aside; of the error's size in RMSE, whose unit is the table's; R² below 0 counts as 0."""
    metric, alone, together = cell["metric"], cell["best"], cell[method]["aside"]
    if metric == "r2":
        alone, together = max(alone, 0.0), max(together, 0.0)
    difference = alone - together if metric in MINIMIZED else together - alone
    return float(difference / alone if metric == "rmse" else difference)


if __name__ == "__main__":
    main()
