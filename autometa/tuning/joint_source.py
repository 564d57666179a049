"""JointSource: past studies of single learners as studies of the joint space, one a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.learners.base import Learner
from autometa.metafeatures import MetaFeatureTable
from autometa.metrics import direction_of
from autometa.tuning.joint_space import join, joint_space
from autometa.warmstart.fitted_source import fit_source
from autometa.warmstart.sources import StudySource


class JointSource:
    """A `StudySource` over the joint space, and a shelf on which the surfaces of its studies are kept.

    Trials of all learners on one data set become one study, where they were measured in the same way: by the
    same source, on as many rows. So one response surface a data set compares the learners.

    Args:
        source: of single learners' studies.
        learners: of the joint space.
        task_type: of the joint space.
        metric: that trials are scored by, as their studies' own or beside it.
        dataset_ids: only these data sets.
    """

    def __init__(
        self,
        source: StudySource,
        learners: Sequence[Learner],
        task_type: TaskType,
        *,
        metric: str,
        dataset_ids: Sequence[str],
    ):
        self._source = source
        self._learners = tuple(learners)
        self._task_type = task_type
        self._metric = metric
        self._dataset_ids = tuple(dataset_ids)
        self._shelf: dict[str, Mapping[str, NDArray[Any]]] = {}
        self._joined: list[PriorStudy] | None = None

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """As the source knows them."""
        return self._source.meta_features(task_type, pack)

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> list[PriorStudy]:
        """The joint studies; none of another search space."""
        if self._joined is None:
            self._joined = self._join()
        wanted = self._dataset_ids if dataset_ids is None else dataset_ids
        found = [study for study in self._joined if study.search_space.name == search_space]
        return [study for study in found if study.dataset_id in wanted]

    def prepare(self) -> None:
        """Fit all surfaces now, so that a sampler finds them on the shelf; may run beside first trials."""
        for study in self.studies(joint_space(self._learners, self._task_type).name):
            fit_source(study, shelf=self)

    def artifact_names(self) -> list[str]:
        """The surfaces that are fitted."""
        return list(self._shelf)

    def artifact(self, name: str) -> Mapping[str, NDArray[Any]]:
        """One of them."""
        return self._shelf[name]

    def add_artifact(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> str:
        """Keep one; it has no digest, for it stays in memory."""
        self._shelf[name] = dict(arrays)
        return ""

    def _join(self) -> list[PriorStudy]:
        space = joint_space(self._learners, self._task_type)
        direction = direction_of(self._metric, self._task_type)
        trials: dict[tuple[str, str, int | None], list[PriorTrial]] = {}
        for learner in self._learners:
            for study in self._source.studies(learner.search_spaces[self._task_type].name, self._dataset_ids):
                key = (study.dataset_id, study.source, study.n_fit_rows)
                scored = (_scored(trial, study, self._metric) for trial in study.trials)
                joined = [replace(one, params=join(learner.name, one.params)) for one in scored if one]
                trials.setdefault(key, []).extend(joined)
        return [
            PriorStudy(dataset_id, space, self._metric, direction, tuple(members), source, n_fit_rows=n_rows)
            for (dataset_id, source, n_rows), members in trials.items()
        ]


def _scored(trial: PriorTrial, study: PriorStudy, metric: str) -> PriorTrial | None:
    """The trial with its score in the metric; None where it succeeded and that score is unknown."""
    if trial.status is not TrialStatus.COMPLETE or study.metric == metric:
        return trial
    value = trial.other_values.get(metric)
    return None if value is None else replace(trial, value=value, other_values={})
