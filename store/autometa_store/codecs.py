"""How values become columns: canonical JSON for parameters, blobs for vectors, codes for seeds and status.

Nothing here is ever a pickle, and no NaN or infinity becomes a number column (SQLite would give back NULL).
"""

import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from autometa.dataset import FloatArray
from autometa.errors import SearchSpaceMismatchError, StoreError
from autometa.history import TrialStatus
from autometa.search_space import Configuration, FloatRange, IntRange, Parameter, SearchSpace, Value

STATUS_CODES: Mapping[TrialStatus, int] = {  # stored numbers: add, never renumber
    TrialStatus.COMPLETE: 0,
    TrialStatus.FAILED: 1,
    TrialStatus.TIMEOUT: 2,
    TrialStatus.OUT_OF_MEMORY: 3,
    TrialStatus.PRUNED: 4,
}
STATUSES: Mapping[int, TrialStatus] = {code: status for status, code in STATUS_CODES.items()}

CONFIG_DIGEST_SIZE = 6  # bytes; two configurations under one digest are told apart, see `recording`
FLOAT_SIZE = 8
_MAX_SEED = 2**63 - 2
_ABSENT = object()
_ABSENT_TEXT = "[]"  # no parameter's value is a list


class ParamsCodec:
    """Configurations of one search space as canonical JSON arrays in the space's order.

    An inactive parameter is `[]`. NaN and infinities, which some libraries take as parameter values, are
    `{"float":"nan"}`. A whole number in a real range is stored as a real number and the other way round, so
    that 1 and 1.0 are one configuration.

    Example:
        >>> from autometa.search_space import Choice, FloatRange, SearchSpace
        >>> parameters = (FloatRange("C", 0.1, 10.0), Choice("kernel", ("rbf", None)))
        >>> codec = ParamsCodec(SearchSpace("svm", 1, parameters))
        >>> codec.encode({"kernel": "rbf", "C": 1})
        '[1.0,"rbf"]'
        >>> codec.decode('[1.0,"rbf"]')
        {'C': 1.0, 'kernel': 'rbf'}
    """

    def __init__(self, search_space: SearchSpace) -> None:
        self.search_space = search_space
        self._names = search_space.names
        self._writers = [(parameter.name, _writer_for(parameter)) for parameter in search_space.parameters]
        self._salt = search_space.digest().encode()

    def encode(self, params: Configuration) -> str:
        """Canonical text of a configuration.

        Raises:
            SearchSpaceMismatchError: a parameter that the space does not have, or a value that is no `Value`.
        """
        get = params.get
        texts = [write(get(name, _ABSENT)) for name, write in self._writers]
        if len(params) != len(texts) - texts.count(_ABSENT_TEXT):
            unknown = sorted(set(params) - set(self._names))
            raise SearchSpaceMismatchError(
                f"{self.search_space.name} has no parameter {unknown[0]!r}; it has {', '.join(self._names)}"
            )
        return f"[{','.join(texts)}]"

    def decode(self, text: str) -> dict[str, Value]:
        """The configuration that `encode` wrote."""
        return self.decode_all([text])[0]

    def decode_all(self, texts: Sequence[str]) -> list[dict[str, Value]]:
        """The configurations that `encode` wrote; much faster than one at a time."""
        joined = ",".join(texts)
        rows = json.loads(f"[{joined}]")
        if joined.count("[") > len(texts) or "{" in joined:  # perhaps an absent value, or a NaN
            return [self.decode_values(values) for values in rows]
        names = self._names
        return [dict(zip(names, values, strict=False)) for values in rows]  # strict costs a fifth

    def decode_values(self, values: Sequence[object]) -> dict[str, Value]:
        """The configuration whose text is the JSON of these values."""
        return {
            name: float(value["float"]) if isinstance(value, dict) else value  # type: ignore[misc]
            for name, value in zip(self._names, values, strict=True)
            if value != []
        }

    def digest(self, text: str, attempt: int = 0) -> bytes:
        """Digest of an encoded configuration and its space.

        Args:
            text: as `encode` gives it.
            attempt: another number gives another digest, for the second of two texts that share one.
        """
        salt = self._salt if attempt == 0 else self._salt + attempt.to_bytes(4, "big")
        return hashlib.blake2b(text.encode(), key=salt, digest_size=CONFIG_DIGEST_SIZE).digest()


