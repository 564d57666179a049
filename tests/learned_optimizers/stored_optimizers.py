"""Trained optimizers as a store keeps them, without their training."""

import math

from autometa.learned_optimizers import LearnedOptimizer, LSTMOptimizer, LSTMSettings, MetaTrainingPlan
from autometa.learned_optimizers.stored import StoredOptimizer


def stored_optimizer(
    task_id: str,
    *,
    score: float = 0.5,
    optimizer: LearnedOptimizer | None = None,
    plan: MetaTrainingPlan | None = None,
) -> StoredOptimizer:
    """Of five hidden units where no optimizer is given."""
    return StoredOptimizer.of(
        optimizer or LSTMOptimizer.build(LSTMSettings(5)),
        task_id=task_id,
        task_name=f"the family {task_id}",
        features={"a": 1.5, "b": math.nan},
        plan=plan or MetaTrainingPlan(),
        start=None,
        score=score,
        n_steps=2,
        curve=((0, 2.0), (2, score)),
    )
