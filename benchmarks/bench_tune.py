"""How much sooner `autometa tune` is good when it is warm: real tables, their families held out.

`python -m benchmarks.bench_tune [--seeds N] [--trials N]` searches a dozen tables of the development data,
warm and cold (plain TPE on the same space, `--cold`). All tables' families are left out of the knowledge, and
the similarity is trained on what is left. Three rows in ten are set aside for each seed and are never used
for choosing. Each search is appended to `benchmarks/.runs/tune.jsonl`; what is there is not run again, so
that it can be stopped at any time. `--analyse` prints and writes `benchmarks/results/tune.json` from what is
there.
"""

import argparse
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from sklearn.model_selection import train_test_split

from autometa.dataset import FloatArray, TaskType
from autometa.evaluation.scoring import score
from autometa.history import PriorStudy
from autometa.metafeatures import MetaFeatureTable
from autometa.metrics import DEFAULT_METRIC
from autometa.readers import Table, table_from_frame
from autometa.similarity import SimilarityModel
from autometa.similarity.examples import table_rows
from autometa.similarity.trained import DEFAULT_MODEL
from autometa.similarity.trainers import trainers
from autometa.tuning import fit_model, tried_configurations, tune_table
from autometa.tuning.new_tables import read_inputs
from autometa.warmstart import DatasetInfo, PerformanceTable
from autometa.warmstart.similarity_learning import experience_of
from autometa_store.knowledge import StarterKnowledge, load_starter
from benchmarks.environment import environment

DATA = Path(__file__).parents[2] / "shared" / "data" / "tabular"
RUNS = Path(__file__).parent / ".runs" / "tune.jsonl"
RESULT = Path(__file__).parent / "results" / "tune.json"
AT = (1, 3, 5, 10, 20)
N_TABLES = {TaskType.CLASSIFICATION: 8, TaskType.REGRESSION: 4}
MIN_ROWS, MAX_ROWS, MAX_COLUMNS, MAX_CLASSES, MIN_CLASS_SHARE = 200, 600, 25, 4, 0.1
TEST_SHARE, N_BOOTSTRAP = 0.3, 10_000


class HeldOut:
    """The knowledge without some families.

    Args:
        knowledge: all of it.
        families: left out.
    """

    def __init__(self, knowledge: StarterKnowledge, families: frozenset[str]):
        self._knowledge = knowledge
        self._families = families

    def datasets(self, task_type: TaskType) -> list[DatasetInfo]:
        """The data sets that are left."""
        return [info for info in self._knowledge.datasets(task_type) if info.family not in self._families]

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """Theirs."""
        table = self._knowledge.meta_features(task_type, pack)
        return table_rows(table, self._rows(task_type, table.dataset_ids))

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        """Theirs."""
        table = self._knowledge.performance(task_type, metric)
        rows = self._rows(task_type, table.dataset_ids)
        return PerformanceTable(
            table.metric,
            table.direction,
            tuple(table.dataset_ids[row] for row in rows),
            table.candidates,
            table.scores[rows],
            table.failed[rows],
            table.fit_seconds[rows],
            None if table.fit_rows is None else table.fit_rows[rows],
        )

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> list[PriorStudy]:
        """Theirs."""
        known = {info.dataset_id for task in TaskType for info in self.datasets(task)}
        wanted = known if dataset_ids is None else known & set(dataset_ids)
        return self._knowledge.studies(search_space, sorted(wanted))

    def _rows(self, task_type: TaskType, dataset_ids: Sequence[str]) -> list[int]:
        known = {info.dataset_id for info in self.datasets(task_type)}
        return [row for row, dataset_id in enumerate(dataset_ids) if dataset_id in known]


