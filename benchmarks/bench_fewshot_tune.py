"""How many trials a warm-started search over a few-shot learner saves on alphabets that it has never seen.

`python -m benchmarks.bench_fewshot_tune --measure N` fills the table of `benchmarks/fewshot_grid.py` for N
alphabets, about a CPU minute each; it can be stopped at any time. Without the option, searches are replayed
on the alphabets that are complete: `tune` itself, with an objective that looks its accuracy up in the table.

Each alphabet is searched with the others as its past, those of the same script left out: of each, what a
cold search of 20 trials left in a store. Methods: warm, warm without meta-features, cold (TPE), cold
beginning with the learner's defaults, random. Accuracy is chosen by validation characters; characters of the
test report. Intervals are bootstraps over alphabets.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray

from autometa.dataset import FloatArray, TaskType
from autometa.errors import TrainingError
from autometa.history import PriorStudy
from autometa.metafeatures import MetaFeatureTable
from autometa.optuna_spaces import suggest_configuration
from autometa.search_space import Configuration, Value
from autometa.tuning import TuningTask, tune
from autometa.tuning.few_shot import few_shot_task
from autometa_store.trial_store import TrialStore
from benchmarks.environment import environment
from benchmarks.fewshot_grid import BUDGET, GRID, LEARNER, SPACE, configurations, measure, read_rows, task

RESULT = Path(__file__).parent / "results" / "fewshot_tune.json"
N_TRIALS, N_PAST, N_SEEDS, N_BOOTSTRAP = 40, 20, 5, 10_000
AT = (1, 2, 3, 5, 10, 20, 40)
MARGINS = (0.005, 0.01, 0.02)  # below the best accuracy of the alphabet's table
SCRIPTS = ("Syriac", "Japanese", "Aboriginal", "Georgian", "Cyrillic")  # of several alphabets each
METHODS = ("warm", "warm without meta-features", "cold", "cold, defaults first", "random")
RATIOS = (
    *(("warm", "cold"), ("warm", "cold, defaults first"), ("warm", "warm without meta-features")),
    *(("cold, defaults first", "cold"), ("random", "cold")),
)
DEFAULTS: dict[
    str, Value
] = {  # the learner's own, trained with the ways it is tested with; the widest net here
    "plan.learning_rate": 0.001,
    "backbone.n_filters": 32,
    "backbone.n_layers": 4,
    "train_way": 10,
}


class Lookup:
    """An objective: the accuracy of the nearest cell, parameter by parameter.

    Args:
        scores: by the cell's text; None where the training failed.
    """

    def __init__(self, scores: Mapping[str, float | None]):
        self._scores = scores

    def __call__(self, trial: optuna.Trial) -> float:
        """Look it up."""
        cell = cell_of(suggest_configuration(trial, SPACE))
        trial.set_user_attr("cell", cell)
        score = self._scores[cell]
        if score is None:
            raise TrainingError("this training failed")
        return score


class LeftOut:
    """A store without some tasks.

    Args:
        store: all of them.
        ids: left out.
    """

    def __init__(self, store: TrialStore, ids: frozenset[str]):
        self._store, self._ids = store, ids
        self.artifact_names, self.artifact = store.artifact_names, store.artifact
        self.add_artifact = store.add_artifact

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """Of those that are left."""
        table = self._store.meta_features(task_type, pack)
        kept = [row for row, name in enumerate(table.dataset_ids) if name not in self._ids]
        ids = tuple(table.dataset_ids[row] for row in kept)
        return MetaFeatureTable(table.pack, table.version, ids, table.names, table.values[kept])

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> list[PriorStudy]:
        """Of those that are left."""
        found = self._store.studies(search_space, dataset_ids)
        return [study for study in found if study.dataset_id not in self._ids]


def main() -> None:
    """Measure, or replay and analyse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--measure", type=int, metavar="N", help="alphabets to fill the table for")
    parser.add_argument("--seeds", type=int, default=N_SEEDS)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if options.measure:
        measure(options.measure)
        return
    curves = replay(options.seeds)
    result = analyse(curves)
    print(json.dumps(result["summary"], indent=1))
    RESULT.write_text(json.dumps({"environment": environment(), **result}, indent=1) + "\n", encoding="utf-8")


def cell_of(params: Configuration) -> str:
    """The nearest value of the grid in every parameter, on a logarithmic scale, as text."""
    nearest: dict[str, Value] = {}
    for name, values in GRID.items():
        gaps = np.abs(np.log(np.array(values, dtype=float)) - np.log(float(params[name] or 0)))
        nearest[name] = values[int(gaps.argmin())]
    return json.dumps(nearest)


@cache
def tables() -> dict[str, dict[str, dict[str, float | None]]]:
    """Alphabet → "validation" and "test" → cell → accuracy; complete alphabets only."""
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for row in read_rows():
        parts = found.setdefault(row["alphabet"], {"validation": {}, "test": {}})
        for part, scores in parts.items():
            scores[json.dumps(row["params"])] = row[part]
    n_cells = len(configurations())
    return {name: parts for name, parts in found.items() if len(parts["test"]) == n_cells}


@cache
def about(alphabet: str) -> TuningTask:
    """The alphabet with its meta-features."""
    return few_shot_task(task(alphabet))


def script(alphabet: str) -> str:
    """What alphabets that are left out together have in common."""
    return next((name for name in SCRIPTS if name in alphabet), alphabet)


