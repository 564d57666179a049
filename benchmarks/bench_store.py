"""The store beside Optuna's: bytes a trial, trials a second, and how long the best of the neighbours take.

    python -m benchmarks.bench_store [--trials 1000000] [--optuna-trials 2000] [--output FILE]

A trial has six parameters and no configuration is shared, the worst case for a store that keeps each once. A
"full" trial carries a time, five fold scores and two further metrics, a "plain" one the time only. Optuna's
RDB storage, in SQLite too, gets plain trials by `add_trials`.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial
from autometa.search_space import Choice, FloatRange, IntRange, SearchSpace
from autometa.warmstart.sources import DatasetInfo
from autometa_store.trial_store import TrialStore
from benchmarks.environment import environment

SPACE = SearchSpace(
    "forest/classification",
    1,
    (
        FloatRange("learning_rate", 1e-4, 1.0, log=True),
        IntRange("n_estimators", 50, 1000),
        IntRange("max_depth", 2, 30),
        FloatRange("subsample", 0.5, 1.0),
        IntRange("min_samples_leaf", 1, 20),
        Choice("criterion", ("gini", "entropy", "log_loss")),
    ),
)
METRIC = "balanced_accuracy"
STUDY_SIZE = 1_000
N_STUDIES_AT_ONCE = 20
N_NEIGHBORS, N_BEST = 20, 10
SEED = 0
REPEATS = 50


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--optuna-trials", type=int, default=2_000)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/store.json"))
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        results = {
            "full": measure_store(Path(folder) / "full.db", options.trials, is_full=True),
            "plain": measure_store(Path(folder) / "plain.db", options.trials, is_full=False),
            "optuna": measure_optuna(Path(folder) / "optuna.db", options.optuna_trials),
        }
    plain, optuna = results["plain"], results["optuna"]
    ratios = {
        "optuna_bytes_per_plain_byte": optuna["bytes_per_trial"] / plain["bytes_per_trial"],
        "plain_speed_per_optuna_speed": plain["trials_per_second"] / optuna["trials_per_second"],
        "plain_cpu_speed_per_optuna_speed": plain["trials_per_cpu_second"] / optuna["trials_per_cpu_second"],
    }
    print(json.dumps({"results": results, "ratios": ratios}, indent=2))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    answer = {"results": results, "ratios": ratios, "seed": SEED, "repeats": REPEATS, **environment()}
    options.output.write_text(json.dumps(answer, indent=2) + "\n")


def measure_store(path: Path, n_trials: int, *, is_full: bool) -> dict[str, float]:
    """Load trials, twenty studies a transaction, and ask for the best of the neighbours."""
    rng = np.random.default_rng(SEED)
    seconds = cpu_seconds = 0.0
    names = [f"d{number}" for number in range(n_trials // STUDY_SIZE)]
    with TrialStore.open(path) as store:
        for start in range(0, len(names), N_STUDIES_AT_ONCE):
            studies = [
                _study(name, rng, is_full=is_full) for name in names[start : start + N_STUDIES_AT_ONCE]
            ]
            wall, cpu = _seconds(partial(_load, store, studies))
            seconds, cpu_seconds = seconds + wall, cpu_seconds + cpu
        counts = store.counts()
    neighbors = rng.choice(names, N_NEIGHBORS, replace=False).tolist()
    with TrialStore.open(path, mode="read") as store:
        ask = partial(store.best, SPACE.name, METRIC, neighbors, n=N_BEST)
        first = [_first(store, ask) for _ in range(REPEATS)]
        warm = [_seconds(ask) for _ in range(REPEATS)]
        read_seconds, _ = _seconds(partial(store.studies, SPACE.name, names[:100]))
    return {
        "n_trials": counts["trials"],
        "n_configurations": counts["configurations"],
        "bytes_per_trial": path.stat().st_size / counts["trials"],
        "trials_per_second": counts["trials"] / seconds,
        "trials_per_cpu_second": counts["trials"] / cpu_seconds,
        **_milliseconds("best_first", first),
        **_milliseconds("best_warm", warm),
        "read_trials_per_second": 100 * STUDY_SIZE / read_seconds,
    }


def measure_optuna(path: Path, n_trials: int) -> dict[str, float]:
    """Give Optuna's RDB storage the same kind of trials, and ask it for the ten best."""
    import optuna

    from autometa.optuna_spaces import to_distributions

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    rng = np.random.default_rng(SEED)
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    study = optuna.create_study(storage=storage, direction="maximize")
    empty = path.stat().st_size
    distributions = to_distributions(SPACE)
    trials = [
        optuna.trial.create_trial(params=dict(trial.params), distributions=distributions, value=trial.value)
        for trial in make_trials(rng, n_trials, is_full=False)
    ]
    seconds, cpu_seconds = _seconds(partial(study.add_trials, trials))
    again = optuna.load_study(study_name=study.study_name, storage=f"sqlite:///{path}")
    read_seconds, _ = _seconds(again.get_trials)
    storage.engine.dispose()
    return {
        "n_trials": n_trials,
        "bytes_per_trial": (path.stat().st_size - empty) / n_trials,
        "trials_per_second": n_trials / seconds,
        "trials_per_cpu_second": n_trials / cpu_seconds,
        "read_trials_per_second": n_trials / read_seconds,
    }


def make_trials(rng: np.random.Generator, n_trials: int, *, is_full: bool) -> tuple[PriorTrial, ...]:
    """Trials with configurations of their own; real parameters have all digits, as optimizers give them."""
    return tuple(_trial(rng, is_full=is_full) for _ in range(n_trials))


def _trial(rng: np.random.Generator, *, is_full: bool) -> PriorTrial:
    params = {
        "learning_rate": float(10 ** rng.uniform(-4, 0)),
        "n_estimators": int(rng.integers(50, 1001)),
        "max_depth": int(rng.integers(2, 31)),
        "subsample": float(rng.uniform(0.5, 1)),
        "min_samples_leaf": int(rng.integers(1, 21)),
        "criterion": ("gini", "entropy", "log_loss")[int(rng.integers(3))],
    }
    value, seconds = float(rng.uniform()), float(rng.uniform(0, 10))
    if not is_full:
        return PriorTrial(params, value, seed=SEED, fit_seconds=seconds)
    folds = tuple(rng.uniform(size=5).tolist())
    others = {"roc_auc": float(rng.uniform()), "log_loss": float(rng.uniform())}
    return PriorTrial(params, value, seed=SEED, fit_seconds=seconds, fold_scores=folds, other_values=others)


def _study(name: str, rng: np.random.Generator, *, is_full: bool) -> PriorStudy:
    return PriorStudy(name, SPACE, METRIC, "maximize", make_trials(rng, STUDY_SIZE, is_full=is_full))


def _load(store: TrialStore, studies: list[PriorStudy]) -> None:
    with store.transaction():
        for study in studies:
            name = study.dataset_id
            store.add_dataset(DatasetInfo(name, name, name, TaskType.CLASSIFICATION, 1000, 20, 2))
            store.add_study(study)


def _seconds(action: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds; the second says more on a machine that others use."""
    start, cpu_start = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - start, time.process_time() - cpu_start


def _first(store: TrialStore, ask: Callable[[], object]) -> tuple[float, float]:
    store.close()  # so that the question makes a new connection
    return _seconds(ask)


def _milliseconds(name: str, times: list[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = zip(*times, strict=True)
    return {
        f"{name}_ms_median": 1000 * statistics.median(wall),
        f"{name}_ms_min": 1000 * min(wall),
        f"{name}_cpu_ms_median": 1000 * statistics.median(cpu),
    }


if __name__ == "__main__":
    main()
