"""MergedSource: several sources of experience as one, e.g. the shipped knowledge and the user's store."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.history import PriorStudy
from autometa.learners.catalogue import is_library_default
from autometa.metafeatures.base import MetaFeatureTable
from autometa.warmstart.sources import (
    Candidate,
    DatasetInfo,
    PerformanceTable,
    StudySource,
    TrialSource,
    candidate_key,
)


class MergedSource:
    """All data sets of all sources; where two know the same thing, the first one's word holds.

    Args:
        sources: at least one.
    """

    def __init__(self, sources: Sequence[TrialSource]):
        self._sources = tuple(sources)

    def datasets(self, task_type: TaskType) -> list[DatasetInfo]:
        """Each data set once."""
        found: dict[str, DatasetInfo] = {}
        for source in self._sources:
            for info in source.datasets(task_type):
                found.setdefault(info.dataset_id, info)
        return list(found.values())

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """The rows of all sources whose pack has the first source's version."""
        tables = [source.meta_features(task_type, pack) for source in self._sources]
        first = next((table for table in tables if table.dataset_ids), tables[0])
        rows: dict[str, np.ndarray] = {}
        for table in tables:
            if (table.version, table.names) == (first.version, first.names):
                for dataset_id, values in zip(table.dataset_ids, table.values, strict=True):
                    rows.setdefault(dataset_id, values)
        values = np.array(list(rows.values())).reshape(len(rows), len(first.names))
        return MetaFeatureTable(pack, first.version, tuple(rows), first.names, values)

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        """The union of all tables; where both have a score, the first one's.

        Raises:
            UnknownNameError: no source knows the metric.
        """
        tables = self._tables(task_type, metric)
        filled = [table for table in tables if table.dataset_ids]
        return _union(filled or tables[:1], task_type)

    def _tables(self, task_type: TaskType, metric: str) -> list[PerformanceTable]:
        """Of the sources that know the metric: the shipped knowledge does not have what others recorded."""
        tables, unknown = [], None
        for source in self._sources:
            try:
                tables.append(source.performance(task_type, metric))
            except UnknownNameError as error:
                unknown = error
        if unknown is not None and not tables:
            raise unknown
        return tables

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> list[PriorStudy]:
        """The studies of all sources that give studies; where two have one, the first one's."""
        found: dict[tuple[str, str, str, str, str], PriorStudy] = {}
        for source in self._sources:
            if hasattr(source, "studies"):
                for study in cast(StudySource, source).studies(search_space, dataset_ids):
                    found.setdefault(_identity(study), study)
        return list(found.values())


def _identity(study: PriorStudy) -> tuple[str, str, str, str, str]:
    versions = repr(sorted(study.versions.items()))
    return study.dataset_id, study.search_space.to_json(), study.metric, study.source, versions


def _union(tables: Sequence[PerformanceTable], task_type: TaskType) -> PerformanceTable:
    row_of = _numbered(dataset_id for table in tables for dataset_id in table.dataset_ids)
    candidates: dict[str, Candidate] = {}
    for table in tables:
        for candidate in table.candidates:
            candidates.setdefault(candidate_key(candidate), _marked(candidate, task_type))
    column_of = _numbered(candidates)
    shape = (len(row_of), len(column_of))
    scores, seconds = np.full(shape, np.nan), np.full(shape, np.nan)
    failed, fit_rows = np.zeros(shape, dtype=bool), np.full(len(row_of), np.nan)
    for table in reversed(tables):  # the first table is written last, so its word holds
        rows = np.array([row_of[dataset_id] for dataset_id in table.dataset_ids], dtype=int)
        columns = np.array([column_of[candidate_key(candidate)] for candidate in table.candidates], dtype=int)
        cells = np.ix_(rows, columns)
        tried = ~np.isnan(table.scores) | table.failed
        scores[cells] = np.where(tried, table.scores, scores[cells])
        failed[cells] = np.where(tried, table.failed, failed[cells])
        seconds[cells] = np.where(np.isnan(table.fit_seconds), seconds[cells], table.fit_seconds)
        if table.fit_rows is not None:
            fit_rows[rows] = np.where(np.isnan(table.fit_rows), fit_rows[rows], table.fit_rows)
    return PerformanceTable(
        metric=tables[0].metric,
        direction=tables[0].direction,
        dataset_ids=tuple(row_of),
        candidates=tuple(candidates.values()),
        scores=scores,
        failed=failed,
        fit_seconds=seconds,
        fit_rows=fit_rows,
    )


def _marked(candidate: Candidate, task_type: TaskType) -> Candidate:
    """The candidate, marked if it is a library default; a store does not know the catalogue."""
    is_default = is_library_default(candidate.learner, candidate.params, task_type)
    return replace(candidate, is_default=is_default)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(dict.fromkeys(names))}
