"""evaluate_table: every configuration of a plan on one table, in a process that may be ended at any time."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from statistics import fmean
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

from autometa.evaluation.job import NOTHING_KNOWN, Attempt, Job
from autometa.evaluation.plan import EvaluationPlan
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.learners.base import Learner
from autometa.learners.catalogue import learner
from autometa.metrics import DEFAULT_METRIC, METRICS
from autometa.readers.table import Table

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_PACKAGES = ("autometa", "numpy", "scikit-learn", "scipy")


def evaluate_table(
    table: Table, plan: EvaluationPlan, *, source: str = "local", n_known: Mapping[str, int] = NOTHING_KNOWN
) -> list[PriorStudy]:
    """One study per learner, in the task's default metric, the other metrics beside it.

    The fits run one after another, single-threaded, in a child process. A fit over its CPU or memory limit
    becomes a trial with that status, and the rest goes on in a new process.

    Args:
        table: the data.
        plan: what to try and how.
        source: noted in the studies.
        n_known: by learner, how many of its first configurations are known and left out.

    Raises:
        InvalidDatasetError: too little is left of the table to be evaluated.
    """
    job = Job.of(table, plan, n_known=n_known)
    results = dict(run_job(job))
    trials: dict[str, list[PriorTrial]] = {}
    for index, attempt in enumerate(job.attempts):
        trials.setdefault(attempt.learner, []).append(_trial(attempt, results[index], job))
    metric = DEFAULT_METRIC[job.task_type]
    return [
        PriorStudy(
            dataset_id=table.dataset.fingerprint(),
            search_space=learner(name).search_spaces[job.task_type],
            metric=metric,
            direction=METRICS[job.task_type][metric],
            trials=tuple(members),
            source=source,
            versions=software_versions(learner(name)),
            n_fit_rows=job.n_fit_rows,
        )
        for name, members in trials.items()
    ]


def run_job(job: Job) -> Iterator[tuple[int, dict[str, Any]]]:
    """Results by attempt, as the worker says them; a process that dies costs one attempt."""
    with TemporaryFile() as file:  # without a name: nothing stays behind, however this process ends
        job.write(file)
        yield from _run(job, file)


def _run(job: Job, file: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    first = 0
    while first < len(job.attempts):
        with TemporaryFile("w+", encoding="utf-8") as complaints:
            with worker_process(file, first, complaints) as process:
                for line in map(json.loads, process.stdout or ()):
                    first = line.get("start", first)
                    if "end" in line:
                        yield line.pop("end"), line
                        first += 1
            if first < len(job.attempts) and process.returncode >= 0:
                complaints.seek(0)
                said = complaints.read()[-2000:]
                raise RuntimeError(f"the evaluating process ended with code {process.returncode}: {said}")
        if first < len(job.attempts):
            yield first, {"status": status_of_exit(process.returncode)}
            first += 1


@contextmanager
def worker_process(file: BinaryIO, first: int, complaints: IO[str]) -> Iterator["subprocess.Popen[str]"]:
    """A process that evaluates from this attempt on; it does not outlive the block.

    What it says on stderr goes to a file: a pipe that nobody reads would block it when full.
    """
    command = [sys.executable, "-m", "autometa.evaluation.worker", str(first)]
    file.seek(0)
    environment = os.environ | ONE_THREAD
    with subprocess.Popen(
        command, stdin=file, stdout=subprocess.PIPE, stderr=complaints, text=True, env=environment
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def software_versions(member: Learner) -> dict[str, str]:
    """Of all software that a score may depend on."""
    packages = (*_PACKAGES, member.package) if member.package else _PACKAGES
    return {package: version(package) for package in packages}


def status_of_exit(return_code: int) -> TrialStatus:
    """How a process that a signal ended counts."""
    endings = {-signal.SIGXCPU: TrialStatus.TIMEOUT, -signal.SIGKILL: TrialStatus.OUT_OF_MEMORY}
    return endings.get(return_code, TrialStatus.FAILED)


def _trial(attempt: Attempt, result: dict[str, Any], job: Job) -> PriorTrial:
    status = TrialStatus(result["status"])
    if status is not TrialStatus.COMPLETE:
        return PriorTrial(attempt.params, None, status, job.plan.seed)
    metric = DEFAULT_METRIC[job.task_type]
    means = {name: fmean(values) for name, values in result["scores"].items()}
    return PriorTrial(
        params=attempt.params,
        value=means.pop(metric),
        status=status,
        seed=job.plan.seed,
        fold_scores=tuple(result["scores"][metric]),
        fit_seconds=result["fit_seconds"],
        other_values=means,
    )
