"""The tables of past trials that problems are made of: `../shared/data/trials`, and the starter knowledge."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autometa.dataset import FloatArray, TaskType
from autometa.metafeatures import MetaFeatureTable, features
from autometa.metrics import DEFAULT_METRIC
from autometa.warmstart.portfolio import normalised_regret
from autometa_store.knowledge import load_starter
from benchmarks.warmstart.openml_tasks import DATASET_OF_TASK, family_of
from benchmarks.warmstart.parameters import Parameter, to_points, without_constants
from benchmarks.warmstart.problems import PoolTable, PoolTask, clipped_regrets

TRIALS = Path(__file__).parents[3] / "shared" / "data" / "trials"
HPOB_SPACES = ("4796", "5527", "5636", "5859", "5889", "5891", "5906", "5965")
N_INITIAL_HPOB, N_TRIALS_HPOB, N_TRIALS_ZERO = 5, 100, 50
FLOOR = 0.05  # quantile of a pool's scores that is regret 1
FLOOR_IN_WORDS = "the 5 % quantile of the pool, and all below"


def read_hpob(search_space: str) -> PoolTable:
    """One search space of HPO-B v3-test (Pineda Arango et al. 2021); every task is its own family."""
    columns = json.loads((TRIALS / "hpob" / "columns.json").read_text())["space_variables"][search_space]
    with np.load(TRIALS / "hpob" / "hpob_v3test.npz") as arrays:
        raw = {
            key.split("_")[1]: arrays[key].astype(float)
            for key in arrays.files
            if key.startswith(f"{search_space}_")
        }
    stacked = np.vstack([task[:, :-1] for task in raw.values()])
    points, parameters = without_constants(stacked, hpob_parameters(columns, stacked))
    pools = np.split(points, np.cumsum([len(task) for task in raw.values()])[:-1])
    tasks = tuple(
        PoolTask(key, key, pool, task[:, -1], clipped_regrets(task[:, -1], float(task[:, -1].min())))
        for (key, task), pool in zip(raw.items(), pools, strict=True)
    )
    name = f"hpob_{search_space}"
    return PoolTable(
        name, parameters, tasks, None, False, N_INITIAL_HPOB, N_TRIALS_HPOB, "the worst of the pool"
    )


def hpob_parameters(columns: Sequence[str], points: FloatArray) -> tuple[Parameter, ...]:
    """What HPO-B's columns mean: `x.ohe._a` are categories of x, `x.na` says that x is not there."""
    groups: dict[str, list[int]] = {}
    for position, column in enumerate(columns):
        groups.setdefault(column.split(".ohe.")[0], []).append(position)
    parameters = []
    for name, members in groups.items():
        is_choice = ".ohe." in columns[members[0]] or name.endswith(".na")
        others = bool((points[:, members].sum(axis=1) < 0.5).any())
        parameters.append(Parameter(name, tuple(members), is_choice * (len(members) + others)))
    return tuple(parameters)


def read_openml(learner: str) -> PoolTable:
    """Random configurations of "rf" or "adaboost" on OpenML tasks, every task with its own."""
    frame = pd.read_parquet(TRIALS / f"openml_{learner}.parquet")
    settings = frame.drop(columns=["predictive_accuracy", "task_id"])
    settings = settings.rename(columns=lambda column: column.split("__", 1)[1])
    whole, parameters = to_points([_as_numbers(row) for row in settings.to_dict("records")])
    qualities = read_qualities()
    tasks, datasets = [], []
    task_ids = frame["task_id"].to_numpy()
    for task_id in map(int, np.unique(task_ids)):
        rows = np.flatnonzero(task_ids == task_id)
        gains = frame["predictive_accuracy"].to_numpy()[rows]
        dataset = DATASET_OF_TASK.get(task_id)
        family = str(task_id) if dataset is None else family_of(str(qualities.loc[dataset, "Name"]))
        if np.ptp(gains) > 0:
            tasks.append(PoolTask(str(task_id), family, whole[rows], gains, _regrets(gains)))
            datasets.append(dataset)
    meta = _recorded(qualities, tuple(task.dataset_id for task in tasks), datasets)
    return PoolTable(
        f"openml_{learner}", parameters, tuple(tasks), meta, False, 0, N_TRIALS_ZERO, FLOOR_IN_WORDS
    )


