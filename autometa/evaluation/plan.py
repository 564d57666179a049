"""EvaluationPlan: how trials are measured, and which configurations are tried."""

import zlib
from dataclasses import dataclass

import numpy as np

from autometa.dataset import TaskType
from autometa.learners.base import Learner
from autometa.learners.catalogue import BASE_LEARNERS, learner
from autometa.search_space import Configuration

MAX_REPEATS = 1000  # known configurations drawn in a row before a search space counts as used up


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What is tried on every data set, and how.

    Attributes:
        n_configurations: per learner; the library default first, then draws that are the same everywhere.
        max_rows: larger tables are subsampled (stratified) to this many rows.
        n_folds: cross-validation folds up to `few_folds_above` rows.
        n_folds_large: folds above that.
        few_folds_above: rows.
        min_class_rows: rarer classes are left out of the evaluation.
        fit_seconds: CPU seconds that one fit may take.
        memory_bytes: address space of the evaluating process.
        seed: of subsampling, folds, configurations and estimators.
        learner_names: which learners; the base catalogue where empty.
    """

    n_configurations: int = 32
    max_rows: int = 2000
    n_folds: int = 5
    n_folds_large: int = 3
    few_folds_above: int = 1500
    min_class_rows: int = 10
    fit_seconds: int = 20
    memory_bytes: int = 6 * 2**30
    seed: int = 0
    learner_names: tuple[str, ...] = ()

    def learners(self, task_type: TaskType) -> tuple[Learner, ...]:
        """The learners to evaluate for this task.

        Raises:
            UnknownNameError: a name that the catalogue does not have.
        """
        named = [learner(name) for name in dict.fromkeys(self.learner_names)] or BASE_LEARNERS
        return tuple(member for member in named if task_type in member.search_spaces)

    def configurations(self, learner: Learner, task_type: TaskType) -> tuple[Configuration, ...]:
        """The configurations of one learner: its default, then distinct random draws.

        They depend on the plan's seed and the search space alone, so that every data set sees the same, and a
        longer list starts with the shorter one. A space with fewer configurations gives fewer.
        """
        search_space = learner.search_spaces[task_type]
        rng = np.random.default_rng([self.seed, zlib.crc32(search_space.name.encode())])
        chosen = [learner.defaults[task_type]]
        n_repeats = 0
        while len(chosen) < self.n_configurations and n_repeats < MAX_REPEATS:
            params = search_space.draw(rng)
            n_repeats = n_repeats + 1 if params in chosen else 0
            if n_repeats == 0:
                chosen.append(params)
        return tuple(chosen)

    def n_folds_for(self, n_rows: int) -> int:
        """Cross-validation folds for this many rows."""
        return self.n_folds if n_rows <= self.few_folds_above else self.n_folds_large
