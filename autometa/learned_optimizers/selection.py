"""Where the training of an optimizer begins: which of the trained ones it takes its weights from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autometa.history import Neighbor
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.meta_training.plan import MetaTrainingPlan
from autometa.learned_optimizers.meta_training.validation import Validation
from autometa.learned_optimizers.stored import StoredOptimizer
from autometa.learned_optimizers.tasks.base import TaskFamily

N_NEIGHBORS = 3
SEED_SHIFT = 2_000_003  # tasks of a trial run are neither those of the training nor of the validation


def select_checkpoint(
    neighbors: Sequence[Neighbor],
    config: LearnedOptimizer,
    *,
    stored: Iterable[StoredOptimizer],
    loss_of: Callable[[LearnedOptimizer], float],
) -> StoredOptimizer | None:
    """Of the nearest families' optimizers, the one that does best; None where fresh weights do better.

    Weights are taken as they are: an average of three, weighted by similarity, was no better where both were
    measured (`benchmarks/bench_optimizer_warmstart.py`).

    Args:
        neighbors: families by distance, their `dataset_id` being `StoredOptimizer.task_id`.
        config: the optimizer to be trained, with fresh weights; only its architecture is of use.
        stored: the optimizers that there are, of these families and others.
        loss_of: how well an optimizer does, such as a `trial_run`; lower is better.
    """
    candidates = nearest_checkpoints(neighbors, config.describe(), stored=stored)[:N_NEIGHBORS]
    best, least = None, loss_of(config) if candidates else 0.0
    for one in candidates:
        loss = loss_of(one.build())
        if loss < least:
            best, least = one, loss
    return best


def nearest_checkpoints(
    neighbors: Sequence[Neighbor], config: Mapping[str, Any], *, stored: Iterable[StoredOptimizer]
) -> list[StoredOptimizer]:
    """The best optimizer of each family, the nearest family first; of the same architecture only.

    Args:
        neighbors: as in `select_checkpoint`.
        config: an architecture, as `LearnedOptimizer.describe`.
        stored: as in `select_checkpoint`.
    """
    best: dict[str, StoredOptimizer] = {}
    for one in stored:
        is_better = one.task_id not in best or one.score < best[one.task_id].score
        if one.architecture == config and is_better:
            best[one.task_id] = one
    ordered = sorted(neighbors, key=lambda neighbor: neighbor.distance)
    return [best[neighbor.dataset_id] for neighbor in ordered if neighbor.dataset_id in best]


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
