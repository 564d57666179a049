"""Our nouns as JSON records, and back; what an export's lines hold."""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from autometa.dataset import TaskType
from autometa.errors import StoreError
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.metafeatures.base import MetaFeatures
from autometa.warmstart.sources import DatasetInfo
from autometa_store.artifacts import decode_arrays, encode_arrays
from autometa_store.codecs import ParamsCodec, codec_of
from autometa_store.contents import MeasuredDataset, NamedArrays, Noun
from autometa_store.import_progress import ImportProgress

Record = Mapping[str, Any]


def record_of(noun: Noun) -> Record:
    """A noun as a record that says of which kind it is."""
    match noun:
        case DatasetInfo():
            return {"kind": "dataset", **dataset_record(noun)}
        case MeasuredDataset():
            numbers = meta_features_record(noun.meta_features)
            return {"kind": "meta_features", "dataset_id": noun.dataset_id, **numbers}
        case PriorStudy():
            return {"kind": "study", **study_record(noun)}
        case ImportProgress():
            return {"kind": "progress", **progress_record(noun)}
        case NamedArrays():
            npz = base64.b64encode(encode_arrays(noun.arrays)).decode()
            return {"kind": "artifact", "name": noun.name, "npz": npz}


def noun_of(record: Record) -> Noun:
    """The noun of `record_of`.

    Raises:
        StoreError: a record of unknown kind, or arrays that are none.
        AutometaError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError: fields that are
            missing or make no sense.
    """
    match record["kind"]:
        case "dataset":
            return dataset_of(record)
        case "meta_features":
            return MeasuredDataset(record["dataset_id"], meta_features_of(record))
        case "study":
            return study_of(record)
        case "progress":
            return progress_of(record)
        case "artifact":
            return NamedArrays(record["name"], decode_arrays(base64.b64decode(record["npz"], validate=True)))
        case kind:
            raise StoreError(f"a record of unknown kind {kind!r}")


def dataset_record(info: DatasetInfo) -> Record:
    """All fields of a data set."""
    return {**asdict(info), "task_type": info.task_type.value}


def dataset_of(record: Record) -> DatasetInfo:
    """The data set of `dataset_record`."""
    fields = {name: record[name] for name in DatasetInfo.__slots__}
    return DatasetInfo(**{**fields, "task_type": TaskType(record["task_type"])})


def meta_features_record(meta_features: MetaFeatures) -> Record:
    """The numbers by name, null where one does not apply."""
    features = {
        name: _plain(value) for name, value in zip(meta_features.names, meta_features.values, strict=True)
    }
    return {"pack": meta_features.pack, "version": meta_features.version, "features": features}


def meta_features_of(record: Record) -> MetaFeatures:
    """The numbers of `meta_features_record`."""
    features = record["features"]
    values = np.array([_number(value) for value in features.values()], dtype=np.float64)
    return MetaFeatures(record["pack"], record["version"], tuple(features), values)


def study_record(study: PriorStudy) -> Record:
    """A study with its trials; what a trial does not have is left out."""
    codec = codec_of(study.search_space.to_json())
    return {
        "dataset_id": study.dataset_id,
        "search_space": json.loads(study.search_space.to_json()),
        "metric": study.metric,
        "direction": study.direction,
        "source": study.source,
        "versions": dict(study.versions),
        "n_fit_rows": study.n_fit_rows,
        "trials": [_trial_record(trial, codec) for trial in study.trials],
    }


def study_of(record: Record) -> PriorStudy:
    """The study of `study_record`."""
    codec = codec_of(json.dumps(record["search_space"], separators=(",", ":")))
    if record["direction"] not in ("minimize", "maximize"):
        raise ValueError(f"a study's direction is {record['direction']!r}")
    return PriorStudy(
        dataset_id=record["dataset_id"],
        search_space=codec.search_space,
        metric=record["metric"],
        direction=record["direction"],
        trials=tuple(_trial_of(trial, codec) for trial in record["trials"]),
        source=record["source"],
        versions=record["versions"],
        n_fit_rows=record["n_fit_rows"],
    )


def progress_record(progress: ImportProgress) -> Record:
    """Where an import stands."""
    return {"source": progress.source, "cursor": dict(progress.cursor), "state": progress.state}


def progress_of(record: Record) -> ImportProgress:
    """What `progress_record` was given."""
    return ImportProgress(record["source"], record["cursor"], record["state"])


def _trial_record(trial: PriorTrial, codec: ParamsCodec) -> Record:
    record = {
        "params": json.loads(codec.encode(trial.params)),
        "value": trial.value,
        "status": None if trial.status is TrialStatus.COMPLETE else trial.status.value,
        "seed": trial.seed,
        "fold_scores": [_plain(score) for score in trial.fold_scores] or None,
        "fit_seconds": trial.fit_seconds,
        "other_values": dict(trial.other_values) or None,
    }
    return {name: value for name, value in record.items() if value is not None}


def _trial_of(record: Record, codec: ParamsCodec) -> PriorTrial:
    return PriorTrial(
        params=codec.decode_values(record["params"]),
        value=record.get("value"),
        status=TrialStatus(record.get("status", "complete")),
        seed=record.get("seed"),
        fold_scores=tuple(_number(score) for score in record.get("fold_scores", ())),
        fit_seconds=record.get("fit_seconds"),
        other_values=record.get("other_values", {}),
    )


def _plain(value: float) -> float | str | None:
    """A number as JSON has it: NaN is null, an infinity is a string."""
    if math.isfinite(value):
        return float(value)
    return None if math.isnan(value) else str(float(value))


def _number(value: float | str | None) -> float:
    return math.nan if value is None else float(value)
