"""Setup: what is searched on a table, and how its trials are measured."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.evaluation import EvaluationPlan
from autometa.evaluation.job import Job
from autometa.history import Direction
from autometa.learners.base import Learner
from autometa.learners.catalogue import BASE_LEARNERS, learner, learners, require_installed
from autometa.metrics import DEFAULT_METRIC, direction_of
from autometa.readers.table import Table
from autometa.search_space import SearchSpace
from autometa.tuning.joint_space import joint_space
from autometa.warmstart.sources import TrialSource

MAX_ROWS = 20_000  # that trials are compared on; the model is fitted on all
MIN_CLASS_ROWS = 5  # one for each fold
SEARCHED = "tune"  # the source that a search's trials are recorded under
FIT_SECONDS = 120  # CPU time after which a fit counts as failed


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What a search on a table is.

    Attributes:
        table: the data.
        metric: that is optimised.
        direction: of it.
        learners: that are searched.
        search_space: over all of them.
        job: the rows and folds that trials are measured on.
    """

    table: Table
    metric: str
    direction: Direction
    learners: tuple[Learner, ...]
    search_space: SearchSpace
    job: Job

    @classmethod
    def of(
        cls,
        table: Table,
        *,
        metric: str | None,
        learner_names: Sequence[str],
        experience: TrialSource | None,
        seed: int,
    ) -> Self:
        """The setup for a table.

        Args:
            table: the data.
            metric: the task's default where None.
            learner_names: only these; the base catalogue, and what else was tried before, if empty.
            experience: past trials.
            seed: of folds and estimators.

        Raises:
            UnknownNameError: no such metric or learner; or it cannot do this task, or is not installed.
            InvalidDatasetError: too little is left of the table to be evaluated.
        """
        task_type = table.dataset.task_type
        metric = metric or DEFAULT_METRIC[task_type]
        direction = direction_of(metric, task_type)
        chosen = _named(learner_names, task_type) or usual_learners(task_type, metric, experience)
        plan = EvaluationPlan(
            n_configurations=1,
            max_rows=MAX_ROWS,
            min_class_rows=MIN_CLASS_ROWS,
            fit_seconds=FIT_SECONDS,
            seed=seed,
        )
        return cls(table, metric, direction, chosen, joint_space(chosen, task_type), Job.of(table, plan))

    @property
    def n_folds(self) -> int:
        """Of the cross-validation."""
        return self.job.plan.n_folds_for(len(self.job.target))

    @property
    def study_name(self) -> str:
        """Equal for the same table, metric, learners and way of measuring: such searches are one study."""
        plan = self.job.plan
        measured = [plan.max_rows, plan.min_class_rows, plan.seed, self.n_folds, self.search_space.to_json()]
        digest = hashlib.blake2b(json.dumps(measured).encode(), digest_size=4).hexdigest()
        return f"tune-{self.table.dataset.fingerprint()[:12]}-{self.metric}-{digest}"

    def notes(self) -> tuple[str, ...]:
        """Sentences about rows on which trials are not measured."""
        n_used, n_rows = len(self.job.target), self.table.dataset.n_rows
        if n_used == n_rows:
            return ()
        return (
            f"scores are measured on {n_used:,} of {n_rows:,} rows (at most {MAX_ROWS:,}, classes with at "
            f"least {MIN_CLASS_ROWS} rows); the model is fitted on all",
        )


def _named(names: Sequence[str], task_type: TaskType) -> tuple[Learner, ...]:
    named = tuple(learner(name) for name in dict.fromkeys(names))
    for member in named:
        require_installed(member)
        if task_type not in member.search_spaces:
            able = ", ".join(one.name for one in learners(task_type))
            raise UnknownNameError(f"{member.name} does not do {task_type}; these do: {able}")
    return named


def usual_learners(task_type: TaskType, metric: str, experience: TrialSource | None) -> tuple[Learner, ...]:
    """The base catalogue, and what else was tried before and can be used here.

    Args:
        task_type: of the table.
        metric: that experience is asked for.
        experience: past trials.
    """
    tried: set[str] = set()
    if experience is not None:
        tried = {candidate.learner for candidate in experience.performance(task_type, metric).candidates}
    return tuple(one for one in learners(task_type) if one in BASE_LEARNERS or one.name in tried)
