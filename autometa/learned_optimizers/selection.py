"""Where the training of an optimizer begins: which of the trained ones it takes its weights from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autometa.history import Neighbor
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.meta_training.plan import MetaTrainingPlan
from autometa.learned_optimizers.meta_training.validation import Validation
from autometa.learned_optimizers.stored import StoredOptimizer
from autometa.learned_optimizers.tasks.base import TaskFamily

SEED_SHIFT = 2_000_003  # tasks of a trial run are neither those of the training nor of the validation


def select_checkpoint(
    neighbors: Sequence[Neighbor], config: Mapping[str, Any], *, stored: Iterable[StoredOptimizer]
) -> StoredOptimizer | None:
    """The best optimizer of the nearest family, among those of the same architecture; None without one.

    The simplest of the rules that were measured (`benchmarks/bench_optimizer_warmstart.py`): neither the best
    of the nearest three in a trial run nor their average, weighted by similarity, was sooner where it counts.

    Args:
        neighbors: families by distance, their `dataset_id` being `StoredOptimizer.task_id`.
        config: the architecture to be trained, as `LearnedOptimizer.describe`.
        stored: the optimizers that there are, of these families and others.
    """
    fitting: dict[str, list[StoredOptimizer]] = {}
    for one in stored:
        if one.architecture == config:
            fitting.setdefault(one.task_id, []).append(one)
    known = [one for one in neighbors if one.dataset_id in fitting]
    if not known:
        return None
    nearest = min(known, key=lambda neighbor: neighbor.distance)
    return min(fitting[nearest.dataset_id], key=lambda one: one.score)


def trial_run(optimizer: LearnedOptimizer, family: TaskFamily, *, plan: MetaTrainingPlan) -> float:
    """Mean loss at the end of one unroll of fresh tasks, as in a validation; infinite if any task diverges.

    It costs a batch of the training without its backward half: for an unroll of 100 steps and pieces of 20,
    less than five updates.

    Args:
        optimizer: to be tried.
        family: of the tasks.
        plan: of the training that is to come; its tasks, unroll and seed count.
    """
    return Validation(family, plan.n_tasks, plan.unroll, plan.seed + SEED_SHIFT).of(optimizer)
