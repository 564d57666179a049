"""Writing trials in bulk: the configurations that are new, then the trials that are new."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from autometa.history import PriorTrial
from autometa_store.chunks import chunks
from autometa_store.codecs import STATUS_CODES, ParamsCodec, encode_floats, encode_other_values, encode_seed
from autometa_store.models import ConfigurationRow, TrialRow
from autometa_store.upserts import insert_new


def insert_trials(
    connection: Connection,
    trials: Sequence[PriorTrial],
    *,
    codec: ParamsCodec,
    space_id: int,
    study_id: int,
    other_metrics: Sequence[str],
    first_number: int,
) -> int:
    """Insert the trials of a study that are not stored yet.

    A trial is known by its configuration, its seed, and how many with both stand before it in `trials`.

    Returns:
        How many were new.
    """
    repeats: dict[tuple[int, int], int] = {}
    n_new = 0
    number = first_number
    for piece in chunks(trials):
        texts = [codec.encode(trial.params) for trial in piece]
        config_ids = store_configurations(connection, texts, codec=codec, space_id=space_id)
        rows: list[dict[str, Any]] = []
        for trial, text in zip(piece, texts, strict=True):
            identity = (config_ids[text], encode_seed(trial.seed))
            ordinal = repeats.get(identity, 0)
            repeats[identity] = ordinal + 1
            rows.append(
                {
                    "study_id": study_id,
                    "config_id": identity[0],
                    "seed_code": identity[1],
                    "ordinal": ordinal,
                    "number": number,
                    **_outcome(trial, other_metrics),
                }
            )
            number += 1
        n_new += insert_new(connection, TrialRow, rows)
    return n_new


def store_configurations(
    connection: Connection, texts: Sequence[str], *, codec: ParamsCodec, space_id: int
) -> dict[str, int]:
    """The keys of encoded configurations, after storing those that are new.

    Among ten million texts, two may well share a six-byte digest: the text is compared, and the
    second of them is stored under its next digest.
    """
    found: dict[str, int] = {}
    attempt = 0
    while pending := [text for text in dict.fromkeys(texts) if text not in found]:
        by_digest = {codec.digest(text, attempt): text for text in pending}
        rows = [
            {"space_id": space_id, "digest": digest, "params": text} for digest, text in by_digest.items()
        ]
        insert_new(connection, ConfigurationRow, rows)
        query = select(ConfigurationRow.params, ConfigurationRow.config_id).where(
            ConfigurationRow.digest.in_(list(by_digest)), ConfigurationRow.space_id == space_id
        )
        found.update((params, config_id) for params, config_id in connection.execute(query).all())
        attempt += 1
    return found


def _outcome(trial: PriorTrial, other_metrics: Sequence[str]) -> dict[str, Any]:
    seconds = trial.fit_seconds
    return {
        "value": None if trial.value is None else float(trial.value),
        "status": STATUS_CODES[trial.status],
        "fit_seconds": float(seconds) if seconds is not None and math.isfinite(seconds) else None,
        "fold_scores": encode_floats(trial.fold_scores),
        "other_values": encode_other_values(trial.other_values, other_metrics),
    }