def main() -> None:
    """Run what is missing, then analyse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--trials", type=int, default=max(AT))
    parser.add_argument("--analyse", action="store_true", help="run nothing")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if not options.analyse:
        run(options.seeds, options.trials)
    result = analyse(read_cells())
    print(json.dumps(result["summary"], indent=1))
    RESULT.write_text(json.dumps({"environment": environment(), **result}, indent=1) + "\n", encoding="utf-8")


def run(n_seeds: int, n_trials: int) -> None:
    """Play the cells that are missing; a seed is complete before the next one begins."""
    RUNS.parent.mkdir(exist_ok=True)
    done = {(cell["table"], cell["seed"], cell["method"]) for cell in read_cells()}
    for seed in range(n_seeds):
        for info in tables():
            for method in ("warm", "cold"):
                if (info.name, seed, method) in done:
                    continue
                cell = play(info, seed, method, n_trials)
                with RUNS.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(cell) + "\n")
                print(f"{info.name:<30}{seed:>3} {method:<5}{cell['cv']} {cell['test']}", flush=True)


def read_cells() -> list[dict[str, Any]]:
    """All that was played."""
    return [json.loads(line) for line in RUNS.read_text().splitlines()] if RUNS.exists() else []


@cache
def knowledge() -> StarterKnowledge:
    return load_starter()


@cache
def tables() -> tuple[DatasetInfo, ...]:
    """The tables, drawn once from those of a handy size; of each family at most one."""
    index = pd.read_csv(DATA / "index.csv").set_index("name")
    chosen = []
    for task, n in N_TABLES.items():
        infos = [info for info in knowledge().datasets(task) if is_handy(info, index)]
        order = np.random.default_rng(0).permutation(len(infos))
        by_family = {infos[i].family: infos[i] for i in order}
        chosen += list(by_family.values())[:n]
    return tuple(chosen)


def is_handy(info: DatasetInfo, index: pd.DataFrame) -> bool:
    if not (MIN_ROWS <= info.n_rows <= MAX_ROWS and info.n_columns <= MAX_COLUMNS):
        return False
    if info.task_type is TaskType.REGRESSION:
        return True
    row = index.loc[info.name]
    labels = pd.read_parquet(DATA / row["file"], columns=[row["target"]])[row["target"]]
    shares = labels.value_counts(normalize=True)
    return bool(info.n_classes <= MAX_CLASSES and shares.min() >= MIN_CLASS_SHARE)


@cache
def experience() -> HeldOut:
    return HeldOut(knowledge(), frozenset(info.family for info in tables()))


@cache
def similarity(task_type: TaskType) -> SimilarityModel:
    """Trained without the tables' families."""
    return trainers([DEFAULT_MODEL])[DEFAULT_MODEL](experience_of(experience(), task_type).examples)


def play(info: DatasetInfo, seed: int, method: str, n_trials: int) -> dict[str, Any]:
    """One search; the scores of its best configuration after so many trials."""
    train, test_frame, test_target = split(info, seed)
    warm = {"experience": experience(), "similarity": similarity(info.task_type)} if method == "warm" else {}
    tuned = tune_table(train, n_trials=n_trials, seed=seed, **warm)
    tried = tried_configurations(tuned.study)
    cv, test, memo = [], [], {}
    for at in (at for at in AT if at <= n_trials):
        scored = [one for one in tried[:at] if one.score is not None]
        best = max(scored, key=lambda one: one.score or 0.0)
        if best.number not in memo:
            memo[best.number] = test_score(train, best, test_frame, test_target, seed)
        cv.append(round(best.score, 5))
        test.append(round(memo[best.number], 5))
    spent = [one.n_folds * (one.fit_seconds or 0.0) for one in tried]
    return {
        "table": info.name,
        "task": str(info.task_type),
        "seed": seed,
        "method": method,
        "cv": cv,
        "test": test,
        "curve": best_so_far([one.score for one in tried]),
        "n_pruned": sum(one.status == "pruned" for one in tried),
        "n_folds": [one.n_folds for one in tried],
        "fit_seconds": round(sum(spent), 3),
    }


def split(info: DatasetInfo, seed: int) -> tuple[Table, pd.DataFrame, Any]:
    """What is searched on, and the rows set aside with their targets."""
    row = pd.read_csv(DATA / "index.csv").set_index("name").loc[info.name]
    whole = table_from_frame(
        pd.read_parquet(DATA / row["file"]), target=row["target"], task_type=info.task_type, name=info.name
    )
    labels = whole.dataset.target if info.task_type is TaskType.CLASSIFICATION else None
    rows, aside = train_test_split(
        np.arange(whole.dataset.n_rows), test_size=TEST_SHARE, stratify=labels, random_state=seed
    )
    frame = whole.frame.iloc[rows].assign(**{row["target"]: whole.labels[rows]}).reset_index(drop=True)
    train = table_from_frame(frame, target=row["target"], task_type=info.task_type, name=info.name)
    return train, whole.frame.iloc[aside].reset_index(drop=True), whole.dataset.target[aside]


