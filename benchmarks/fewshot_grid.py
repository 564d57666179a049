"""A dense table of few-shot trainings: alphabets of Omniglot × configurations of prototypical networks.

An alphabet is a task distribution: half of its characters train, a quarter each chooses and reports; the
rotations of a character are classes that stay with it. Each cell trains on 5,000 drawings and is measured on
60 validation and 60 test episodes, 10-way 1-shot. Rows are appended to `benchmarks/.runs/fewshot_grid.jsonl`,
alphabet by alphabet; what is there is not run again.
"""

import itertools
import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autometa.errors import TrainingError
from autometa.fewshot import ClassData, split_classes
from autometa.fewshot.configuration_trial import Budget, measure_learner, train_configuration
from autometa.fewshot.data.omniglot import read_omniglot
from autometa.fewshot.data.parts import DataParts, Part
from autometa.fewshot.task_distribution import TaskDistribution
from autometa.search_space import FloatRange, IntRange, SearchSpace, Value

OMNIGLOT = Path(__file__).parents[2] / "shared" / "data" / "omniglot" / "omniglot.npz"
RUNS = Path(__file__).parent / ".runs" / "fewshot_grid.jsonl"
LEARNER, MIN_CHARACTERS = "prototypical", 20
BUDGET = Budget(n_examples=5_000, n_validation=60)
GRID: dict[str, tuple[Value, ...]] = {
    "plan.learning_rate": (0.0003, 0.002, 0.012, 0.07),
    "backbone.n_filters": (8, 16, 32),
    "backbone.n_layers": (2, 4),
    "train_way": (5, 20),
}
SPACE = SearchSpace(
    "fewshot/prototypical",
    1,
    (
        FloatRange("plan.learning_rate", 0.0001, 0.1, log=True),
        IntRange("backbone.n_filters", 8, 32, log=True),
        IntRange("backbone.n_layers", 2, 4),
        IntRange("train_way", 5, 20, log=True),
    ),
)


def configurations() -> list[dict[str, Value]]:
    """All cells of the grid."""
    return [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]


@cache
def omniglot() -> ClassData:
    return read_omniglot(OMNIGLOT)


@cache
def alphabets() -> tuple[str, ...]:
    """Those with enough characters, in a random order that is always the same."""
    characters = {name.rsplit("/", 1)[0] for name in omniglot().names}
    names, counts = np.unique([one.split("/")[0] for one in sorted(characters)], return_counts=True)
    large = names[counts >= MIN_CHARACTERS]
    return tuple(str(name) for name in np.random.default_rng(0).permutation(large))


def task(alphabet: str) -> TaskDistribution:
    """The episodes of one alphabet."""
    names = [name for name in omniglot().names if name.split("/")[0] == alphabet]
    characters = sorted({name.rsplit("/", 1)[0] for name in names})
    quarter = len(characters) // 4
    groups = split_classes(characters, [len(characters) - 2 * quarter, quarter, quarter], seed=0)
    parts = [
        omniglot().select(name for name in names if name.rsplit("/", 1)[0] in set(group)) for group in groups
    ]
    return TaskDistribution(DataParts(f"omniglot {alphabet}", *parts), way=10, shot=1, query=5)


def read_rows() -> list[dict[str, Any]]:
    """All cells that were measured."""
    return [json.loads(line) for line in RUNS.read_text().splitlines()] if RUNS.exists() else []


def measure(n_alphabets: int) -> None:
    """Fill in the cells that are missing."""
    RUNS.parent.mkdir(exist_ok=True)
    done = {(row["alphabet"], json.dumps(row["params"])) for row in read_rows()}
    for alphabet in alphabets()[:n_alphabets]:
        tasks = task(alphabet)
        for params in configurations():
            if (alphabet, json.dumps(params)) in done:
                continue
            with RUNS.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"alphabet": alphabet, "params": params, **cell(tasks, params)}) + "\n")
        print(alphabet, flush=True)


def cell(tasks: TaskDistribution, params: dict[str, Value]) -> dict[str, Any]:
    """Accuracies and CPU seconds of one training; None where it failed."""
    start = time.process_time()
    try:
        learner = train_configuration(tasks, LEARNER, params, budget=BUDGET)
    except TrainingError:
        return {"validation": None, "test": None, "seconds": round(time.process_time() - start, 2)}
    parts: tuple[Part, ...] = ("validation", "test")
    n = BUDGET.n_validation
    means = [round(measure_learner(learner, tasks, part, n_episodes=n).mean, 5) for part in parts]
    return {"validation": means[0], "test": means[1], "seconds": round(time.process_time() - start, 2)}
