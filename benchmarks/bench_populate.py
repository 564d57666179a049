"""How fast an Optuna storage becomes experience, trials a second.

    python -m benchmarks.bench_populate [--trials 4000] [--repeats 5] [--output FILE]

One study of a conditional space with six active parameters lies in SQLite and in a journal; the referee is
Optuna's own `study.get_trials()` on the same file, which converts and stores nothing. "first" reads, converts
and stores all trials, "again" finds the study unchanged. Every figure is the best of the repeats, each with a
new connection and a new store; CPU figures say more on a machine that others use.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, create_trial

from autometa.dataset import TaskType
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.base import Importer
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.optuna_places import open_place
from autometa_store.importers.optuna_storage import OptunaImporter
from autometa_store.importers.saving import ImportTally, save_all
from autometa_store.trial_store import TrialStore
from benchmarks.environment import environment

DATASET = DescribedDataset(DatasetInfo("d", "d", "d", TaskType.CLASSIFICATION, 1000, 20, 2), ())
SEED = 0
Times = tuple[float, float]  # wall and CPU seconds


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=4_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/populate.json"))
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    trials = make_trials(options.trials)
    with TemporaryDirectory() as folder:
        results = {
            name: measure(where, Path(folder) / name, n_trials=len(trials), repeats=options.repeats)
            for name, where in make_storages(Path(folder), trials).items()
        }
    print(json.dumps(results, indent=2))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    answer = {"results": results, "seed": SEED, "repeats": options.repeats, **environment()}
    options.output.write_text(json.dumps(answer, indent=2) + "\n")


def make_trials(n_trials: int) -> list[FrozenTrial]:
    """Complete trials of a conditional space."""
    rng = np.random.default_rng(SEED)
    return [_trial(rng) for _ in range(n_trials)]


def _trial(rng: np.random.Generator) -> FrozenTrial:
    learner = ("svm", "forest", "boosting")[int(rng.integers(3))]
    params: dict[str, object] = {"learner": learner, "scale": bool(rng.integers(2))}
    distributions: dict[str, BaseDistribution] = {
        "learner": CategoricalDistribution(("svm", "forest", "boosting")),
        "scale": CategoricalDistribution((False, True)),
    }
    for name in ("a", "b"):
        params[f"{learner}_{name}"] = float(10 ** rng.uniform(-4, 0))
        distributions[f"{learner}_{name}"] = FloatDistribution(1e-4, 1.0, log=True)
    for name in ("c", "d"):
        params[name] = int(rng.integers(1, 100))
        distributions[name] = IntDistribution(1, 100)
    return create_trial(params=params, distributions=distributions, value=float(rng.uniform()))


def make_storages(folder: Path, trials: list[FrozenTrial]) -> dict[str, str]:
    """URLs of storages that hold the trials."""
    journal = folder / "journal.log"
    rdb = optuna.storages.RDBStorage(f"sqlite:///{folder / 'study.db'}")
    for storage in (rdb, JournalStorage(JournalFileBackend(str(journal)))):
        study = optuna.create_study(storage=storage, study_name="tune", direction="maximize")
        study.add_trials(trials)
    rdb.engine.dispose()
    return {"sqlite": f"sqlite:///{folder / 'study.db'}", "journal": f"journal:{journal}"}


def measure(where: str, folder: Path, *, n_trials: int, repeats: int) -> dict[str, float]:
    """Read by Optuna alone, store, and find unchanged."""
    folder.mkdir()
    reads, firsts, agains = (
        list[tuple[float, float]](),
        list[tuple[float, float]](),
        list[tuple[float, float]](),
    )
    for repeat in range(repeats):
        reads.append(_seconds(lambda: _read(where, n_trials)))
        with TrialStore.open(folder / f"{repeat}.db") as store:
            firsts.append(_seconds(lambda: _populate(store, where, n_new=n_trials)))
            agains.append(_seconds(lambda: _populate(store, where, n_new=0)))
    found: dict[str, float] = {"n_trials": n_trials}
    for name, times in (("optuna_read", reads), ("first", firsts), ("again", agains)):
        found[f"{name}_trials_per_second"] = n_trials / min(wall for wall, _ in times)
        found[f"{name}_trials_per_cpu_second"] = n_trials / min(cpu for _, cpu in times)
    return found


def _read(where: str, n_trials: int) -> None:
    place = open_place(where)
    study = optuna.load_study(study_name="tune", storage=place.storage)
    found = len(study.get_trials(deepcopy=False))
    place.close()
    if found != n_trials:
        raise RuntimeError(f"{found} trials read of {n_trials}")


def _populate(store: TrialStore, where: str, *, n_new: int) -> None:
    place, tally = open_place(where), ImportTally()
    importer: Importer = OptunaImporter(place, DATASET, metrics=("roc_auc",))
    for outcome in save_all(store, importer):
        tally.add(outcome)
    place.close()
    if tally.n_trials != n_new:
        raise RuntimeError(f"{tally.n_trials} trials stored, expected {n_new}")


def _seconds(action: Callable[[], None]) -> Times:
    """Wall and CPU seconds."""
    start, cpu_start = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - start, time.process_time() - cpu_start


if __name__ == "__main__":
    main()
