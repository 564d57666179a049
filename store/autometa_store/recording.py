"""Writing data sets, meta-features and studies, repeatable without effect, in the caller's transaction."""

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Connection, func, select, update

from autometa.errors import DuplicateStudyError, IncompatibleMetaFeaturesError, StoreError
from autometa.history import PriorStudy
from autometa.metafeatures.base import MetaFeatures
from autometa.warmstart.sources import DatasetInfo
from autometa_store.codecs import codec_of, encode_floats, encode_json
from autometa_store.faults import as_refused_values
from autometa_store.models import (
    DatasetRow,
    MetaFeatureRow,
    MetaFeatureSetRow,
    SearchSpaceRow,
    SourceRow,
    StudyRow,
    TrialRow,
)
from autometa_store.recording_trials import insert_trials
from autometa_store.upserts import insert_new, key_of

_FILLABLE = ("name", "family", "n_rows", "n_columns", "n_classes", "source")


@as_refused_values()
def record_dataset(connection: Connection, info: DatasetInfo) -> None:
    """Store a data set; of one that is known, fill in only what was empty or 0.

    Raises:
        StoreError: it is known with another task type.
    """
    fields = {name: getattr(info, name) for name in _FILLABLE}
    insert_new(
        connection, DatasetRow, [{"dataset_id": info.dataset_id, "task_type": info.task_type.value, **fields}]
    )
    columns = [getattr(DatasetRow, name) for name in ("task_type", *_FILLABLE)]
    known = (
        connection.execute(select(*columns).where(DatasetRow.dataset_id == info.dataset_id)).one()._mapping
    )
    if known["task_type"] != info.task_type:
        raise StoreError(
            f"data set {info.dataset_id!r} is stored as {known['task_type']}, not {info.task_type}; "
            "use another id"
        )
    filled = {name: value for name, value in fields.items() if value and not known[name]}
    if filled:
        connection.execute(
            update(DatasetRow).where(DatasetRow.dataset_id == info.dataset_id).values(**filled)
        )


@as_refused_values()
def record_meta_features(connection: Connection, dataset_id: str, meta_features: MetaFeatures) -> None:
    """Store a data set's numbers; those of the same pack and version are replaced.

    Raises:
        StoreError: the data set is not stored.
        IncompatibleMetaFeaturesError: the pack's version is stored with other names.
    """
    key = _meta_features_key(connection, dataset_id, meta_features)
    vector = _vector(meta_features)
    if not insert_new(connection, MetaFeatureRow, [{**key, "vector": vector}]):
        connection.execute(update(MetaFeatureRow).filter_by(**key).values(vector=vector))


@as_refused_values()
def add_new_meta_features(connection: Connection, dataset_id: str, meta_features: MetaFeatures) -> None:
    """Store a data set's numbers unless there are some of the same pack and version.

    Raises:
        StoreError: the data set is not stored.
        IncompatibleMetaFeaturesError: the pack's version is stored with other names.
    """
    key = _meta_features_key(connection, dataset_id, meta_features)
    insert_new(connection, MetaFeatureRow, [{**key, "vector": _vector(meta_features)}])


def _meta_features_key(
    connection: Connection, dataset_id: str, meta_features: MetaFeatures
) -> dict[str, int]:
    dataset_key = _dataset_key(connection, dataset_id)
    pack = {"pack": meta_features.pack, "version": meta_features.version}
    names = encode_json(list(meta_features.names))
    set_id = key_of(connection, MetaFeatureSetRow.set_id, pack, {"names": names})
    if connection.execute(select(MetaFeatureSetRow.names).filter_by(set_id=set_id)).scalar_one() != names:
        raise IncompatibleMetaFeaturesError(
            f"pack {meta_features.pack} v{meta_features.version} is stored with other names; "
            "raise the pack's version"
        )
    return {"set_id": set_id, "dataset_key": dataset_key}


def _vector(meta_features: MetaFeatures) -> bytes:
    return encode_floats(meta_features.values) or b""


@as_refused_values()
def record_study(connection: Connection, study: PriorStudy) -> int:
    """Store a study's trials that are not stored yet, and what they belong to.

    Returns:
        How many trials were new.

    Raises:
        StoreError: the data set is not stored.
        DuplicateStudyError: the metric is stored with the other direction.
        SearchSpaceMismatchError: a trial has a parameter that the space does not have.
    """
    _check_direction(connection, study)
    definition = study.search_space.to_json()
    space_id = _space_id(connection, study, definition)
    study_id = _study_id(connection, study, space_id)
    other_metrics = _extend_other_metrics(connection, study_id, study)
    numbers = select(func.coalesce(func.max(TrialRow.number) + 1, 0)).where(TrialRow.study_id == study_id)
    return insert_trials(
        connection,
        study.trials,
        codec=codec_of(definition),
        space_id=space_id,
        study_id=study_id,
        other_metrics=other_metrics,
        first_number=connection.execute(numbers).scalar_one(),
    )


def _check_direction(connection: Connection, study: PriorStudy) -> None:
    query = select(StudyRow.direction).where(StudyRow.metric == study.metric).limit(1)
    known = connection.execute(query).scalar_one_or_none()
    if known not in (None, study.direction):
        raise DuplicateStudyError(
            f"metric {study.metric!r} is stored as one to {known}, this study wants to {study.direction} it; "
            "correct the direction, or give the metric another name"
        )


def _dataset_key(connection: Connection, dataset_id: str) -> int:
    query = select(DatasetRow.dataset_key).where(DatasetRow.dataset_id == dataset_id)
    key = connection.execute(query).scalar_one_or_none()
    if key is None:
        raise StoreError(f"data set {dataset_id!r} is not stored; call add_dataset first")
    return key


def _space_id(connection: Connection, study: PriorStudy, definition: str) -> int:
    space = study.search_space
    fields = {"name": space.name, "version": space.version, "definition": definition}
    return key_of(connection, SearchSpaceRow.space_id, {"digest": space.digest()}, fields)


def _study_id(connection: Connection, study: PriorStudy, space_id: int) -> int:
    versions = encode_json(dict(study.versions))
    identity = [
        study.dataset_id,
        study.search_space.digest(),
        study.metric,
        study.source,
        versions,
        study.n_fit_rows,
    ]
    digest = hashlib.blake2b(encode_json(identity).encode(), digest_size=16).digest()
    fields = {
        "dataset_key": _dataset_key(connection, study.dataset_id),
        "space_id": space_id,
        "source_id": key_of(connection, SourceRow.source_id, {"name": study.source}, {}),
        "metric": study.metric,
        "direction": study.direction,
        "other_metrics": "[]",
        "versions": versions,
        "n_fit_rows": study.n_fit_rows,
    }
    return key_of(connection, StudyRow.study_id, {"digest": digest}, fields)


def _extend_other_metrics(connection: Connection, study_id: int, study: PriorStudy) -> list[str]:
    """The names of the study's further metrics; new ones go to the end, so that stored blobs stay right."""
    query = select(StudyRow.other_metrics).where(StudyRow.study_id == study_id)
    known: list[str] = json.loads(connection.execute(query).scalar_one())
    names = dict.fromkeys([*known, *_other_metrics(study)])
    if len(names) > len(known):
        other_metrics = encode_json(list(names))
        connection.execute(
            update(StudyRow).where(StudyRow.study_id == study_id).values(other_metrics=other_metrics)
        )
    return list(names)


def _other_metrics(study: PriorStudy) -> Mapping[str, None]:
    return {name: None for trial in study.trials for name in trial.other_values if name != study.metric}
