"""KnownTrials: how much of a plan is measured already, so that a second run goes on where the first ended."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from autometa.dataset import TaskType
from autometa.evaluation import EvaluationPlan
from autometa.history import PriorStudy
from autometa.search_space import Configuration, SearchSpace, Value

Key = tuple[str, str, int | None]  # data set, digest of the search space, rows that a fit saw


class StudySource(Protocol):
    """What is asked of a store."""

    def studies(self, search_space: str) -> list[PriorStudy]:
        """The studies of the search spaces with this name."""
        ...


@dataclass(frozen=True, slots=True)
class KnownTrials:
    """How many of a plan's configurations are known, from the first one on; can be sent to a process.

    Attributes:
        n_leading: known configurations in front of the first unknown one.
    """

    n_leading: Mapping[Key, int]

    @classmethod
    def of(cls, source: StudySource, plan: EvaluationPlan) -> "KnownTrials":
        """What a store has of the plan, in whatever software version; a failed trial is known too."""
        n_leading: dict[Key, int] = {}
        for task in TaskType:
            for learner in plan.learners(task):
                space = learner.search_spaces[task]
                wanted = [_frozen(params) for params in plan.configurations(learner, task)]
                for key, tried in _tried(source, space).items():
                    n_leading[key] = next(
                        (i for i, params in enumerate(wanted) if params not in tried), len(wanted)
                    )
        return cls(n_leading)

    def __call__(self, dataset_id: str, search_space: SearchSpace, n_fit_rows: int) -> int:
        """How many of the plan's first configurations are known for a data set."""
        return self.n_leading.get((dataset_id, search_space.digest(), n_fit_rows), 0)


def _tried(source: StudySource, space: SearchSpace) -> dict[Key, set[frozenset[tuple[str, Value]]]]:
    tried: dict[Key, set[frozenset[tuple[str, Value]]]] = defaultdict(set)
    for study in source.studies(space.name):
        key = (study.dataset_id, study.search_space.digest(), study.n_fit_rows)
        tried[key].update(_frozen(trial.params) for trial in study.trials)
    return tried


def _frozen(params: Configuration) -> frozenset[tuple[str, Value]]:
    return frozenset(params.items())
