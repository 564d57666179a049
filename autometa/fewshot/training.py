"""Training a few-shot learner: one loop for all of them.

A run is a function of the learner's weights, the plan, and the states of two generators; all of that is in
the checkpoint, so that a run that was interrupted ends with the same bits as one that was not.
"""

from collections.abc import Callable
from pathlib import Path

import torch

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.fewshot.episodes import EpisodeSource
from autometa.fewshot.evaluation import check_fit
from autometa.fewshot.interrupts import deferred_interrupt
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.plan import TrainingPlan
from autometa.fewshot.processes import all_processes
from autometa.fewshot.progress import StepReport
from autometa.fewshot.run import Run, TrainingResult


def train(
    learner: FewShotLearner,
    sampler: EpisodeSource,
    *,
    plan: TrainingPlan,
    validation_sampler: EpisodeSource | None = None,
    callback: Callable[[StepReport], None] | None = None,
    out: Path | None = None,
    resume: bool = False,
    seed: int = 0,
) -> TrainingResult:
    """Train in place; with validation, the learner has its best weights in the end, else its last.

    Ctrl-C ends the step at hand, writes the checkpoint, and then interrupts. An exception of the callback
    ends the training, too, and passes through.

    Started by `torchrun`, all processes train one learner: each draws the plan's episodes from its sampler's
    seed plus its rank, and gradients are averaged, so that a step of two processes is one of twice as many
    episodes. Batch normalisation takes the statistics of a process's own episodes; running averages are
    averaged. The first process alone validates, writes and calls back.

    Args:
        learner: on the device of the samplers.
        sampler: of the training classes.
        plan: of the run.
        validation_sampler: of other classes; every validation sees the same episodes.
        callback: called after every step.
        out: folder for checkpoints and metrics; nothing is written where None.
        resume: go on from the folder's checkpoint, if there is one.
        seed: of the learner's own randomness.

    Raises:
        TrainingError: the learner does not fit the episodes or the plan, the folder has another run, or the
            loss is not finite.
    """
    _check(learner, sampler, plan)
    device = sampler.generator.device
    processes = all_processes(device)
    if plan.cuda_graph:
        _check_recording(learner, plan, device, n_processes=processes.size)
    generator = make_generator(seed + processes.rank, device)
    run = Run(learner, sampler, plan, validation_sampler, out, generator, processes)
    run.open(resume=resume)
    is_interrupted = False
    with deferred_interrupt() as interrupted:
        while run.wants_more and not (is_interrupted := processes.is_any(interrupted())):
            run.step(callback)
        run.save()
    if is_interrupted or interrupted():
        raise KeyboardInterrupt
    return run.close()


def _check(learner: FewShotLearner, sampler: EpisodeSource, plan: TrainingPlan) -> None:
    check_fit(learner, sampler)
    if plan.precision == "bfloat16" and not learner.allows_bfloat16:
        raise TrainingError(
            f"{type(learner).__name__} takes gradients of gradients, which bfloat16 spoils; use float32"
        )
    if plan.compile and not learner.allows_compile:
        raise TrainingError(f"the steps of {type(learner).__name__} cannot be compiled; leave compile out")


def _check_recording(
    learner: FewShotLearner, plan: TrainingPlan, device: torch.device, *, n_processes: int
) -> None:
    """Refuse a CUDA graph where there cannot be one.

    Raises:
        TrainingError: there is no GPU, or something is different in every step.
    """
    if type(learner).begin_step is not FewShotLearner.begin_step:
        why = f"the steps of {type(learner).__name__} are annealed"
    elif plan.optimizer == "sgd" or plan.compile:
        why = "it goes with adam or adamw, and without compile"
    elif n_processes > 1:
        why = f"there are {n_processes} processes"
    elif device.type != "cuda":
        why = f"the episodes live on {device.type}, and it needs a GPU"
    else:
        return
    raise TrainingError(f"this training cannot be recorded as a CUDA graph: {why}; leave cuda_graph out")
