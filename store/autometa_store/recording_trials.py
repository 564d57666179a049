"""Writing trials in bulk: the configurations that are new, then the trials that are new."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import Connection

from autometa.history import PriorTrial
from autometa_store.chunks import chunks
from autometa_store.codecs import STATUS_CODES, ParamsCodec, encode_floats, encode_other_values, encode_seed
from autometa_store.driver import fetch_rows, insert_rows, placeholder

_CONFIGURATION_COLUMNS = ("space_id", "digest", "params")
_TRIAL_COLUMNS = (
    "study_id",
    "config_id",
    "seed_code",
    "ordinal",
    "number",
    "value",
    "status",
    "fit_seconds",
    "fold_scores",
    "other_values",
)


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
    numbers = count(first_number)
    repeats = Counter[tuple[int, int]]()
    n_new = 0
    for piece in chunks(trials):
        texts = [codec.encode(trial.params) for trial in piece]
        config_ids = store_configurations(connection, texts, codec=codec, space_id=space_id)
        rows = []
        for trial, text, number in zip(piece, texts, numbers, strict=False):  # numbers never end
            identity = (config_ids[text], encode_seed(trial.seed))
            rows.append((study_id, *identity, repeats[identity], number, *_outcome(trial, other_metrics)))
            repeats[identity] += 1
        n_new += insert_rows(connection, "trial", _TRIAL_COLUMNS, rows)
    return n_new


def store_configurations(
    connection: Connection, texts: Sequence[str], *, codec: ParamsCodec, space_id: int
) -> dict[str, int]:
    """The keys of encoded configurations, after storing those that are new.

    Among ten million texts, two may well share a six-byte digest: the text is compared, and the
    second of them is stored under its next digest.
    """
    found: dict[str, int] = {}
    mark = placeholder(connection)
    attempt = 0
    while pending := [text for text in dict.fromkeys(texts) if text not in found]:
        by_digest = {codec.digest(text, attempt): text for text in pending}
        rows = [(space_id, digest, text) for digest, text in by_digest.items()]
        insert_rows(connection, "configuration", _CONFIGURATION_COLUMNS, rows)
        query = f"""SELECT params, config_id FROM configuration
WHERE space_id = {mark} AND digest IN ({", ".join([mark] * len(by_digest))})"""
        found.update(fetch_rows(connection, query, (space_id, *by_digest)))
        attempt += 1
    return found


def _outcome(trial: PriorTrial, other_metrics: Sequence[str]) -> tuple[Any, ...]:
    seconds = trial.fit_seconds
    return (
        None if trial.value is None else float(trial.value),
        STATUS_CODES[trial.status],
        float(seconds) if seconds is not None and math.isfinite(seconds) else None,
        encode_floats(trial.fold_scores),
        encode_other_values(trial.other_values, other_metrics),
    )
