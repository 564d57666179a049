"""Probing: a few configurations on at most 500 rows of a table, in a process that ends with the time."""

import json
import math
import subprocess
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import fmean
from tempfile import TemporaryFile
from threading import Timer

from autometa.evaluation.job import Attempt, Job
from autometa.evaluation.plan import EvaluationPlan
from autometa.evaluation.runner import worker_process
from autometa.history import TrialStatus
from autometa.learners.catalogue import learners as installed_learners
from autometa.readers.table import Table
from autometa.warmstart.probing import Probe
from autometa.warmstart.recommender import Recommender
from autometa.warmstart.sources import Candidate

MAX_ROWS, N_FOLDS, MIN_CLASS_ROWS = 500, 3, 6
STARTUP_SECONDS = 1.5  # wall time of a new process before its first fit


def probe_table(
    table: Table,
    recommender: Recommender,
    *,
    seconds: float,
    seed: int = 0,
    metric: str | None = None,
    learners: Collection[str] | None = None,
) -> tuple[Probe, ...]:
    """Measure some cheap, telling configurations on part of a table, for `Recommender.recommend`.

    Scores depend on the seed alone; how many there are, on what the machine manages in the time.

    Args:
        table: the new data.
        recommender: chooses what to probe.
        seconds: wall time after which nothing is running any more; what is not finished by then is dropped.
            A process takes about 1.5 of them to start.
        seed: of rows, folds and estimators.
        metric: the score to be good at; the task's default where None.
        learners: only these; all that experience has where None.

    Returns:
        At most three, in the order measured; none where nothing was expected to finish, or did.

    Raises:
        EmptyHistoryError: nothing is known for this task or these learners.
        InvalidDatasetError: too little of the table is left to be evaluated.
        UnknownNameError: the task has no such metric.
    """
    n_rows = min(table.dataset.n_rows, MAX_ROWS)
    candidates = recommender.candidates_to_probe(
        table.dataset,
        n_rows=n_rows * (N_FOLDS - 1) // N_FOLDS,
        n_folds=N_FOLDS,
        seconds=seconds - STARTUP_SECONDS,
        runnable=[learner.name for learner in installed_learners(table.dataset.task_type)],
        metric=metric,
        learners=learners,
    )
    start = time.monotonic()
    job = probe_job(table, candidates, seconds=seconds, seed=seed)
    return run_probes(job, candidates, seconds=seconds - (time.monotonic() - start)) if candidates else ()


def probe_job(table: Table, candidates: Sequence[Candidate], *, seconds: float, seed: int) -> Job:
    """What a probe measures: these candidates, three folds, at most 500 rows (stratified).

    Args:
        table: the new data.
        candidates: in the order in which they are tried.
        seconds: no fit takes more CPU seconds, rounded up.
        seed: of rows, folds and estimators.

    Raises:
        InvalidDatasetError: too little of the table is left to be evaluated.
    """
    plan = EvaluationPlan(
        n_configurations=1,
        max_rows=MAX_ROWS,
        n_folds=N_FOLDS,
        n_folds_large=N_FOLDS,
        min_class_rows=MIN_CLASS_ROWS,
        fit_seconds=max(1, math.ceil(seconds)),
        seed=seed,
    )
    attempts = tuple(Attempt(candidate.learner, candidate.params) for candidate in candidates)
    return replace(Job.of(table, plan), attempts=attempts)


def run_probes(job: Job, candidates: Sequence[Candidate], *, seconds: float) -> tuple[Probe, ...]:
    """The probes of a job that are finished in time; those that fail are left out.

    Args:
        job: as `probe_job` gives.
        candidates: of the job's attempts.
        seconds: wall time after which the process is ended.

    Raises:
        RuntimeError: the process ended by an error of its own.
    """
    with TemporaryFile() as file, TemporaryFile("w+", encoding="utf-8") as complaints:
        job.write(file)
        with worker_process(file, 0, complaints) as process, _ended_after(process, max(seconds, 0.0)):
            probes = tuple(_finished(process, candidates, len(job.target)))
            process.wait()  # within the time, too
        if process.returncode > 0:
            complaints.seek(0)
            said = complaints.read()[-2000:]
            raise RuntimeError(f"the probing process ended with code {process.returncode}: {said}")
    return probes


def _finished(
    process: "subprocess.Popen[str]", candidates: Sequence[Candidate], n_rows: int
) -> Iterator[Probe]:
    start = time.monotonic()
    for line in map(json.loads, process.stdout or ()):
        if "start" in line:
            start = time.monotonic()
        elif line["status"] == TrialStatus.COMPLETE:
            scores = {metric: fmean(values) for metric, values in line["scores"].items()}
            yield Probe(candidates[line["end"]], scores, time.monotonic() - start, n_rows)


@contextmanager
def _ended_after(process: "subprocess.Popen[str]", seconds: float) -> Iterator[None]:
    timer = Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
