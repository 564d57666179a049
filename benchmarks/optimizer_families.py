"""The families of tasks on which warm starts of learned optimizers are measured, and one training of them.

A training is kept in `benchmarks/.runs/optimizer_warmstart`, so that a benchmark goes on where it stopped.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn import datasets

from autometa.learned_optimizers import LSTMOptimizer, MetaTrainingPlan, meta_train
from autometa.learned_optimizers.tasks import LabelledData, MLPFamily, Quadratics, TaskFamily, digits
from autometa.learned_optimizers.tasks.quadratics import QuadraticBatch
from autometa.readers import read_table

RUNS = Path(__file__).parent / ".runs" / "optimizer_warmstart"
TABLES = Path(__file__).parents[2] / "shared" / "data" / "tabular"
N_STEPS = 80  # updates of the weights
OTHER_WEIGHTS = 500  # added to the seed of the first weights of a second cold run


def plan(seed: int, *, n_steps: int = N_STEPS) -> MetaTrainingPlan:
    """The same for every family; horizons are short, so that many trainings can be compared."""
    return MetaTrainingPlan(
        n_steps=n_steps,
        unroll=40,
        truncation=20,
        n_tasks=4,
        objective="loss",
        n_hidden=10,
        n_validation=8,
        validate_every=10,
        checkpoint_every=10**9,
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class EvenQuadratics(TaskFamily):
    """Quadratics as in the paper, with singular values between 1 and `condition`.

    Attributes:
        n_params: N.
        condition: largest over smallest singular value of W.
    """

    n_params: int = 10
    condition: float = 3.0

    def sample(self, n_tasks: int, *, generator: torch.Generator) -> QuadraticBatch:
        """Random rotations of a fixed spectrum; y as in the paper."""
        drawn = Quadratics(self.n_params).sample(n_tasks, generator=generator)
        left, _, right = torch.linalg.svd(drawn.matrices)
        spectrum = torch.linspace(1.0, self.condition, self.n_params)
        return QuadraticBatch(left @ torch.diag(spectrum) @ right, drawn.goals, drawn.initial)

    def describe(self) -> dict[str, Any]:
        """Name, size and condition."""
        return {"family": "even_quadratics", "n_params": self.n_params, "condition": self.condition}


def families() -> dict[str, TaskFamily]:
    """By name; what stands before the first space is the data, and is held out together."""
    small = {"batch_size": 32}
    return {
        "quadratics gaussian": Quadratics(10),
        "quadratics even": EvenQuadratics(),
        "digits relu 10": MLPFamily(_small_digits(), (10,), "relu", **small),
        "digits sigmoid 8": MLPFamily(_small_digits(), (8,), "sigmoid", **small),
        "cancer tanh 5": MLPFamily(_shipped("breast_cancer"), (5,), "tanh", **small),
        "wine sigmoid 10": MLPFamily(_shipped("wine"), (10,), "sigmoid", **small),
        "diabetes relu 8-8": MLPFamily(_shipped("diabetes"), (8, 8), "relu", **small),
        "vehicle tanh 8": MLPFamily(_table("liac_arff_classification__vehicle"), (8,), "tanh", **small),
        "segment relu 8": MLPFamily(_table("liac_arff_classification__segment"), (8,), "relu", **small),
        "abalone sigmoid 10": MLPFamily(_table("liac_arff_regression__abalone"), (10,), "sigmoid", **small),
    }


def data_of(name: str) -> str:
    """What is held out together."""
    return name.partition(" ")[0]


def kind_of(name: str) -> str:
    """Quadratics or networks."""
    return "quadratics" if data_of(name) == "quadratics" else "networks"


def _small_digits() -> LabelledData:
    """Digits of 4 x 4 pixels, so that networks are small."""
    found = digits()
    pooled = found.inputs.view(-1, 4, 2, 4, 2).mean(dim=(2, 4)).flatten(1)
    return LabelledData(found.name, pooled, found.targets, found.n_classes)


def _shipped(name: str) -> LabelledData:
    inputs, target = getattr(datasets, f"load_{name}")(return_X_y=True)
    scaled = torch.from_numpy((inputs - inputs.mean(0)) / (inputs.std(0) + 1e-12)).float()
    if target.dtype.kind == "f":
        numbers = (target - target.mean()) / target.std()
        return LabelledData(name, scaled, torch.from_numpy(numbers).float()[:, None], 0)
    return LabelledData(name, scaled, torch.from_numpy(target.astype(np.int64)), int(target.max()) + 1)


def _table(name: str) -> LabelledData:
    return LabelledData.of(read_table(TABLES / f"{name}.parquet", target="target").dataset)


@dataclass(frozen=True, slots=True)
class Training:
    """One training.

    Attributes:
        curve: (step, meta-validation loss).
        cpu_seconds: it took.
    """

    curve: tuple[tuple[int, float], ...]
    cpu_seconds: float

    @property
    def final(self) -> float:
        """The best validation, whose weights are what a training gives."""
        return min(value for _, value in self.curve)

    def steps_to(self, goal: float) -> float:
        """The first validated step that is as good; infinite if none is."""
        return next((float(step) for step, value in self.curve if value <= goal), np.inf)


Weights = Mapping[str, torch.Tensor]


def trained(
    family: str,
    seed: int,
    start: str,
    weights: Callable[[], Weights] | None = None,
    *,
    goal: float | None = None,
    n_steps: int = N_STEPS,
) -> Training:
    """A training from this start, done once.

    Args:
        family: name of it.
        seed: of the plan, and of fresh weights.
        start: a name for the weights, such as "cold".
        weights: to begin with; fresh ones where None.
        goal: the training may end where its validation is as good.
        n_steps: updates of the weights.
    """
    length = "" if n_steps == N_STEPS else f" in {n_steps}"
    path = _path(family, seed, f"{start}{length}")
    if goal is not None and not path.with_suffix(".json").exists():
        path = _path(family, seed, f"{start}{length} until")
    if not path.with_suffix(".json").exists():
        _train(path, family, plan(seed, n_steps=n_steps), start, weights, goal)
    row = json.loads(path.with_suffix(".json").read_text())
    return Training(tuple((step, value) for step, value in row["curve"]), row["cpu_seconds"])


def weights_of(family: str, seed: int, start: str = "cold") -> Weights:
    """What a training that is done ended with."""
    with np.load(_path(family, seed, start).with_suffix(".npz"), allow_pickle=False) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


def _path(family: str, seed: int, start: str) -> Path:
    return RUNS / f"{family} {seed} {start}".replace(" ", "_")


def _train(
    path: Path,
    family: str,
    chosen: MetaTrainingPlan,
    start: str,
    weights: Callable[[], Weights] | None,
    goal: float | None,
) -> None:
    first_seed = chosen.seed + OTHER_WEIGHTS if start == "cold again" else chosen.seed
    optimizer = LSTMOptimizer.build(chosen.network, seed=first_seed)
    if weights is not None:
        optimizer.load_state_dict(weights())
    begin = time.process_time()
    seen: list[float] = []
    result = meta_train(
        families()[family],
        plan=chosen,
        optimizer=optimizer,
        callback=lambda step: seen.append(np.inf if step.validation is None else step.validation),
        should_stop=lambda: goal is not None and min(seen) <= goal,
    )
    seconds = time.process_time() - begin
    RUNS.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {name: value.numpy() for name, value in optimizer.state_dict().items()}
    np.savez(path.with_suffix(".npz"), **arrays)
    row = {"curve": result.curve, "cpu_seconds": round(seconds, 2), "plan": asdict(chosen)}
    path.with_suffix(".json").write_text(json.dumps(row))
    print(f"{path.name}: {result.best_validation:.4g} in {seconds:.0f} s", flush=True)
