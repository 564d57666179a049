"""The best configurations of a search space on each of several data sets, in a millisecond."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, TextClause, bindparam, select, text

from autometa.dataset import TaskType
from autometa.search_space import Configuration
from autometa_store.chunks import chunks
from autometa_store.codecs import codec_of, decode_other_values
from autometa_store.directions import read_direction
from autometa_store.models import ConfigurationRow, DatasetRow, SearchSpaceRow, StudyRow, TrialRow

_Key = tuple[str, str]  # definition of the space, encoded configuration
_AnyRow = Row[*tuple[Any, ...]]
_MAX_SELECTS = 200  # SQLite joins at most 500 by UNION ALL

# One branch reads a few entries of ix_trial_study_id_value; ranking all trials by row_number() takes fifty
# times as long. Plain text, for SQLAlchemy takes longer to build and hash twenty selects than they run.
_BRANCH = """SELECT * FROM (
SELECT trial.study_id, trial.value, configuration.params
FROM trial JOIN configuration ON configuration.config_id = trial.config_id
WHERE trial.study_id = :study_{i} AND trial.value IS NOT NULL
ORDER BY trial.value {order}, trial.config_id {order} LIMIT :n_rows) AS best_{i}"""

_STUDIES = (
    select(
        DatasetRow.dataset_id,
        DatasetRow.task_type,
        StudyRow.study_id,
        StudyRow.metric,
        StudyRow.direction,
        StudyRow.other_metrics,
        SearchSpaceRow.definition,
    )
    .join(StudyRow, StudyRow.dataset_key == DatasetRow.dataset_key)
    .join(SearchSpaceRow)
    .where(
        SearchSpaceRow.name == bindparam("search_space"),
        DatasetRow.dataset_id.in_(bindparam("dataset_ids", expanding=True)),
    )
)


class ScoredConfiguration(NamedTuple):
    """A configuration and its score in the metric asked for, in the metric's own sign."""

    params: Configuration
    value: float


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
    scored: dict[str, dict[_Key, float]] = {dataset_id: {} for dataset_id in dataset_ids}
    studies = _studies(connection, search_space, dataset_ids)
    is_maximized = bool(studies) and _is_maximized(connection, studies, metric)
    own = {study.study_id: study for study in studies if study.metric == metric}
    for study_id, values in _best_of(connection, list(own), n, is_maximized).items():
        _keep_better(scored, own[study_id], values.items(), is_maximized)
    for study in studies:
        if study.metric != metric:
            _keep_better(scored, study, _rows_beside(connection, study, metric), is_maximized)
    return _decoded({dataset_id: _ranked(values, n, is_maximized) for dataset_id, values in scored.items()})


def _is_maximized(connection: Connection, studies: Sequence[_AnyRow], metric: str) -> bool:
    own = next((study.direction for study in studies if study.metric == metric), None)
    return (own or read_direction(connection, metric, TaskType(studies[0].task_type))) == "maximize"


def _studies(connection: Connection, search_space: str, dataset_ids: Sequence[str]) -> list[_AnyRow]:
    bound = {"search_space": search_space}
    pieces = chunks(list(dict.fromkeys(dataset_ids)))
    return [
        row
        for ids in pieces
        for row in connection.execute(_STUDIES, {**bound, "dataset_ids": list(ids)}).all()
    ]


def _best_of(
    connection: Connection, study_ids: Sequence[int], n: int, is_maximized: bool
) -> dict[int, dict[str, float]]:
    """Each study's best configurations with their scores, at least n of them if it has as many."""
    best: dict[int, dict[str, float]] = {study_id: {} for study_id in study_ids}
    n_rows, pending = n, study_ids
    while pending and n_rows:
        n_seen = Counter[int]()
        for piece in chunks(pending, _MAX_SELECTS):
            rows = connection.execute(_union(len(piece), is_maximized), _bound(piece, n_rows)).all()
            n_seen.update([study_id for study_id, _, _ in rows])
            for study_id, value, params in rows:
                best[study_id].setdefault(params, value)  # the best of a study come first
        pending = [key for key in pending if n_seen[key] == n_rows and len(best[key]) < n]
        n_rows *= 4  # repeats of a configuration hide others
    return best


@lru_cache(maxsize=64)
def _union(n_studies: int, is_maximized: bool) -> TextClause:
    order = "DESC" if is_maximized else "ASC"
    return text(" UNION ALL ".join(_BRANCH.format(i=i, order=order) for i in range(n_studies)))


def _bound(study_ids: Sequence[int], n_rows: int) -> dict[str, int]:
    return {"n_rows": n_rows, **{f"study_{i}": study_id for i, study_id in enumerate(study_ids)}}


def _rows_beside(connection: Connection, study: _AnyRow, metric: str) -> Iterator[tuple[str, float]]:
    other_metrics = json.loads(study.other_metrics)
    if metric not in other_metrics:
        return
    query = select(ConfigurationRow.params, TrialRow.other_values).join(
        TrialRow, TrialRow.config_id == ConfigurationRow.config_id
    )
    for params, blob in connection.execute(query.where(TrialRow.study_id == study.study_id)):
        values = decode_other_values(blob, other_metrics)
        if metric in values:
            yield params, values[metric]


def _keep_better(
    scored: Mapping[str, dict[_Key, float]],
    study: _AnyRow,
    rows: Iterable[tuple[str, float]],
    is_maximized: bool,
) -> None:
    kept, definition = scored[study.dataset_id], study.definition
    for params, value in rows:
        key = (definition, params)
        known = kept.get(key)
        if known is None or (value > known if is_maximized else value < known):
            kept[key] = value


def _ranked(values: dict[_Key, float], n: int, is_maximized: bool) -> list[tuple[_Key, float]]:
    return sorted(values.items(), key=itemgetter(1), reverse=is_maximized)[:n]


def _decoded(ranked: Mapping[str, list[tuple[_Key, float]]]) -> dict[str, list[ScoredConfiguration]]:
    """With all configurations of a space decoded at once."""
    texts: dict[str, list[str]] = {}
    for scored in ranked.values():
        for (definition, params), _ in scored:
            texts.setdefault(definition, []).append(params)
    decoded = {
        definition: iter(codec_of(definition).decode_all(members)) for definition, members in texts.items()
    }
    return {
        dataset_id: list(map(ScoredConfiguration._make, _in_turn(scored, decoded)))
        for dataset_id, scored in ranked.items()
    }


def _in_turn(
    scored: Iterable[tuple[_Key, float]], decoded: Mapping[str, Iterator[Configuration]]
) -> Iterator[tuple[Configuration, float]]:
    for (definition, _), value in scored:
        yield next(decoded[definition]), value
