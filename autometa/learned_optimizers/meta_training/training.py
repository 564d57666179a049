"""Training an optimizer on a family of tasks.

A run is a function of the optimizer's first weights, the family and the plan with its seed; all of its state
is in the checkpoint, so that a run that was interrupted ends with the same bits as one that was not.
"""

from collections.abc import Callable
from pathlib import Path

from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.lstm import LSTMOptimizer
from autometa.learned_optimizers.meta_training.plan import MetaTrainingPlan
from autometa.learned_optimizers.meta_training.report import MetaStep, MetaTrainingResult
from autometa.learned_optimizers.meta_training.run import MetaRun
from autometa.learned_optimizers.meta_training.validation import Validation
from autometa.learned_optimizers.tasks.base import TaskFamily


def meta_train(
    family: TaskFamily,
    *,
    plan: MetaTrainingPlan,
    optimizer: LearnedOptimizer | None = None,
    validation_family: TaskFamily | None = None,
    callback: Callable[[MetaStep], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    out: Path | None = None,
    resume: bool = False,
) -> MetaTrainingResult:
    """Train an optimizer; in the end it has the weights of its best validation.

    Args:
        family: of the training tasks.
        plan: of the run.
        optimizer: trained in place, a warm start if it was trained before; where None, a fresh LSTM of the
            plan's sizes.
        validation_family: of the validation tasks; fresh ones of the training family where None.
        callback: called with the validation before the first step, and after every step.
        should_stop: asked after every step; when it says yes, the checkpoint is written and the run ends.
        out: folder for the checkpoint and the best optimizer; nothing is written where None.
        resume: go on from the folder's checkpoint, if there is one.

    Raises:
        TrainingError: the optimizer has nothing to train or does not fit the tasks, the folder has another
            run, or the tasks diverge again and again.
    """
    trained = optimizer if optimizer is not None else LSTMOptimizer.build(plan.network, seed=plan.seed)
    validation = Validation(validation_family or family, plan.n_validation, plan.unroll, plan.seed)
    run = MetaRun(trained, family, plan, validation, out)
    first = run.open(resume=resume)
    if first is not None and callback is not None:
        callback(first)
    while run.wants_more:
        report = run.step()
        if callback is not None:
            callback(report)
        if should_stop is not None and should_stop():
            break
    run.save()
    return run.close()