@lru_cache(maxsize=256)
def codec_of(definition: str) -> ParamsCodec:
    """The codec of the space with this `to_json()`; keyed by text, for 1, 1.0 and True are equal."""
    return ParamsCodec(SearchSpace.from_json(definition))


def encode_json(value: object) -> str:
    """Canonical JSON text: sorted keys, no blanks, no NaN."""
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))


def encode_floats(values: Sequence[float] | FloatArray) -> bytes | None:
    """Little-endian eight-byte floats, bit for bit; None if there are none."""
    return _floats(len(values)).pack(*values) if len(values) else None


def decode_floats(blob: bytes | None) -> FloatArray:
    """(m,) what `encode_floats` wrote."""
    return np.frombuffer(blob or b"", dtype="<f8").astype(np.float64)


def encode_other_values(values: Mapping[str, float], names: Sequence[str]) -> bytes | None:
    """Scores in the order of `names`, NaN where there is none, nothing after the last one there is."""
    scores = [values.get(name, math.nan) for name in names]
    if not all(map(math.isfinite, scores)):
        scores = [score if math.isfinite(score) else math.nan for score in scores]
        while scores and math.isnan(scores[-1]):
            scores.pop()
    return encode_floats(scores)


def decode_other_values(blob: bytes | None, names: Sequence[str]) -> dict[str, float]:
    """The finite scores that `encode_other_values` wrote."""
    scores = unpack_floats(blob)
    return {name: score for name, score in zip(names, scores, strict=False) if math.isfinite(score)}


def unpack_floats(blob: bytes | None) -> tuple[float, ...]:
    """What `encode_floats` wrote, as Python numbers."""
    return _floats(len(blob) // FLOAT_SIZE).unpack(blob) if blob else ()


@lru_cache(maxsize=256)
def _floats(n_floats: int) -> struct.Struct:
    return struct.Struct(f"<{n_floats}d")


def encode_seed(seed: int | None) -> int:
    """A number for any seed or none: part of a key, where NULL cannot stand.

    Raises:
        StoreError: a seed beyond 63 bits.

    Example:
        >>> [encode_seed(seed) for seed in (None, 0, 41, -1)]
        [0, 1, 42, -1]
    """
    if seed is None:
        return 0
    if not -_MAX_SEED <= seed <= _MAX_SEED:
        raise StoreError(f"seed {seed} does not fit 63 bits; use a smaller one")
    return int(seed) + (seed >= 0)


def decode_seed(code: int) -> int | None:
    """The seed that `encode_seed` was given."""
    return None if code == 0 else code - (code > 0)


def _writer_for(parameter: Parameter) -> Callable[[object], str]:
    if isinstance(parameter, FloatRange):
        return _write_float
    return _write_int if isinstance(parameter, IntRange) else _write_any


def _write_float(value: object) -> str:
    if type(value) is float and math.isfinite(value):
        return repr(value)
    if type(value) is int and float(value) == value:
        return repr(float(value))
    return _write_any(value)


def _write_int(value: object) -> str:
    if type(value) is int:
        return repr(value)
    if isinstance(value, float) and value.is_integer():
        return repr(int(value))
    return _write_any(value)


def _write_any(value: object) -> str:
    if isinstance(value, str):
        return _write_text(str(value))
    if value is _ABSENT:
        return _ABSENT_TEXT
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else encode_json({"float": str(float(value))})
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    raise SearchSpaceMismatchError(
        f"a parameter's value {value!r} is a {type(value).__name__}; wanted a bool, int, float, str or None"
    )


@lru_cache(maxsize=4096)
def _write_text(value: str) -> str:
    return json.dumps(value)