def test_score(train: Table, best: Any, frame: pd.DataFrame, target: Any, seed: int) -> float:
    """Of the configuration fitted on all that was searched on."""
    task_type = train.dataset.task_type
    metric = DEFAULT_METRIC[task_type]
    model = fit_model(train, best.learner, best.params, metric=metric, seed=seed)
    inputs, _ = read_inputs(frame, model.card)
    return score(model.pipeline, inputs, target, task_type)[metric]


def best_so_far(scores: Sequence[float | None]) -> list[float | None]:
    curve: list[float | None] = []
    for value in scores:
        known = [one for one in (*curve[-1:], value) if one is not None]
        curve.append(max(known) if known else None)
    return curve


def analyse(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Warm minus cold, in pairs of table and seed; intervals over tables."""
    played = {(cell["table"], cell["seed"], cell["method"]): cell for cell in cells}
    pairs = [
        (cell, played[name, seed, "cold"])
        for (name, seed, method), cell in played.items()
        if method == "warm" and (name, seed, "cold") in played
    ]
    summary: dict[str, Any] = {"n_tables": len({warm["table"] for warm, _ in pairs}), "n_pairs": len(pairs)}
    names = np.array([warm["table"] for warm, _ in pairs])
    for kind in ("cv", "test"):
        for place, at in enumerate(AT):
            both = np.array(
                [[no_worse_than_constant(one[kind][place], one) for one in pair] for pair in pairs]
            )
            summary[f"{kind} at {at}"] = compared(both, names)
    needed = np.array([trials_needed(cold["curve"], warm["cv"][AT.index(5)]) for warm, cold in pairs])
    summary["cold trials to reach warm's cross-validated score at 5"] = {
        "median": float(np.median(needed)),
        "share_not_reached": float(np.mean(np.isinf(needed))),
    }
    for position, method in enumerate(("warm", "cold")):
        folds = [count for pair in pairs for count in pair[position]["n_folds"]]
        summary[f"folds fitted, {method}"] = float(np.mean(folds)) / max(folds)
    setting = {"at": AT, "test_share": TEST_SHARE, "bootstrap": N_BOOTSTRAP, "similarity": DEFAULT_MODEL}
    return {"setting": setting, "summary": summary, "cells": cells}


def no_worse_than_constant(value: float, cell: dict[str, Any]) -> float:
    """R² below 0, what a constant scores, is 0: else one table would decide the mean."""
    return max(value, 0.0) if cell["task"] == TaskType.REGRESSION else value


def compared(both: FloatArray, names: Any) -> dict[str, Any]:
    """Means, the paired difference with its 95 % interval, and who wins how often."""
    differences = both[:, 0] - both[:, 1]
    return {
        "warm": float(both[:, 0].mean()),
        "cold": float(both[:, 1].mean()),
        "difference": float(differences.mean()),
        "interval": interval(differences, names),
        "wins": int((differences > 0).sum()),
        "losses": int((differences < 0).sum()),
    }


def interval(differences: FloatArray, names: Any) -> list[float]:
    """95 % interval of the mean, tables drawn with replacement."""
    _, codes = np.unique(names, return_inverse=True)
    sums, counts = np.bincount(codes, differences), np.bincount(codes)
    draws = np.random.default_rng(0).integers(len(sums), size=(N_BOOTSTRAP, len(sums)))
    low, high = np.quantile(sums[draws].sum(axis=1) / counts[draws].sum(axis=1), [0.025, 0.975])
    return [float(low), float(high)]


def trials_needed(curve: Sequence[float | None], goal: float) -> float:
    """Trials until the curve reaches the goal; infinite if it never does."""
    reached = [place for place, value in enumerate(curve, start=1) if value is not None and value >= goal]
    return float(reached[0]) if reached else float("inf")


if __name__ == "__main__":
    main()
