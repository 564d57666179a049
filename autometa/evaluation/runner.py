"""evaluate_table: every configuration of a plan on one table, in a process that may be ended at any time."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from autometa.evaluation.job import Attempt, Job
from autometa.evaluation.plan import EvaluationPlan
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.learners.catalogue import learner
from autometa.metrics import DEFAULT_METRIC, METRICS
from autometa.readers.table import Table

_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
_PACKAGES = ("autometa", "numpy", "scikit-learn", "scipy")


def evaluate_table(table: Table, plan: EvaluationPlan, *, source: str = "local") -> list[PriorStudy]:
    """One study per learner, in the task's default metric, the other metrics beside it.

    The fits run one after another, single-threaded, in a child process. A fit over its CPU or memory limit
    becomes a trial with that status, and the rest goes on in a new process.

    Args:
        table: the data.
        plan: what to try and how.
        source: noted in the studies.

    Raises:
        InvalidDatasetError: too little is left of the table to be evaluated.
    """
    job = Job.of(table, plan)
    with TemporaryDirectory(prefix="autometa-") as folder:
        job.write(Path(folder))
        results = dict(_run(job, Path(folder)))
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
            versions={package: version(package) for package in _PACKAGES},
            n_fit_rows=job.n_fit_rows,
        )
        for name, members in trials.items()
    ]


def _run(job: Job, folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Results by attempt; a process that dies costs one attempt."""
    first = 0
    while first < len(job.attempts):
        command = [sys.executable, "-m", "autometa.evaluation.worker", str(folder), str(first)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | _ONE_THREAD
        ) as process:
            try:
                output = process.stdout or []
                for line in map(json.loads, output):
                    first = line.get("start", first)
                    if "end" in line:
                        yield line.pop("end"), line
                        first += 1
                complaint = process.stderr.read() if process.stderr else ""
            finally:
                process.kill()
        if first < len(job.attempts):
            if process.returncode >= 0:
                raise RuntimeError(f"the evaluating process ended with code {process.returncode}: {complaint[-2000:]}")
            yield first, {"status": _status_of(process.returncode)}
            first += 1


def _status_of(return_code: int) -> TrialStatus:
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