def read_oboe() -> PoolTable:
    """12 algorithms in 219 configurations on OpenML data sets (Yang et al. 2019): a dense table of errors."""
    frame = pd.read_parquet(TRIALS / "oboe_error_matrix.parquet").sort_values(["dataset", "config"])
    pool = frame.drop_duplicates("config")
    configurations = [json.loads(text) for text in pool["hyperparameters"]]
    points, parameters = to_points(configurations, pool["algorithm"].tolist())
    errors = frame["balanced_error"].to_numpy().reshape(-1, len(pool))
    datasets = [int(dataset) for dataset in frame["dataset"].unique()]
    qualities = read_qualities()
    names = [qualities["Name"].get(dataset, str(dataset)) for dataset in datasets]
    varied = [row for row in range(len(datasets)) if np.ptp(errors[row]) > 0]
    tasks = tuple(
        PoolTask(str(datasets[row]), family_of(names[row]), points, -errors[row], _regrets(-errors[row]))
        for row in varied
    )
    ids = [datasets[row] for row in varied]
    meta = _recorded(qualities, tuple(map(str, ids)), [i if i in qualities.index else None for i in ids])
    return PoolTable("oboe", parameters, tasks, meta, True, 0, N_TRIALS_ZERO, FLOOR_IN_WORDS)


def read_starter(task_type: TaskType) -> PoolTable:
    """The knowledge that ships with autometa, of one task: a dense table. Regrets as in `bench_suggest`."""
    knowledge = load_starter()
    table = knowledge.performance(task_type, DEFAULT_METRIC[task_type])
    infos = knowledge.datasets(task_type)
    learners = [candidate.learner for candidate in table.candidates]
    points, parameters = to_points([candidate.params for candidate in table.candidates], learners)
    regrets = normalised_regret(table, np.array([info.n_classes for info in infos], dtype=float))
    gains = np.where(table.failed, np.nanmin(table.gains, axis=1, keepdims=True), table.gains)
    tasks = tuple(
        PoolTask(info.dataset_id, info.family, points, gains[row], np.nan_to_num(regrets[row], nan=1.0))
        for row, info in enumerate(infos)
    )
    scale = "the worst of the pool, or what a constant prediction scores, and all below"
    meta = knowledge.meta_features(task_type)
    return PoolTable(f"starter_{task_type}", parameters, tasks, meta, True, 0, N_TRIALS_ZERO, scale)


def read_qualities() -> pd.DataFrame:
    """OpenML's recorded qualities by data set id."""
    return pd.read_csv(TRIALS / "openml_qualities_2019.csv.gz").set_index("Id")


TABLES: Mapping[str, Callable[[], PoolTable]] = {
    **{f"hpob_{search_space}": partial(read_hpob, search_space) for search_space in HPOB_SPACES},
    "openml_rf": partial(read_openml, "rf"),
    "openml_adaboost": partial(read_openml, "adaboost"),
    "oboe": read_oboe,
    "starter_classification": partial(read_starter, TaskType.CLASSIFICATION),
    "starter_regression": partial(read_starter, TaskType.REGRESSION),
}


def _regrets(gains: FloatArray) -> FloatArray:
    """Against a floor that single bad configurations do not move; the worst where most are the best."""
    floor = float(np.quantile(gains, FLOOR))
    return clipped_regrets(gains, floor if floor < gains.max() else float(gains.min()))


def _as_numbers(row: Mapping[Any, Any]) -> dict[str, bool | int | float | str | None]:
    """A row of the table, where numbers are sometimes text."""
    return {str(name): _number(value) for name, value in row.items()}


def _number(value: object) -> float | str:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def _recorded(
    qualities: pd.DataFrame, ids: tuple[str, ...], datasets: Sequence[int | None]
) -> MetaFeatureTable:
    """OpenML's recorded qualities as the pack `openml`; NaN rows for data sets without."""
    names = tuple(feature.name for feature in features("openml"))
    known = qualities[list(names)].reindex([-1 if one is None else one for one in datasets])
    return MetaFeatureTable("openml", 1, ids, names, known.to_numpy(dtype=float))
