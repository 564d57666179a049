"""Group size: how many rows and columns, of which kinds, and how many columns are of no use.

Shapes: n rows, d columns.
"""

from collections import defaultdict
from collections.abc import Hashable
from hashlib import blake2b

import numpy as np

from autometa.dataset import NUMBER_KINDS, ColumnKind, FloatArray, IntArray
from autometa.metafeatures.base import Feature
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import Measured, inapplicable

_GROUP = "size"
_MICHIE = "Michie, Spiegelhalter and Taylor 1994"
_ASKL = "Feurer et al. 2015 (auto-sklearn)"
_OWN = "autometa"
_ID_MIN_ROWS = 20

FEATURES = (
    Feature("n_rows", _GROUP, "n, rows with a known target.", _MICHIE),
    Feature("n_cols", _GROUP, "d, input columns without the target.", _MICHIE),
    Feature("log10_rows", _GROUP, "log10 n.", _ASKL),
    Feature("log10_cols", _GROUP, "log10 d. No columns: does not apply.", _ASKL),
    Feature("log10_rows_per_col", _GROUP, "log10(n / d). No columns: does not apply.", _ASKL),
    *(
        Feature(f"frac_{short}", _GROUP, f"Share of the d columns that are {kind}.", source)
        for short, kind, source in (
            ("numeric", "numeric (datetimes not counted)", _ASKL),
            ("bool", "boolean", _OWN),
            ("categorical", "categorical", _ASKL),
            ("text", "text", _OWN),
            ("datetime", "dates or times", _OWN),
        )
    ),
    Feature(
        "frac_constant", _GROUP, "Share of columns with one distinct known value (exact, all rows).", _OWN
    ),
    Feature("frac_all_missing", _GROUP, "Share of columns without a known value.", _OWN),
    Feature(
        "frac_duplicate_column",
        _GROUP,
        "Share of columns that repeat another cell by cell (equal 64-bit hash; the first is not counted); "
        "depends on units.",
        _OWN,
    ),
    Feature(
        "frac_id_like",
        _GROUP,
        "Share of columns, of any kind but not stored as floating point, whose values are all known and all "
        "distinct; 0 below 20 rows.",
        _OWN,
    ),
)


def measure(sample: Sample) -> Measured:
    """The size group."""
    dataset, moments, levels = sample.dataset, sample.moments, sample.levels
    n, d = dataset.n_rows, dataset.n_columns
    if d == 0:
        known: Measured = {"n_rows": float(n), "n_cols": 0.0, "log10_rows": float(np.log10(n))}
        return inapplicable(FEATURES, "the table has no input columns") | known
    n_constant = moments.is_constant.sum() + levels.is_constant.sum()
    n_empty = (moments.n_finite == 0).sum() + (levels.n_known == 0).sum()
    return {
        "n_rows": float(n),
        "n_cols": float(d),
        "log10_rows": float(np.log10(n)),
        "log10_cols": float(np.log10(d)),
        "log10_rows_per_col": float(np.log10(n / d)),
        "frac_numeric": len(dataset.of_kind(ColumnKind.NUMERIC)) / d,
        "frac_bool": len(dataset.of_kind(ColumnKind.BOOLEAN)) / d,
        "frac_categorical": len(dataset.of_kind(ColumnKind.CATEGORICAL)) / d,
        "frac_text": len(dataset.of_kind(ColumnKind.TEXT)) / d,
        "frac_datetime": len(dataset.of_kind(ColumnKind.DATETIME)) / d,
        "frac_constant": float(n_constant / d),
        "frac_all_missing": float(n_empty / d),
        "frac_duplicate_column": _n_duplicates(sample) / d,
        "frac_id_like": _n_id_like(sample) / d,
    }


def _n_duplicates(sample: Sample) -> int:
    """Columns that repeat another; contents are hashed only where statistics and first rows agree."""
    moments, levels = sample.moments, sample.levels
    rows = np.sort(sample.rows[:2_000])
    alike: dict[Hashable, list[FloatArray | IntArray]] = defaultdict(list)
    for j, column in enumerate(sample.dataset.numeric.T):
        alike[("number", moments.n_finite[j], _content(column[rows]))].append(column)
    for j, codes in enumerate(sample.dataset.categorical.T):
        key = (sample.code_kinds[j], levels.n_known[j], levels.n_levels[j], _content(codes[rows]))
        alike[key].append(codes)
    groups = (columns for columns in alike.values() if len(columns) > 1)
    return sum(len(columns) - len({_content(column) for column in columns}) for columns in groups)


def _content(column: FloatArray | IntArray) -> bytes:
    """64-bit hash of a column's cells; one NaN, one zero."""
    if column.dtype.kind == "f":
        column = np.where(np.isfinite(column), column + 0.0, np.nan)
    return blake2b(np.ascontiguousarray(column).data, digest_size=8).digest()


def _n_id_like(sample: Sample) -> int:
    """Columns that could be a row number or name."""
    n = sample.dataset.n_rows
    if n < _ID_MIN_ROWS:
        return 0
    stored_as_float = [c.is_float for c in sample.dataset.columns if c.kind in NUMBER_KINDS]
    candidates = np.flatnonzero(~np.array(stored_as_float, dtype=bool) & (sample.moments.n_finite == n))
    found = sum(_all_distinct(sample, j) for j in candidates.tolist())
    return int(found + (sample.levels.n_levels == n).sum())


def _all_distinct(sample: Sample, j: int) -> bool:
    """True if no number of a complete column occurs twice; the sampled rows are looked at first."""
    column = sample.dataset.numeric[:, j]
    for part in (column[sample.rows], column):
        ordered = np.sort(part)
        if (ordered[1:] == ordered[:-1]).any():
            return False
    return True