def replay(n_seeds: int) -> dict[str, FloatArray]:
    """Method → (2, k alphabets, seeds, trials): validation of the best so far, and its test accuracy."""
    shape = (2, len(tables()), n_seeds, N_TRIALS)
    curves = {method: np.full(shape, np.nan) for method in METHODS}
    for seed in range(n_seeds):
        with tempfile.TemporaryDirectory() as folder, TrialStore.open(f"{folder}/past.db") as store:
            for alphabet in tables():
                search(alphabet, "cold", seed=1000 + seed, n_trials=N_PAST, archive=store)
            for row, alphabet in enumerate(tables()):
                for method in METHODS:
                    study = search(alphabet, method, seed=seed, n_trials=N_TRIALS, past=store)
                    curves[method][:, row, seed] = best_so_far(study, tables()[alphabet])
        print(f"seed {seed}", flush=True)
    return curves


def search(
    alphabet: str,
    method: str,
    *,
    seed: int,
    n_trials: int,
    past: TrialStore | None = None,
    archive: TrialStore | None = None,
) -> optuna.Study:
    """One search on one alphabet's table."""
    objective = Lookup(tables()[alphabet]["validation"])
    if method == "random":
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=seed))
        study.optimize(objective, n_trials=n_trials, catch=(TrainingError,))
        return study
    source = None
    if method.startswith("warm") and past is not None:
        family = [other for other in tables() if script(other) == script(alphabet)]
        source = LeftOut(past, frozenset(about(other).info.dataset_id for other in family))
    return tune(
        objective,
        None if method == "warm without meta-features" else about(alphabet),
        direction="maximize",
        source=source,
        archive=archive,
        search_space=SPACE,
        metric="episode_accuracy",
        n_trials=n_trials,
        first=[DEFAULTS] if method == "cold, defaults first" else (),
        seed=seed,
        catch=(TrainingError,),
        study_name=f"{alphabet} {seed}",
    )


def best_so_far(study: optuna.Study, parts: Mapping[str, Mapping[str, float | None]]) -> FloatArray:
    """(2, trials) validation and test accuracy of the best so far; 0 before any trial succeeded."""
    curve, best = np.zeros((2, N_TRIALS)), (0.0, 0.0)
    for trial in study.trials:
        if trial.value is not None and trial.value > best[0]:
            best = (trial.value, parts["test"][trial.user_attrs["cell"]] or 0.0)
        curve[:, trial.number] = best
    return curve


def analyse(curves: Mapping[str, FloatArray]) -> dict[str, Any]:
    """Accuracies along the trials, and trials until an accuracy is reached, with intervals over alphabets."""
    best = np.array([max(v or 0.0 for v in parts["validation"].values()) for parts in tables().values()])
    summary: dict[str, Any] = {"n_alphabets": len(best), "n_seeds": curves["cold"].shape[2]}
    for part, name in enumerate(("validation", "test")):
        for at in AT:
            means = {method: curve[part, :, :, at - 1].mean(axis=1) for method, curve in curves.items()}
            row: dict[str, Any] = {method: round(float(value.mean()), 4) for method, value in means.items()}
            row["warm - cold"] = interval(
                lambda i, m=means: float((m["warm"][i] - m["cold"][i]).mean()), best
            )
            summary[f"{name} accuracy at trial {at}"] = row
    for margin in MARGINS:
        goals = np.repeat(best[:, None] - margin, curves["cold"].shape[2], axis=1)
        summary[f"trials until {margin} below the table's best"] = needed(curves, goals)
    for at in (10, 20):
        goals = np.repeat(
            curves["cold"][0, :, :, at - 1].mean(axis=1)[:, None], curves["cold"].shape[2], axis=1
        )
        summary[f"trials until the cold search's mean accuracy at trial {at}"] = needed(curves, goals)
    setting = {
        "learner": LEARNER,
        "space": json.loads(SPACE.to_json()),
        "grid": GRID,
        "alphabets": list(tables()),
        "n_examples": BUDGET.n_examples,
        "n_episodes": BUDGET.n_validation,
        "n_past_trials": N_PAST,
        "n_trials": N_TRIALS,
        "cpu_seconds_of_the_table": round(sum(row["seconds"] for row in read_rows())),
    }
    return {"setting": setting, "summary": summary}


def needed(curves: Mapping[str, FloatArray], goals: FloatArray) -> dict[str, Any]:
    """Trials until the goals (k, seeds) are reached: mean, median, share that never does; ratios of means.

    A search that never reaches its goal counts as all its trials, which flatters the one that fails more.
    """
    counts = {name: trials_until(curve[0], goals) for name, curve in curves.items()}
    found: dict[str, Any] = {
        name: {
            "mean": round(float(np.minimum(count, N_TRIALS).mean()), 2),
            "median": float(np.median(count)) if np.isfinite(np.median(count)) else None,
            "share_never": round(float(np.isinf(count).mean()), 3),
        }
        for name, count in counts.items()
    }
    capped = {name: np.minimum(count, N_TRIALS).mean(axis=1) for name, count in counts.items()}
    for name, other in RATIOS:
        found[f"{name} / {other}"] = interval(
            lambda i, n=name, o=other: float(capped[n][i].mean() / capped[o][i].mean()), goals
        )
    return found


def trials_until(curve: FloatArray, goals: FloatArray) -> FloatArray:
    """(k, seeds) first trial at which (k, seeds, trials) reaches the goal; infinite if none does."""
    reached = curve >= goals[:, :, None] - 1e-9
    return np.where(reached.any(axis=2), reached.argmax(axis=2) + 1.0, np.inf)


def interval(statistic: Callable[[NDArray[np.intp]], float], rows: FloatArray) -> list[float]:
    """The statistic of all alphabets, and its 95 % interval, alphabets drawn with replacement."""
    n = len(rows)
    draws = np.random.default_rng(0).integers(n, size=(N_BOOTSTRAP, n))
    low, high = np.quantile([statistic(draw) for draw in draws], [0.025, 0.975])
    return [round(statistic(np.arange(n)), 4), round(float(low), 4), round(float(high), 4)]


if __name__ == "__main__":
    main()
