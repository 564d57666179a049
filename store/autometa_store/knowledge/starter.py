"""StarterKnowledge: the shipped experience, read from one compressed NumPy file (no SQL, no pickle).

The table is dense: every configuration was tried on every data set of its task. `build` writes the file;
CARD.md says how it was made.

Shapes: k data sets, c candidates, s metrics, f folds.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import TaskType
from autometa.errors import StoreError, UnknownNameError
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.metafeatures.base import MetaFeatureTable
from autometa.metrics import DEFAULT_METRIC, METRICS
from autometa.search_space import SearchSpace
from autometa.warmstart.sources import Candidate, DatasetInfo, PerformanceTable

STARTER_FILE = Path(__file__).with_name("starter.npz")
SOURCE = "local"  # as `populate local` names it, so that unpacked knowledge can be continued
STATUSES = tuple(TrialStatus)  # their positions are the codes in the file


def load_starter(path: Path = STARTER_FILE) -> "StarterKnowledge":
    """The shipped knowledge; arrays are read when they are asked for.

    Args:
        path: of another file in the same form.

    Raises:
        StoreError: the file is missing or is not such a file.
    """
    try:
        content = BytesIO(path.read_bytes())  # no file stays open, however long the knowledge lives
        return StarterKnowledge(np.load(content, allow_pickle=False))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path.name} is not a knowledge file ({error}); reinstall autometa") from error


class StarterKnowledge:
    """A `TrialSource` over the arrays of a knowledge file.

    Args:
        arrays: by name, "TASK/scores" and so on; see `build`.
    """

    def __init__(self, arrays: Any):
        self._arrays = arrays

    def datasets(self, task_type: TaskType) -> list[DatasetInfo]:
        """The data sets of this task."""
        return [
            DatasetInfo(**{**fields, "task_type": task_type}) for fields in self._index(task_type)["datasets"]
        ]

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """Meta-features of all data sets of this task, as recorded.

        Raises:
            UnknownNameError: the pack was not recorded.
        """
        index = self._index(task_type)
        if pack not in index["packs"]:
            raise UnknownNameError.of("meta-feature pack", pack, list(index["packs"]))
        return MetaFeatureTable(
            pack=pack,
            version=index["packs"][pack]["version"],
            dataset_ids=tuple(fields["dataset_id"] for fields in index["datasets"]),
            names=tuple(index["packs"][pack]["names"]),
            values=self._array(task_type, f"meta/{pack}"),
        )

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        """Mean cross-validated scores of every configuration.

        Raises:
            UnknownNameError: the metric was not recorded.
        """
        index = self._index(task_type)
        if metric not in index["metrics"]:
            raise UnknownNameError.of(f"{task_type} metric", metric, index["metrics"])
        scores = self._array(task_type, "scores")[:, :, index["metrics"].index(metric)].astype(np.float64)
        return PerformanceTable(
            metric=metric,
            direction=METRICS[task_type][metric],
            dataset_ids=tuple(fields["dataset_id"] for fields in index["datasets"]),
            candidates=tuple(Candidate(**fields) for fields in index["candidates"]),
            scores=scores,
            failed=self._array(task_type, "status") != STATUSES.index(TrialStatus.COMPLETE),
            fit_seconds=self._array(task_type, "fit_seconds").astype(np.float64),
            fit_rows=self._array(task_type, "fit_rows").astype(np.float64),
        )

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> list[PriorStudy]:
        """The studies of the search space with this name, of all or of some data sets."""
        return [
            study
            for task_type in TaskType
            for learner, text in self._index(task_type)["search_spaces"].items()
            if json.loads(text)["name"] == search_space
            for study in self._studies(task_type, [learner], dataset_ids)
        ]

    def all_studies(self, task_type: TaskType) -> Iterator[PriorStudy]:
        """Everything again as studies, one per data set and learner, e.g. to fill a store."""
        return self._studies(task_type, list(self._index(task_type)["search_spaces"]), None)

    def _studies(
        self, task_type: TaskType, learners: Sequence[str], dataset_ids: Sequence[str] | None
    ) -> Iterator[PriorStudy]:
        index = self._index(task_type)
        candidates = [Candidate(**fields) for fields in index["candidates"]]
        spaces = {name: SearchSpace.from_json(index["search_spaces"][name]) for name in learners}
        metric = DEFAULT_METRIC[task_type]
        for row, fields in enumerate(index["datasets"]):
            if dataset_ids is not None and fields["dataset_id"] not in dataset_ids:
                continue
            for learner, search_space in spaces.items():
                columns = [i for i, candidate in enumerate(candidates) if candidate.learner == learner]
                yield PriorStudy(
                    dataset_id=fields["dataset_id"],
                    search_space=search_space,
                    metric=metric,
                    direction=METRICS[task_type][metric],
                    trials=tuple(self._trial(task_type, row, i, candidates[i]) for i in columns),
                    source=SOURCE,
                    versions=index["versions"],
                    n_fit_rows=int(self._array(task_type, "fit_rows")[row]),
                )

    def _trial(self, task_type: TaskType, row: int, column: int, candidate: Candidate) -> PriorTrial:
        status = STATUSES[self._array(task_type, "status")[row, column]]
        seed = self._index(task_type)["seed"]
        if status is not TrialStatus.COMPLETE:
            return PriorTrial(candidate.params, None, status, seed)
        metrics = self._index(task_type)["metrics"]
        values = dict(zip(metrics, map(float, self._array(task_type, "scores")[row, column]), strict=True))
        folds = self._array(task_type, "fold_scores")[row, column]
        return PriorTrial(
            params=candidate.params,
            value=values.pop(DEFAULT_METRIC[task_type]),
            seed=seed,
            fold_scores=tuple(float(score) for score in folds[~np.isnan(folds)]),
            fit_seconds=float(self._array(task_type, "fit_seconds")[row, column]),
            other_values={name: value for name, value in values.items() if not np.isnan(value)},
        )

    def _index(self, task_type: TaskType) -> dict[str, Any]:
        return self._indices[task_type]

    @cached_property
    def _indices(self) -> dict[TaskType, dict[str, Any]]:
        return {task: json.loads(self._array(task, "index").tobytes()) for task in TaskType}

    @cached_property
    def _read(self) -> dict[str, NDArray[Any]]:
        return {}

    def _array(self, task_type: TaskType, name: str) -> NDArray[Any]:
        key = f"{task_type}/{name}"
        if key not in self._read:
            self._read[key] = self._arrays[key]
        return self._read[key]
