"""Reading data sets, meta-features and studies back as our nouns."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Select, exists, func, select

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.warmstart.sources import DatasetInfo
from autometa_store.codecs import (
    STATUSES,
    codec_of,
    decode_floats,
    decode_other_values,
    decode_seed,
    unpack_floats,
)
from autometa_store.models import (
    ArtifactRow,
    ConfigurationRow,
    DatasetRow,
    MetaFeatureRow,
    MetaFeatureSetRow,
    SearchSpaceRow,
    SourceRow,
    StudyRow,
    TrialRow,
)

HAS_STUDY = exists().where(StudyRow.dataset_key == DatasetRow.dataset_key)
_INFO = tuple(getattr(DatasetRow, name) for name in DatasetInfo.__slots__)


def read_datasets(connection: Connection, task_type: TaskType | None = None) -> list[DatasetInfo]:
    """The data sets with a study of this task type, or all there are, in the order in which they came."""
    query = select(*_INFO).order_by(DatasetRow.dataset_key)
    if task_type is not None:
        query = query.where(DatasetRow.task_type == task_type.value, HAS_STUDY)
    return [
        DatasetInfo(**{**row._mapping, "task_type": TaskType(row.task_type)})
        for row in connection.execute(query)
    ]


def read_meta_feature_table(connection: Connection, task_type: TaskType, pack: str) -> MetaFeatureTable:
    """The pack's newest version that any data set with a study of this task type has; no rows if none has."""
    of_task = (DatasetRow.task_type == task_type.value, HAS_STUDY, MetaFeatureSetRow.pack == pack)
    base = select(MetaFeatureSetRow.version, MetaFeatureSetRow.names).join(MetaFeatureRow).join(DatasetRow)
    newest = connection.execute(
        base.where(*of_task).order_by(MetaFeatureSetRow.version.desc()).limit(1)
    ).one_or_none()
    if newest is None:
        return MetaFeatureTable(pack, 0, (), (), np.empty((0, 0)))
    query = (
        select(DatasetRow.dataset_id, MetaFeatureRow.vector)
        .join(MetaFeatureRow)
        .join(MetaFeatureSetRow)
        .where(*of_task, MetaFeatureSetRow.version == newest.version)
        .order_by(DatasetRow.dataset_key)
    )
    rows = connection.execute(query).all()
    values = np.stack([decode_floats(row.vector) for row in rows])
    names = tuple(json.loads(newest.names))
    return MetaFeatureTable(pack, newest.version, tuple(row.dataset_id for row in rows), names, values)


def read_meta_features(connection: Connection) -> Iterator[tuple[str, MetaFeatures]]:
    """Every data set's numbers, of every pack and version, beside its id."""
    query = (
        select(
            DatasetRow.dataset_id,
            MetaFeatureSetRow.pack,
            MetaFeatureSetRow.version,
            MetaFeatureSetRow.names,
            MetaFeatureRow.vector,
        )
        .join(MetaFeatureRow, MetaFeatureRow.dataset_key == DatasetRow.dataset_key)
        .join(MetaFeatureSetRow)
        .order_by(MetaFeatureSetRow.set_id, DatasetRow.dataset_key)
    )
    for row in connection.execute(query):
        names = tuple(json.loads(row.names))
        yield row.dataset_id, MetaFeatures(row.pack, row.version, names, decode_floats(row.vector))


def read_studies(
    connection: Connection, search_space: str | None = None, dataset_ids: Sequence[str] | None = None
) -> Iterator[PriorStudy]:
    """Studies in the order in which they came, one at a time.

    Args:
        connection: of the store.
        search_space: only those of spaces with this name.
        dataset_ids: only those of these data sets.
    """
    query = (
        select(StudyRow, DatasetRow.dataset_id, SearchSpaceRow.definition, SourceRow.name.label("source"))
        .join(DatasetRow)
        .join(SearchSpaceRow)
        .join(SourceRow)
        .order_by(StudyRow.study_id)
    )
    if search_space is not None:
        query = query.where(SearchSpaceRow.name == search_space)
    rows = connection.execute(query).all()
    wanted = None if dataset_ids is None else set(dataset_ids)
    for row in rows:
        if wanted is None or row.dataset_id in wanted:
            yield _study(connection, row)


def _study(connection: Connection, row: Row[*tuple[Any, ...]]) -> PriorStudy:
    codec = codec_of(row.definition)
    other_metrics = json.loads(row.other_metrics)
    rows = connection.execute(_trials_of(row.study_id)).all()
    configurations = codec.decode_all([trial[0] for trial in rows])
    trials = tuple(
        PriorTrial(
            params=params,
            value=value,
            status=STATUSES[status],
            seed=decode_seed(seed_code),
            fold_scores=unpack_floats(fold_scores),
            fit_seconds=fit_seconds,
            other_values=decode_other_values(other_values, other_metrics),
        )
        for params, (_, value, status, seed_code, fold_scores, fit_seconds, other_values) in zip(
            configurations, rows, strict=True
        )
    )
    return PriorStudy(
        dataset_id=row.dataset_id,
        search_space=codec.search_space,
        metric=row.metric,
        direction=row.direction,
        trials=trials,
        source=row.source,
        versions=json.loads(row.versions),
        n_fit_rows=row.n_fit_rows,
    )


def _trials_of(study_id: int) -> Select[*tuple[Any, ...]]:
    columns = (
        ConfigurationRow.params,
        TrialRow.value,
        TrialRow.status,
        TrialRow.seed_code,
        TrialRow.fold_scores,
        TrialRow.fit_seconds,
        TrialRow.other_values,
    )
    query = select(*columns).join(ConfigurationRow, ConfigurationRow.config_id == TrialRow.config_id)
    return query.where(TrialRow.study_id == study_id).order_by(TrialRow.number, TrialRow.config_id)


def count_rows(connection: Connection) -> dict[str, int]:
    """How many there are of everything."""
    models = {
        "datasets": DatasetRow,
        "meta_features": MetaFeatureRow,
        "search_spaces": SearchSpaceRow,
        "studies": StudyRow,
        "configurations": ConfigurationRow,
        "trials": TrialRow,
        "sources": SourceRow,
        "artifacts": ArtifactRow,
    }
    return {
        name: connection.execute(select(func.count()).select_from(model)).scalar_one()
        for name, model in models.items()
    }
