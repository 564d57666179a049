"""What `FoldPruner` saves and what it costs, replayed on the recorded fold scores of the starter knowledge.

`python -m benchmarks.bench_pruning` draws 30 of each data set's configurations, twice, in random order, and
ends those that the pruner would end. Random configurations are the easy case: a search tries better ones.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState, create_trial

from autometa.dataset import FloatArray, TaskType
from autometa.history import PriorStudy
from autometa.tuning.pruning import FoldPruner
from autometa_store.knowledge import load_starter
from benchmarks.environment import environment

RESULT = Path(__file__).parent / "results" / "pruning.json"
N_TRIALS, N_REPEATS, SEED = 30, 2, 0


def main() -> None:
    """Replay, print and write."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    tasks = {str(task): replay_all(task) for task in TaskType}
    print(json.dumps(tasks, indent=1))
    setting = {"trials": N_TRIALS, "repeats": N_REPEATS, "seed": SEED}
    text = json.dumps({"environment": environment(), "setting": setting, "tasks": tasks}, indent=1)
    RESULT.write_text(text + "\n", encoding="utf-8")


def replay_all(task: TaskType) -> dict[str, Any]:
    """Over all data sets: share of fits saved, how often the best was ended, and what that cost."""
    scores: dict[str, list[FloatArray]] = {}
    for study in load_starter().all_studies(task):
        scores.setdefault(study.dataset_id, []).extend(complete(study))
    rng = np.random.default_rng(SEED)
    runs = []
    for rows in scores.values():
        for _ in range(N_REPEATS):
            order = rng.permutation(len(rows))[:N_TRIALS]
            runs.append(replay(np.stack([rows[index] for index in order])))
    saved, losses = np.array(runs).T
    return {
        "n_runs": len(runs),
        "fits_saved": float(saved.mean()),
        "best_ended": int((losses > 0).sum()),
        "largest_loss": float(losses.max()),
    }


def complete(study: PriorStudy) -> list[FloatArray]:
    """(folds,) scores of each trial that has all of them."""
    n_folds = max(len(trial.fold_scores) for trial in study.trials)
    return [np.array(one.fold_scores) for one in study.trials if len(one.fold_scores) == n_folds > 1]


def replay(rows: FloatArray) -> tuple[float, float]:
    """Share of fits saved, and score lost, with (trials, folds) scores in this order."""
    n_folds = rows.shape[1]
    study = optuna.create_study(direction="maximize")
    pruner = FoldPruner(n_folds)
    n_fits, kept = 0, []
    for row in rows:
        means = np.cumsum(row) / np.arange(1, n_folds + 1)
        steps = range(1, n_folds)
        ended = next((k for k in steps if pruner.prune(study, trial_of(means[:k]))), None)
        n_fits += ended or n_folds
        if ended is None:
            study.add_trial(trial_of(means, state=TrialState.COMPLETE))
            kept.append(means[-1])
    return 1 - n_fits / rows.size, float(rows.mean(axis=1).max() - max(kept))


def trial_of(means: FloatArray, state: TrialState = TrialState.RUNNING) -> optuna.trial.FrozenTrial:
    value = float(means[-1]) if state is TrialState.COMPLETE else None
    steps = dict(enumerate(means.tolist(), start=1))
    return create_trial(state=state, value=value, intermediate_values=steps)


if __name__ == "__main__":
    main()
