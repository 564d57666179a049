"""The evaluating process: fits one attempt after another and prints a JSON line before and after each.

`python -m autometa.evaluation.worker FIRST < JOB` evaluates the job in a file from attempt FIRST on. The
kernel enforces the limits (RLIMIT_CPU before each fit, RLIMIT_AS once), so that a fit inside C code ends too;
the parent sees how the process died. Where the kernel has no such limits (Windows), none are enforced.
"""

import json
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from autometa.dataset import FloatArray, IntArray, TaskType
from autometa.evaluation.job import Attempt, Job
from autometa.evaluation.sampling import split_folds
from autometa.evaluation.scoring import score
from autometa.history import TrialStatus
from autometa.learners.base import Encoding, Setting
from autometa.learners.catalogue import learner
from autometa.learners.encoding import make_encoder, n_categorical

Target = FloatArray | IntArray
Fold = tuple[FloatArray, Target, FloatArray, Target]  # train inputs and target, test inputs and target

_SIGNS_OF_NO_MEMORY = (
    "cannot allocate memory",
    "failed to map segment",
    "can't start new thread",
    "unable to allocate",
)


class Evaluator:
    """Evaluates attempts on one job; encodes every fold once per encoding and reuses it."""

    def __init__(self, job: Job):
        self._job = job
        self._splits = list(split_folds(job.target, job.task_type, job.plan))
        self._encoded: dict[Encoding, list[Fold]] = {}

    def evaluate(self, attempt: Attempt) -> dict[str, Any]:
        """Scores by metric, one per fold, and the mean CPU seconds of a fit; or why there are none."""
        try:
            results = list(self.fold_results(attempt))
        except Exception as error:  # libraries raise what they like; the next attempt may do better
            return {"status": status_of_error(error), "error": str(error)[:200]}
        scores = {metric: [fold_scores[metric] for fold_scores, _ in results] for metric in results[0][0]}
        if not all(math.isfinite(value) for values in scores.values() for value in values):
            return {"status": TrialStatus.FAILED, "error": "a score is not finite"}
        seconds = sum(seconds for _, seconds in results) / len(results)
        return {"status": TrialStatus.COMPLETE, "scores": scores, "fit_seconds": seconds}

    def fold_results(self, attempt: Attempt) -> Iterator[tuple[dict[str, float], float]]:
        """Scores by metric and CPU seconds of the fit, fold by fold; what a library raises comes through."""
        for fold in self._folds(learner(attempt.learner).encoding):
            yield self._fit(attempt, fold)

    def _fit(self, attempt: Attempt, fold: Fold) -> tuple[dict[str, float], float]:
        train, train_target, test, test_target = fold
        job = self._job
        classifies = job.task_type is TaskType.CLASSIFICATION
        smallest = int(np.bincount(train_target).min()) if classifies else 0
        setting = Setting(job.task_type, n_categorical(job.columns), smallest, job.plan.seed)
        estimator = learner(attempt.learner).make(attempt.params, setting)
        _limit_cpu(job.plan.fit_seconds)
        start = time.process_time()
        estimator.fit(train, train_target)
        seconds = time.process_time() - start
        return score(estimator, test, test_target, job.task_type), seconds

    def _folds(self, encoding: Encoding) -> list[Fold]:
        if encoding not in self._encoded:
            _limit_cpu(None)  # what is left of the last fit's time must not end the encoding
            self._encoded[encoding] = [self._encode(encoding, train, test) for train, test in self._splits]
        return self._encoded[encoding]

    def _encode(self, encoding: Encoding, train: IntArray, test: IntArray) -> Fold:
        encoder = make_encoder(encoding, self._job.columns).named_steps["encode"]
        frame, target = self._job.frame, self._job.target
        inputs = encoder.fit_transform(frame.iloc[train])
        return inputs, target[train], encoder.transform(frame.iloc[test]), target[test]


def status_of_error(error: Exception) -> TrialStatus:
    """Whether memory ran out: also said by the loader of a library, by a thread that cannot start, ..."""
    said = str(error).lower()
    if isinstance(error, MemoryError) or any(sign in said for sign in _SIGNS_OF_NO_MEMORY):
        return TrialStatus.OUT_OF_MEMORY
    return TrialStatus.FAILED


def _limit_cpu(seconds: int | None) -> None:
    """Let the kernel end this process if what comes takes longer; None lifts the limit."""
    if find_spec("resource") is None:
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = math.ceil(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (hard if seconds is None else used + seconds, hard))


def limit_memory(n_bytes: int) -> None:
    """Let every allocation beyond so many bytes of address space fail in this process."""
    if find_spec("resource") is None:
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (n_bytes, hard))


def main(first: int) -> None:
    """Evaluate the attempts of the job on stdin from `first` on."""
    warnings.simplefilter("ignore")  # no convergence and the like are part of what is measured
    say = take_stdout()
    job = Job.read(sys.stdin.buffer)
    limit_memory(job.plan.memory_bytes)
    evaluator = Evaluator(job)
    for index in range(first, len(job.attempts)):
        say({"start": index})
        say({"end": index, **evaluator.evaluate(job.attempts[index])})


def take_stdout() -> Callable[[dict[str, Any]], None]:
    """A function that writes JSON lines to stdout; what libraries print there from now on goes to stderr."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(line: dict[str, Any]) -> None:
        channel.write(json.dumps(line) + "\n")
        channel.flush()

    return say


if __name__ == "__main__":
    main(int(sys.argv[1]))
