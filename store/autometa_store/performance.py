"""The table of scores: every configuration on every data set, in any metric that trials were scored in.

Shapes: k data sets, c candidate configurations, t trials.
"""

import json
import logging
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from autometa.dataset import FloatArray, IntArray, TaskType
from autometa.warmstart.sources import Candidate, PerformanceTable
from autometa_store.chunks import chunks
from autometa_store.codecs import codec_of, decode_floats
from autometa_store.directions import read_direction
from autometa_store.models import ConfigurationRow, DatasetRow, SearchSpaceRow, StudyRow, TrialRow

MAX_CELLS = 20_000_000  # k * c: a table of 340 MB
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """Trials as columns, each (t,); a score or time that there is not is NaN."""

    dataset_keys: IntArray
    config_ids: IntArray
    is_failed: NDArray[np.bool_]
    values: FloatArray
    fit_seconds: FloatArray


def read_performance(
    connection: Connection, task_type: TaskType, metric: str, *, max_cells: int = MAX_CELLS
) -> PerformanceTable:
    """Scores of every configuration on the data sets of this task type.

    Repeats of a configuration on a data set are averaged; it failed there if it was tried and never gave a
    score. Where the table would have more than `max_cells` cells, the configurations that were tried on the
    most data sets are kept, and the log says so.

    Raises:
        UnknownNameError: a metric that is neither a study's own nor one of autometa's.
    """
    direction = read_direction(connection, metric, task_type)
    scores = _read_scores(connection, task_type, metric)
    dataset_keys, rows = np.unique(scores.dataset_keys, return_inverse=True)  # (k,), (t,)
    config_ids, columns = np.unique(scores.config_ids, return_inverse=True)  # (c,), (t,)
    kept = _kept_columns(rows, columns, (len(dataset_keys), len(config_ids)), max_cells)
    if len(kept) < len(config_ids):
        position = np.full(len(config_ids), -1)
        position[kept] = np.arange(len(kept))
        columns, config_ids = position[columns], config_ids[kept]
    shape = (len(dataset_keys), len(config_ids))
    used = columns >= 0
    cells = (rows * shape[1] + columns)[used]
    values = _means(cells, scores.values[used], shape)
    return PerformanceTable(
        metric=metric,
        direction=direction,
        dataset_ids=_dataset_ids(connection, dataset_keys),
        candidates=_candidates(connection, config_ids),
        scores=values,
        failed=(_counts(cells, scores.is_failed[used], shape) > 0) & np.isnan(values),
        fit_seconds=_means(cells, scores.fit_seconds[used], shape),
    )


def _read_scores(connection: Connection, task_type: TaskType, metric: str) -> _Scores:
    query = (
        select(StudyRow.study_id, StudyRow.dataset_key, StudyRow.metric, StudyRow.other_metrics)
        .join(DatasetRow)
        .where(DatasetRow.task_type == task_type.value)
        .order_by(StudyRow.study_id)
    )
    parts: list[tuple[NDArray[Any], ...]] = []
    for study in connection.execute(query).all():
        if study.metric == metric:
            parts.append(_study_columns(connection, study.study_id, study.dataset_key, None))
        elif metric in (others := json.loads(study.other_metrics)):
            parts.append(_study_columns(connection, study.study_id, study.dataset_key, others.index(metric)))
    columns = [np.concatenate([part[i] for part in parts]) if parts else np.empty(0) for i in range(5)]
    return _Scores(
        dataset_keys=columns[0].astype(np.int64),
        config_ids=columns[1].astype(np.int64),
        is_failed=columns[2] != 0,
        values=columns[3].astype(np.float64),  # None becomes NaN
        fit_seconds=columns[4].astype(np.float64),
    )


def _study_columns(
    connection: Connection, study_id: int, dataset_key: int, position: int | None
) -> tuple[NDArray[Any], ...]:
    score = TrialRow.value if position is None else TrialRow.other_values
    query = select(TrialRow.config_id, TrialRow.status, score, TrialRow.fit_seconds)
    rows = connection.execute(query.where(TrialRow.study_id == study_id)).all()
    config_ids, statuses, scores, seconds = zip(*rows, strict=True) if rows else ((), (), (), ())
    if position is not None:
        scores = tuple(_score_at(blob, position) for blob in scores)
    return (
        np.full(len(rows), dataset_key),
        np.array(config_ids, dtype=np.int64),
        np.array(statuses, dtype=np.int64),
        np.array(scores, dtype=np.float64),
        np.array(seconds, dtype=np.float64),
    )


def _score_at(blob: bytes | None, position: int) -> float:
    scores = decode_floats(blob)
    return float(scores[position]) if position < len(scores) else math.nan


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
    spaces = connection.execute(
        select(SearchSpaceRow.space_id, SearchSpaceRow.name, SearchSpaceRow.definition)
    )
    space_of = {row.space_id: (row.name.partition("/")[0], codec_of(row.definition)) for row in spaces}
    candidates: dict[int, Candidate] = {}
    for keys in chunks(config_ids.tolist()):
        query = select(ConfigurationRow.config_id, ConfigurationRow.space_id, ConfigurationRow.params)
        for config_id, space_id, params in connection.execute(
            query.where(ConfigurationRow.config_id.in_(keys))
        ):
            learner, codec = space_of[space_id]
            candidates[config_id] = Candidate(learner, codec.decode(params))
    return tuple(candidates[key] for key in config_ids.tolist())
