"""The best configurations of a search space on each of several data sets, in a millisecond.

Two queries in plain SQL, straight to the driver: SQLAlchemy takes longer to prepare twenty selects than they
run. What they give is ranked as it is encoded, and only the best are decoded, all of a space at once.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from autometa.dataset import TaskType
from autometa.search_space import Configuration
from autometa_store.chunks import chunks
from autometa_store.codecs import codec_of, decode_other_values
from autometa_store.directions import read_direction
from autometa_store.driver import fetch_rows, placeholder
from autometa_store.models import ConfigurationRow, TrialRow

_Values = dict[str, float]  # encoded configuration -> its best value
_Scored = tuple[float, int, str]  # value, key of the space, encoded configuration
_AnyRow = tuple[Any, ...]
_VALUE = _STUDY_ID = itemgetter(0)
_MAX_SELECTS = 200  # SQLite joins at most 500 by UNION ALL

_STUDIES = """SELECT dataset.dataset_id, dataset.task_type, study.study_id, study.metric, study.direction,
study.other_metrics, search_space.space_id, search_space.definition
FROM dataset
JOIN study ON study.dataset_key = dataset.dataset_key
JOIN search_space ON search_space.space_id = study.space_id
WHERE search_space.name = {mark} AND dataset.dataset_id IN ({marks})"""

# One branch reads a few entries of ix_trial_study_id_value; ranking all trials by row_number() takes fifty
# times as long.
_BRANCH = """SELECT * FROM (
SELECT trial.study_id, trial.value, configuration.params
FROM trial JOIN configuration ON configuration.config_id = trial.config_id
WHERE trial.study_id = {mark} AND trial.value IS NOT NULL
ORDER BY trial.value {order}, trial.config_id {order} LIMIT {mark}) AS best_{i}"""


class ScoredConfiguration(NamedTuple):
    """A configuration and its score in the metric asked for, in the metric's own sign."""

    params: Configuration
    value: float


class _Study(NamedTuple):
    dataset_id: str
    task_type: str
    study_id: int
    metric: str
    direction: str
    other_metrics: str
    space_id: int
    definition: str


def read_best(
    connection: Connection,
    search_space: str,
    metric: str,
    dataset_ids: Sequence[str],
    *,
    n: int,
) -> dict[str, list[ScoredConfiguration]]:
    """The `n` best distinct configurations on each of the data sets, the best first.

    In a study's own metric this reads n entries of an index; in a metric beside it, the whole study.

    Args:
        connection: of the store.
        search_space: name of the space; all its versions count.
        metric: of the score.
        dataset_ids: one without such a study gets an empty list.
        n: how many.

    Raises:
        UnknownNameError: the metric is no study's own, and autometa does not know its direction.
    """
    studies = _studies(connection, search_space, dataset_ids)
    is_maximized = bool(studies) and _is_maximized(connection, studies, metric)
    own = [study.study_id for study in studies if study.metric == metric]
    best = _best_of(connection, own, n, is_maximized)
    found: dict[str, dict[int, _Values]] = {dataset_id: {} for dataset_id in dataset_ids}
    for study in studies:
        values = best.get(study.study_id)
        if values is None:
            values = _best_beside(connection, study, metric, is_maximized)
        known = found[study.dataset_id].setdefault(study.space_id, values)
        if known is not values:  # another source, or other versions
            _keep_better(known, values, is_maximized)
    ranked = {dataset_id: _ranked(spaces, n, is_maximized) for dataset_id, spaces in found.items()}
    return _decoded(ranked, {study.space_id: study.definition for study in studies})


def _is_maximized(connection: Connection, studies: Sequence[_Study], metric: str) -> bool:
    own = next((study.direction for study in studies if study.metric == metric), None)
    return (own or read_direction(connection, metric, TaskType(studies[0].task_type))) == "maximize"


