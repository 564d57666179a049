"""Which similarity model advises best on data sets never seen? Ten folds over families, nested.

`python -m benchmarks.bench_similarity [--knowledge FILE] [--out FILE]` trains every model inside each fold on
the sources of that fold alone, also with meta-features dealt to wrong data sets, and compares with no
similarity (the plain portfolio) and with an oracle that knows how the target truly disagrees with each
source. It prints, per task, the mean normalised regret of the best among the first 1, 3, 5 and 10
suggestions, the paired difference to no similarity with its 95 % bootstrap interval over families, the share
of the oracle's gain, and the held-out rank correlation of distance and true disagreement; and it names the
winner, the least mean difference over both tasks, beside the model that ships as default.
"""

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autometa.dataset import TaskType
from autometa.similarity import DEFAULT_MODEL
from autometa.warmstart.assessment import AT, N_BOOTSTRAP, N_FOLDS, REFEREE
from autometa.warmstart.similarity_learning import COMPARED, evaluate_similarity, experience_of
from autometa_store.knowledge import load_starter
from autometa_store.knowledge.starter import STARTER_FILE
from benchmarks.environment import environment


def main() -> None:
    """Run on both tasks, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--knowledge", type=Path, default=STARTER_FILE)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "bench_similarity.json"
    )
    options = parser.parse_args()
    knowledge, start = load_starter(options.knowledge), time.process_time()
    tasks = {}
    for task in TaskType:
        tasks[str(task)] = evaluate_similarity(experience_of(knowledge, task), COMPARED)
        print_task(str(task), tasks[str(task)])
    seconds = time.process_time() - start
    found = winner(tasks)
    print(f"\nleast regret over both tasks: {found}; default: {DEFAULT_MODEL}; {seconds:.0f} CPU seconds")
    setting = {"folds": N_FOLDS, "bootstrap": N_BOOTSTRAP, "seed": 0, "cpu_seconds": seconds}
    result = {
        "environment": environment(),
        "setting": setting,
        "winner": found,
        "default": DEFAULT_MODEL,
        "tasks": tasks,
    }
    options.out.write_text(json.dumps(_without_nan(result), indent=1) + "\n", encoding="utf-8")


def winner(tasks: Mapping[str, Any]) -> str:
    """The model with the least regret, averaged over tasks and over 1, 3, 5 and 10 suggestions."""
    return min([REFEREE, *COMPARED], key=lambda name: mean_difference(tasks, name))


def mean_difference(tasks: Mapping[str, Any], name: str) -> float:
    """Regret less that of no similarity, averaged over tasks and over 1, 3, 5 and 10 suggestions."""
    return float(np.mean([task["models"][name]["regret"]["mean"]["difference"] for task in tasks.values()]))


def print_task(name: str, result: Mapping[str, Any]) -> None:
    """The table as people read it."""
    print(
        f"\n{name}: {result['n_datasets']} data sets of {result['n_families']} families, "
        f"{result['n_configurations']} configurations"
    )
    print(
        f"{'model':<20}"
        + "".join(f"{f'at {at}':>9}" for at in AT)
        + f"{'mean difference to none':>30}{'of oracle':>11}{'transfer':>10}{'surface':>9}"
        f"{'sources':>9}{'slope':>7}{'s/fold':>8}"
    )
    for model, report in result["models"].items():
        print(f"{model:<20}" + _cells(report))


def _cells(report: Mapping[str, Any]) -> str:
    mean, correlation = report["regret"]["mean"], report["rank_correlation"]
    low, high = mean["interval"]
    return (
        "".join(f"{report['regret'][str(at)]['regret']:>9.4f}" for at in AT)
        + f"{mean['difference']:+.4f} [{low:+.4f}, {high:+.4f}]".rjust(30)
        + f"{mean['share_of_oracle_gap']:>11.0%}{correlation['transfer_regret']:>10.3f}"
        + f"{correlation['response_surface']:>9.3f}{report['effective_share']['all']:>9.0%}"
        + f"{report['calibration_slope']:>7.2f}{report['training_seconds']:>8.2f}"
    )


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value


if __name__ == "__main__":
    main()
