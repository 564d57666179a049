"""How low learned and tuned hand-made optimizers bring fresh tasks, step by step.

Shapes: T steps, B tasks.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from autometa.devices import make_generator
from autometa.learned_optimizers import (
    RULES,
    LearnedOptimizer,
    MetaTrainingPlan,
    learning_curve,
    meta_train,
    read_notes,
    tune_rate,
)
from autometa.learned_optimizers.tasks import MLPFamily, Quadratics, TaskFamily

HORIZON, BEYOND = 100, 200
COMPARED = (20, 50, HORIZON, BEYOND)
STEPS = (0, 10, 20, 50, 100, 150, 200)
SEEDS = (0, 1)  # of meta-training
TEST_SEED = 901_000  # no seed of training, validation or rate search comes near


@dataclass(frozen=True)
class Contest:
    """What is trained on, and how much is tested.

    Attributes:
        family: of the training tasks.
        plan: of the meta-training.
        n_test: fresh tasks.
        n_tuning: tasks that each rate of a hand-made optimizer is tried on.
        elsewhere: name → family that was never trained on.
    """

    family: TaskFamily
    plan: MetaTrainingPlan
    n_test: int
    n_tuning: int
    elsewhere: dict[str, TaskFamily]


def contests() -> dict[str, Contest]:
    """Quadratics as in the paper, and perceptrons on digits."""
    quadratics = MetaTrainingPlan(
        n_steps=500, n_tasks=128, objective="loss", n_validation=64, checkpoint_every=25, validate_every=50
    )
    digits = MetaTrainingPlan(
        n_steps=3000, n_tasks=2, outer_rate=5e-3, n_validation=16, checkpoint_every=50, validate_every=3000
    )
    relu = {"mlp with relu": MLPFamily(activation="relu"), "mlp with 40 units": MLPFamily(hidden=(40,))}
    return {
        "quadratics": Contest(Quadratics(), quadratics, 512, 2048, {}),
        "mlp": Contest(MLPFamily(), digits, 64, 16, relu),
    }


def train(contest: Contest, folder: Path, *, seed: int) -> LearnedOptimizer:
    """The optimizer of this contest; a run that was interrupted goes on."""
    plan = replace(contest.plan, seed=seed)
    return meta_train(contest.family, plan=plan, out=folder, resume=True).optimizer


def measure(contest: Contest, folders: list[Path]) -> dict[str, Any]:
    """Losses of all optimizers on the training family and elsewhere; one folder a seed of meta-training."""
    files = {f"lstm {number}": folder / "optimizer.npz" for number, folder in enumerate(folders)}
    learned = {name: LearnedOptimizer.load(path) for name, path in files.items()}
    families = {"training family": contest.family, **contest.elsewhere}
    return {
        "plan": asdict(contest.plan),
        "validation_curves": {name: read_notes(path)["curve"] for name, path in files.items()},
        **{name: on_family(learned, family, contest) for name, family in families.items()},
    }


def on_family(learned: dict[str, LearnedOptimizer], family: TaskFamily, contest: Contest) -> dict[str, Any]:
    """The table over steps; hand-made rates are tuned on this very family, the LSTM is as it was trained.

    A task that diverges for any of them is left out: one of them would decide the mean.
    """
    tuned = {rule: tune_rate(rule, family, n_tasks=contest.n_tuning, n_rates=17).optimizer for rule in RULES}
    methods: dict[str, LearnedOptimizer] = {**learned, **tuned}
    curves = {name: curve(method, family, contest.n_test) for name, method in methods.items()}
    diverged = {name: has_diverged(found) for name, found in curves.items()}
    kept = ~np.any(list(diverged.values()), axis=0)
    curves = {name: found[:, kept] for name, found in curves.items()}
    return {
        "rates": {rule: one.settings.rate for rule, one in tuned.items()},
        "n_tasks": int(kept.sum()),
        "left_out_because_of": {name: int(one.sum()) for name, one in diverged.items() if one.any()},
        "losses": {
            name: {str(step): interval(found[step]) for step in STEPS} for name, found in curves.items()
        },
        "loss_below": _differences(curves, list(learned), lambda losses: losses),
        "log10_below": _differences(curves, list(learned), log10),
    }


def _differences(
    curves: dict[str, np.ndarray], learned: list[str], scale: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any]:
    """By how much the learned ones are below each rule, task by task, until the horizon and beyond it."""
    return {
        str(step): {
            f"{name} below {rule}": interval(scale(curves[rule][step]) - scale(curves[name][step]))
            for name in learned
            for rule in RULES
        }
        for step in COMPARED
    }


def curve(method: LearnedOptimizer, family: TaskFamily, n_tasks: int) -> np.ndarray:
    """(T + 1, B) losses on the same tasks and minibatches for everyone."""
    generator = make_generator(TEST_SEED)
    tasks = family.sample(n_tasks, generator=generator)
    return learning_curve(method, tasks, n_steps=BEYOND, generator=generator).double().numpy()


def has_diverged(losses: np.ndarray) -> np.ndarray:
    """(B,) the loss was a thousand times the first one, or no number."""
    return ~(losses <= 1e3 * losses[0]).all(axis=0)


def log10(losses: np.ndarray) -> np.ndarray:
    """Of losses that may be 0 or not finite."""
    return np.log10(np.clip(np.nan_to_num(losses, nan=1e9, posinf=1e9), 1e-12, 1e9))


def interval(values: np.ndarray) -> dict[str, Any]:
    """Mean over the tasks with its 95 % bootstrap interval, and the median."""
    finite = np.nan_to_num(values, nan=1e9, posinf=1e9)
    draws = np.random.default_rng(0).choice(finite, (2000, len(finite))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return {
        "mean": float(finite.mean()),
        "interval": [float(low), float(high)],
        "median": float(np.median(finite)),
    }
