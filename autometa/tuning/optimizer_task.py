"""optimizer_task: a family of optimization tasks as `tune` and the store know it, with its meta-features."""

import hashlib
import json
from typing import Any

import numpy as np

from autometa.dataset import Column, ColumnKind, Dataset, TaskType
from autometa.learned_optimizers import task_features
from autometa.learned_optimizers.tasks import LabelledData, MLPFamily, TaskFamily
from autometa.metafeatures import extract, features
from autometa.metafeatures.base import Feature
from autometa.tuning.task import TuningTask

PACK, VERSION = "optimizer_tasks", 1  # raised with the version of the core pack, too
DATA = "data."
OURS = "autometa"
FEATURES = (
    *(Feature(one.name, one.group, one.definition, OURS) for one in task_features.FEATURES),
    *(
        Feature(f"{DATA}{one.name}", "data", one.definition, one.source, one.in_distance)
        for one in features("core")
    ),
)  # what the data are like counts as one group


def optimizer_task(family: TaskFamily, *, horizon: int) -> TuningTask:
    """A task family, measured: what it is like by itself, and what its data set is like.

    Its task type is regression for all: what is foretold is a loss.

    Args:
        family: of perceptrons, convolutional nets or quadratics; the data set of the first are measured.
        horizon: steps that a task is optimised for.
    """
    numbers: dict[str, float] = dict(task_features.compute(family, horizon=horizon))
    data = family.data if isinstance(family, MLPFamily) else None
    fingerprint = ""
    if data is not None:
        dataset = as_dataset(data)
        fingerprint = dataset.fingerprint()
        found = extract(dataset)
        numbers |= {f"{DATA}{name}": float(one) for name, one in zip(found.names, found.values, strict=True)}
    said = family.describe()
    return TuningTask.of(
        f"{_name(said)}, {horizon} steps",
        _digest(said, fingerprint, horizon),
        numbers,
        FEATURES,
        pack=PACK,
        version=VERSION,
        family=str(said.get("data", said["family"])),
        task_type=TaskType.REGRESSION,
        n_rows=0 if data is None else len(data.inputs),
        n_columns=0 if data is None else data.inputs.shape[1],
    )


def as_dataset(data: LabelledData) -> Dataset:
    """The rows as a table of numbers, such as networks see them.

    Args:
        data: of a family.
    """
    inputs = data.inputs.double().cpu().numpy()
    is_regression = data.n_classes == 0
    target = data.targets.cpu().numpy()
    columns = tuple(Column(f"x{i}", ColumnKind.NUMERIC, is_float=True) for i in range(inputs.shape[1]))
    return Dataset(
        data.name,
        np.asfortranarray(inputs),
        np.empty((len(inputs), 0), dtype=np.int64),
        target[:, 0].astype(np.float64) if is_regression else target.astype(np.int64),
        TaskType.REGRESSION if is_regression else TaskType.CLASSIFICATION,
        columns,
        class_names=tuple(str(code) for code in range(data.n_classes)),
    )


def _name(said: dict[str, Any]) -> str:
    sizes = said.get("hidden", [])
    words = [said.get("data", said["family"]), said.get("activation"), "-".join(str(one) for one in sizes)]
    if "hidden" not in said:
        words.append(said.get("n_params"))
    return " ".join(str(word) for word in words if word)


def _digest(said: dict[str, Any], fingerprint: str, horizon: int) -> str:
    text = json.dumps([said, fingerprint, horizon], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
