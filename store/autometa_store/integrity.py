"""Looking for damage: what SQLite finds in its file, and what no constraint can say about the contents.

One page of noise in an index goes unseen by every ordinary query and insert; only SQLite's own check reads
all pages.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from autometa.errors import AutometaError
from autometa_store import artifacts
from autometa_store.codecs import FLOAT_SIZE, STATUSES, ParamsCodec, codec_of
from autometa_store.models import (
    ArtifactRow,
    ConfigurationRow,
    MetaFeatureRow,
    MetaFeatureSetRow,
    SearchSpaceRow,
    StudyRow,
    TrialRow,
)

_MAX_ATTEMPTS = 8  # of digests, see `recording_trials.store_configurations`
_MAX_FINDINGS = 20  # of one kind: the first ones say enough


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes:
        where: the table, or "file".
        what: one sentence.
    """

    where: str
    what: str


def find_damage(connection: Connection) -> list[Finding]:
    """Everything that is wrong, the file first; an empty list is good news."""
    findings = list(_damage_of_file(connection))
    checks = (
        _damage_of_spaces,
        _damage_of_configurations,
        _damage_of_trials,
        _damage_of_vectors,
        _damage_of_artifacts,
    )
    for check in checks:
        try:
            for _, finding in zip(range(_MAX_FINDINGS), check(connection), strict=False):
                findings.append(finding)
        except DatabaseError as error:
            findings.append(Finding("file", f"cannot be read to the end: {error.orig}"))
    return findings


def _damage_of_file(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    try:
        for (line,) in connection.exec_driver_sql(f"PRAGMA integrity_check({_MAX_FINDINGS})"):
            if line != "ok":
                yield Finding("file", line)
        for table, _, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield Finding(table, f"a row belongs to none in {parent}")
    except DatabaseError as error:
        yield Finding("file", str(error.orig))


def _damage_of_spaces(connection: Connection) -> Iterator[Finding]:
    for row in connection.execute(
        select(SearchSpaceRow.name, SearchSpaceRow.digest, SearchSpaceRow.definition)
    ):
        try:
            digest = codec_of(row.definition).search_space.digest()
        except (AutometaError, KeyError, TypeError, ValueError):
            digest = ""
        if digest != row.digest:
            yield Finding("search_space", f"the definition of {row.name!r} is not the one that was stored")


def _damage_of_configurations(connection: Connection) -> Iterator[Finding]:
    columns = (
        ConfigurationRow.config_id,
        ConfigurationRow.digest,
        ConfigurationRow.params,
        SearchSpaceRow.definition,
    )
    query = select(*columns).join(SearchSpaceRow).execution_options(yield_per=10_000)
    for config_id, digest, params, definition in connection.execute(query):
        if not _is_digest_of(codec_of(definition), params, digest):
            yield Finding("configuration", f"configuration {config_id} is not the one that was stored")


def _is_digest_of(codec: ParamsCodec, params: str, digest: bytes) -> bool:
    return any(codec.digest(params, attempt) == digest for attempt in range(_MAX_ATTEMPTS))


def _damage_of_trials(connection: Connection) -> Iterator[Finding]:
    n_metrics = {
        study_id: len(json.loads(names))
        for study_id, names in connection.execute(select(StudyRow.study_id, StudyRow.other_metrics))
    }
    columns = (
        TrialRow.study_id,
        TrialRow.number,
        TrialRow.status,
        TrialRow.fold_scores,
        TrialRow.other_values,
    )
    for study_id, number, status, folds, others in connection.execute(
        select(*columns).execution_options(yield_per=10_000)
    ):
        n_bytes = len(others or b"")
        if status not in STATUSES:
            yield Finding("trial", f"trial {number} of study {study_id} has the unknown status {status}")
        if (
            len(folds or b"") % FLOAT_SIZE
            or n_bytes % FLOAT_SIZE
            or n_bytes > FLOAT_SIZE * n_metrics[study_id]
        ):
            yield Finding("trial", f"trial {number} of study {study_id} has scores of the wrong length")


def _damage_of_vectors(connection: Connection) -> Iterator[Finding]:
    columns = (
        MetaFeatureSetRow.pack,
        MetaFeatureSetRow.names,
        MetaFeatureRow.dataset_key,
        MetaFeatureRow.vector,
    )
    for pack, names, dataset_key, vector in connection.execute(select(*columns).join(MetaFeatureSetRow)):
        if len(vector) != FLOAT_SIZE * len(json.loads(names)):
            yield Finding(
                "meta_features", f"the {pack} vector of data set {dataset_key} has the wrong length"
            )


def _damage_of_artifacts(connection: Connection) -> Iterator[Finding]:
    for name, digest, payload in connection.execute(
        select(ArtifactRow.name, ArtifactRow.digest, ArtifactRow.payload)
    ):
        if artifacts.digest_of(payload) != digest:
            yield Finding("artifact", f"{name!r} is not the one that was stored; fit it again")
