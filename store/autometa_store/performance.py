"""The table of scores: every configuration on every data set, in any metric that trials were scored in.

Shapes: k data sets, c candidate configurations, t trials.
"""

import json
import logging
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from autometa.dataset import FloatArray, IntArray, TaskType
from autometa.history import TrialStatus
from autometa.warmstart.sources import Candidate, PerformanceTable
from autometa_store.chunks import chunks
from autometa_store.codecs import STATUS_CODES, codec_of
from autometa_store.directions import read_direction
from autometa_store.models import ConfigurationRow, DatasetRow, SearchSpaceRow, StudyRow, TrialRow

MAX_CELLS = 20_000_000  # k * c: a table of 340 MB
_PRUNED = STATUS_CODES[TrialStatus.PRUNED]
_FLOAT = struct.Struct("<d")  # one of the numbers that codecs.encode_floats wrote
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """Trials as columns, each (t,); NaN where there is no score, or a time or a number of rows is unknown."""

    dataset_keys: IntArray
    config_ids: IntArray
    is_failed: NDArray[np.bool_]
    values: FloatArray
    fit_seconds: FloatArray
    fit_rows: FloatArray


def read_performance(
    connection: Connection, task_type: TaskType, metric: str, *, max_cells: int = MAX_CELLS
) -> PerformanceTable:
    """Scores of every configuration on the data sets of this task type.

    Repeats of a configuration on a data set are averaged; it failed there if it was tried and never gave a
    score. A trial that was ended early says neither. Where the table would have more than `max_cells`
    cells, the configurations that were tried on the most data sets are kept, and the log says so.

    Raises:
        UnknownNameError: a metric that is neither a study's own nor one of autometa's.
    """
    direction = read_direction(connection, metric, task_type)
    scores = _read_scores(connection, task_type, metric)
    dataset_keys, rows = np.unique(scores.dataset_keys, return_inverse=True)  # (k,), (t,)
    config_ids, columns = np.unique(scores.config_ids, return_inverse=True)  # (c,), (t,)
    kept = _kept_columns(rows, columns, (len(dataset_keys), len(config_ids)), max_cells)
    position = np.full(len(config_ids), -1)
    position[kept] = np.arange(len(kept))
    is_kept = position[columns] >= 0
    shape = (len(dataset_keys), len(kept))
    cells = (rows * shape[1] + position[columns])[is_kept]
    values = _means(cells, scores.values[is_kept], shape)
    fit_rows = _means(rows, scores.fit_rows, (len(dataset_keys), 1))[:, 0]
    return PerformanceTable(
        metric=metric,
        direction=direction,
        dataset_ids=_dataset_ids(connection, dataset_keys),
        candidates=_candidates(connection, config_ids[kept]),
        scores=values,
        failed=(_counts(cells, scores.is_failed[is_kept], shape) > 0) & np.isnan(values),
        fit_seconds=_means(cells, scores.fit_seconds[is_kept], shape),
        fit_rows=None if np.isnan(fit_rows).all() else fit_rows,
    )


def _read_scores(connection: Connection, task_type: TaskType, metric: str) -> _Scores:
    studies = _studies(connection, task_type, metric)
    columns = (
        TrialRow.study_id,
        TrialRow.config_id,
        TrialRow.status,
        TrialRow.value,
        TrialRow.other_values,
        TrialRow.fit_seconds,
    )
    rows: list[tuple[float | None, ...]] = []
    for study_ids in chunks(list(studies)):
        query = select(*columns).where(TrialRow.study_id.in_(study_ids), TrialRow.status != _PRUNED)
        for row in connection.execute(query).all():
            study_id, config_id, status, value, other_values, seconds = row
            study = studies[study_id]
            score = value if study.position is None else _score_at(other_values, study.position)
            rows.append((study.dataset_key, config_id, status, score, seconds, study.n_fit_rows))
    table = np.array(rows, dtype=np.float64).reshape(
        len(rows), 6
    )  # keys are far below 2**53; None becomes NaN
    keys = table[:, :3].astype(np.int64)
    return _Scores(keys[:, 0], keys[:, 1], keys[:, 2] != 0, table[:, 3], table[:, 4], table[:, 5])