def _studies(connection: Connection, search_space: str, dataset_ids: Sequence[str]) -> list[_Study]:
    mark = placeholder(connection)
    return [
        _Study._make(row)
        for ids in chunks(list(dict.fromkeys(dataset_ids)))
        for row in fetch_rows(connection, _studies_of(len(ids), mark), (search_space, *ids))
    ]


@lru_cache(maxsize=64)
def _studies_of(n_datasets: int, mark: str) -> str:
    return _STUDIES.format(mark=mark, marks=", ".join([mark] * n_datasets))


def _best_of(
    connection: Connection, study_ids: Sequence[int], n: int, is_maximized: bool
) -> dict[int, _Values]:
    """Each study's best configurations with their values, at least n of them if it has as many."""
    best: dict[int, _Values] = {study_id: {} for study_id in study_ids}
    n_rows, pending = n, list(study_ids)
    while pending and n_rows:
        rows = _best_rows(connection, pending, n_rows, is_maximized)
        for study_id, value, params in rows:
            best[study_id].setdefault(params, value)  # the best of a study come first
        short = [study_id for study_id in pending if len(best[study_id]) < n]
        n_seen = Counter(map(_STUDY_ID, rows)) if short else {}
        pending = [study_id for study_id in short if n_seen[study_id] == n_rows]
        n_rows *= 4  # repeats of a configuration hide others
    return best


def _best_rows(
    connection: Connection, study_ids: Sequence[int], n_rows: int, is_maximized: bool
) -> list[_AnyRow]:
    mark = placeholder(connection)
    rows: list[_AnyRow] = []
    for piece in chunks(study_ids, _MAX_SELECTS):
        bound = tuple(value for study_id in piece for value in (study_id, n_rows))
        rows += fetch_rows(connection, _union(len(piece), mark, is_maximized), bound)
    return rows


@lru_cache(maxsize=64)
def _union(n_studies: int, mark: str, is_maximized: bool) -> str:
    order = "DESC" if is_maximized else "ASC"
    return " UNION ALL ".join(_BRANCH.format(i=i, mark=mark, order=order) for i in range(n_studies))


def _best_beside(connection: Connection, study: _Study, metric: str, is_maximized: bool) -> _Values:
    """The best value of each configuration of a study in a metric that is not its own."""
    best: _Values = {}
    other_metrics = json.loads(study.other_metrics)
    if metric not in other_metrics:
        return best
    query = select(ConfigurationRow.params, TrialRow.other_values).join(
        TrialRow, TrialRow.config_id == ConfigurationRow.config_id
    )
    for params, blob in connection.execute(query.where(TrialRow.study_id == study.study_id)):
        values = decode_other_values(blob, other_metrics)
        if metric in values:
            _keep_better(best, {params: values[metric]}, is_maximized)
    return best


def _keep_better(best: _Values, values: _Values, is_maximized: bool) -> None:
    better = max if is_maximized else min
    for params, value in values.items():
        best[params] = better(value, best.get(params, value))


def _ranked(spaces: Mapping[int, _Values], n: int, is_maximized: bool) -> list[_Scored]:
    scored = [
        (value, space_id, params) for space_id, values in spaces.items() for params, value in values.items()
    ]
    return sorted(scored, key=_VALUE, reverse=is_maximized)[:n]


def _decoded(
    ranked: Mapping[str, list[_Scored]], definitions: Mapping[int, str]
) -> dict[str, list[ScoredConfiguration]]:
    """With all configurations of a space decoded at once."""
    texts: dict[int, list[str]] = {space_id: [] for space_id in definitions}
    for scored in ranked.values():
        for _, space_id, params in scored:
            texts[space_id].append(params)
    decoded = {
        space_id: iter(codec_of(definitions[space_id]).decode_all(members))
        for space_id, members in texts.items()
    }
    return {
        dataset_id: [ScoredConfiguration(next(decoded[space_id]), value) for value, space_id, _ in scored]
        for dataset_id, scored in ranked.items()
    }
