"""Trained optimizers in a store: read, kept where they are better, and where a training begins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autometa.history import Neighbor
from autometa.learned_optimizers import LearnedOptimizer, LSTMOptimizer, MetaTrainingPlan
from autometa.learned_optimizers.selection import select_checkpoint, trial_run
from autometa.learned_optimizers.stored import PREFIX, StoredOptimizer
from autometa.learned_optimizers.tasks import TaskFamily
from autometa.metafeatures.base import MetaFeatureTable
from autometa.tuning.task import TuningTask
from autometa.warmstart.fitted_source import ArrayShelf


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where a training begins.

    Attributes:
        optimizer: with its first weights.
        stored: whose weights they are; None for fresh ones.
        distance: of that one's family, from 0 to 1; None likewise.
    """

    optimizer: LearnedOptimizer
    stored: StoredOptimizer | None = None
    distance: float | None = None


def read_optimizers(shelf: ArrayShelf) -> list[StoredOptimizer]:
    """All trained optimizers, by name.

    Raises:
        TrainingError: one is damaged, or of another version.
    """
    names = [name for name in shelf.artifact_names() if name.startswith(PREFIX)]
    return [StoredOptimizer.from_arrays(shelf.artifact(name)) for name in names]


def keep_optimizer(shelf: ArrayShelf, found: StoredOptimizer) -> bool:
    """Keep an optimizer, unless a better one of the family and architecture is there; True if it was kept."""
    if found.name in shelf.artifact_names():
        known = StoredOptimizer.from_arrays(shelf.artifact(found.name))
        if known.score <= found.score:
            return False
    shelf.add_artifact(found.name, found.to_arrays())
    return True


def neighbors_of(task: TuningTask, stored: Sequence[StoredOptimizer]) -> list[Neighbor]:
    """The families of these optimizers, the nearest first; those that cannot be compared are left out.

    Args:
        task: to be near to.
        stored: trained optimizers.
    """
    by_id = {one.task_id: one for one in stored}
    names, pack = task.meta_features.names, (task.meta_features.pack, task.meta_features.version)
    rows = [[one.features.get(name, np.nan) for name in names] for one in by_id.values()]
    if not rows:
        return []
    table = MetaFeatureTable(*pack, tuple(by_id), names, np.array(rows, dtype=np.float64))
    distances = task.similarity.distances(task.meta_features, table)
    found = [Neighbor(name, float(distance)) for name, distance in zip(by_id, distances, strict=True)]
    return sorted((one for one in found if not np.isnan(one.distance)), key=lambda one: one.distance)


def choose_start(
    task: TuningTask, family: TaskFamily, *, plan: MetaTrainingPlan, stored: Sequence[StoredOptimizer]
) -> Start:
    """First weights: those of the nearest family's optimizer, unless fresh ones do better in a trial run.

    Args:
        task: the family, measured.
        family: the same.
        plan: of the training; optimizers of its architecture only are of use.
        stored: trained optimizers.
    """
    fresh = LSTMOptimizer.build(plan.network, seed=plan.seed)
    neighbors = neighbors_of(task, stored)
    found = select_checkpoint(neighbors, fresh.describe(), stored=stored)
    if found is None:
        return Start(fresh)
    warm = found.build()
    if trial_run(warm, family, plan=plan) >= trial_run(fresh, family, plan=plan):
        return Start(fresh)
    [distance] = [one.distance for one in neighbors if one.dataset_id == found.task_id]
    return Start(warm, found, distance)