@dataclass(frozen=True, slots=True)
class _Study:
    dataset_key: int
    position: int | None  # of the metric among the study's further ones; None: it is the study's own
    n_fit_rows: int | None


def _studies(connection: Connection, task_type: TaskType, metric: str) -> dict[int, _Study]:
    """The studies with scores in the metric, by key."""
    columns = (
        StudyRow.study_id,
        StudyRow.dataset_key,
        StudyRow.metric,
        StudyRow.other_metrics,
        StudyRow.n_fit_rows,
    )
    query = select(*columns).join(DatasetRow).where(DatasetRow.task_type == task_type.value)
    studies: dict[int, _Study] = {}
    for row in connection.execute(query):
        others = json.loads(row.other_metrics)
        if metric == row.metric or metric in others:
            position = None if metric == row.metric else others.index(metric)
            studies[row.study_id] = _Study(row.dataset_key, position, row.n_fit_rows)
    return studies


def _score_at(blob: bytes | None, position: int) -> float | None:
    return (
        _FLOAT.unpack_from(blob, position * _FLOAT.size)[0]
        if blob and len(blob) > position * _FLOAT.size
        else None
    )


def _kept_columns(rows: IntArray, columns: IntArray, shape: tuple[int, int], max_cells: int) -> IntArray:
    """The configurations that fit, those tried on the most data sets first, in the order of their keys."""
    n_kept = max_cells // max(shape[0], 1)
    if shape[1] <= n_kept:
        return np.arange(shape[1])
    n_datasets = np.bincount(np.unique(rows * shape[1] + columns) % shape[1], minlength=shape[1])
    _log.warning(
        "%d of %d configurations are left out of a table of %d data sets: those tried on the fewest",
        shape[1] - n_kept,
        shape[1],
        shape[0],
    )
    return np.sort(np.argsort(-n_datasets, kind="stable")[:n_kept])


def _counts(cells: IntArray, is_counted: NDArray[np.bool_], shape: tuple[int, int]) -> IntArray:
    return np.bincount(cells[is_counted], minlength=shape[0] * shape[1]).reshape(shape)


def _means(cells: IntArray, values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """(k, c) mean of each cell's finite values; NaN where there is none."""
    finite = np.isfinite(values)
    counts = _counts(cells, finite, shape)
    sums = np.bincount(cells[finite], weights=values[finite], minlength=counts.size).reshape(shape)
    means: FloatArray = np.divide(sums, counts, out=np.full(shape, np.nan), where=counts > 0)
    return means


def _dataset_ids(connection: Connection, dataset_keys: IntArray) -> tuple[str, ...]:
    ids: dict[int, str] = {}
    for keys in chunks(dataset_keys.tolist()):
        query = select(DatasetRow.dataset_key, DatasetRow.dataset_id).where(DatasetRow.dataset_key.in_(keys))
        ids.update((key, dataset_id) for key, dataset_id in connection.execute(query))
    return tuple(ids[key] for key in dataset_keys.tolist())


def _candidates(connection: Connection, config_ids: IntArray) -> tuple[Candidate, ...]:
    """The configurations with these keys, in their order."""
    texts: dict[int, dict[int, str]] = {}  # by space and configuration
    for keys in chunks(config_ids.tolist()):
        query = select(ConfigurationRow.space_id, ConfigurationRow.config_id, ConfigurationRow.params)
        for space_id, config_id, params in connection.execute(
            query.where(ConfigurationRow.config_id.in_(keys))
        ).all():
            texts.setdefault(space_id, {})[config_id] = params
    candidates: dict[int, Candidate] = {}
    spaces = select(SearchSpaceRow.space_id, SearchSpaceRow.name, SearchSpaceRow.definition)
    for space_id, name, definition in connection.execute(spaces):
        members = texts.get(space_id, {})
        learner = name.partition("/")[0]
        decoded = codec_of(definition).decode_all(list(members.values()))
        candidates.update(
            (key, Candidate(learner, params)) for key, params in zip(members, decoded, strict=True)
        )
    return tuple(candidates[key] for key in config_ids.tolist())
