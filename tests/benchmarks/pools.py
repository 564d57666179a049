"""Small pools: a smooth function of two numbers and a choice, shifted from data set to data set."""

from dataclasses import replace

import numpy as np

from autometa.metafeatures import MetaFeatureTable, features
from benchmarks.warmstart.parameters import to_points
from benchmarks.warmstart.problems import PoolTable, PoolTask, clipped_regrets


def toy_table(*, n_tasks=6, m=40, shares_pool=False, n_initial=0, families=None, copies=()):
    """Data sets whose best x drifts with their number; `copies` (a, b) makes b a copy of a, of a's family."""
    pools = [configurations(m, 0 if shares_pool else number) for number in range(n_tasks)]
    points, parameters = to_points([one for pool in pools for one in pool])
    tasks = []
    for number, pool in enumerate(pools):
        gains = np.array([gain(one, number) for one in pool])
        family = families[number] if families else f"family {number}"
        rows = slice(number * m, (number + 1) * m)
        tasks.append(PoolTask(str(number), family, points[rows], gains, clipped_regrets(gains, gains.min())))
    for original, copy in copies:
        tasks[copy] = replace(tasks[original], dataset_id=str(copy))
    ids = tuple(task.dataset_id for task in tasks)
    names = tuple(feature.name for feature in features("core"))
    meta = MetaFeatureTable("core", 1, ids, names, np.arange(n_tasks)[:, None] * np.ones(len(names)))
    return PoolTable("toy", parameters, tuple(tasks), meta, shares_pool, n_initial, 10, "the worst")


def configurations(m, seed):
    rng = np.random.default_rng(seed)
    return [
        {"x": float(rng.uniform()), "y": float(rng.uniform()), "kind": str(rng.choice(["a", "b", "c"]))}
        for _ in range(m)
    ]


def gain(one, number):
    return -((one["x"] - 0.1 * number) ** 2) - 0.1 * one["y"] + 0.3 * (one["kind"] == "b")
