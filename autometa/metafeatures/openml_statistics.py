"""OpenML's 24 statistics of numeric columns: mean, deviation, kurtosis and skewness, each summed up six ways.

Raw units, and a numeric target counts as a column. Moments are those of Apache Commons Math: sample deviation
(n - 1), G1 and G2 of Joanes & Gill 1998, and quartiles at position p (n + 1).
Shapes: n rows, p numeric and datetime columns, c of them with a value.
"""

import numpy as np

from autometa.dataset import NUMBER_KINDS, ColumnKind, Dataset, FloatArray, TaskType
from autometa.metafeatures.answers import Answer
from autometa.metafeatures.base import Feature

SOURCE = "OpenML evaluation engine (Statistical), van Rijn & Sun 2014; moments as in Commons Math 3"

_MOMENTS = {
    "Means": "the mean",
    "StdDev": "the standard deviation (ddof 1; 0 for a single value)",
    "Kurtosis": "the excess kurtosis G2 (ddof 1; at least 4 values, not constant)",
    "Skewness": "the skewness G1 (ddof 1; at least 3 values, not constant)",
}
SUMMARIES = {  # OpenML's prefixes
    "Mean": "Mean",
    "Min": "Minimum",
    "Quartile1": "First quartile (position .25 (c + 1))",
    "Quartile2": "Median",
    "Quartile3": "Third quartile (position .75 (c + 1))",
    "Max": "Maximum",
}
FEATURES = tuple(
    Feature(
        f"{summary}{moment}OfNumericAtts",
        "statistics",
        f"{how} over numeric columns, a numeric target included, of {what}, on known values in raw units; "
        "datetimes in milliseconds. Does not apply without such a column.",
        SOURCE,
    )
    for moment, what in _MOMENTS.items()
    for summary, how in SUMMARIES.items()
)


def statistics(dataset: Dataset) -> dict[str, Answer]:
    """The 24 statistics by name."""
    with np.errstate(all="ignore"):  # what leaves the range of a double is left out, as in Java
        columns = _numeric_columns(dataset)
        moments = np.array([_moments(values) for values in columns]).reshape(-1, len(_MOMENTS))
        answers: dict[str, Answer] = {}
        for moment, values in zip(_MOMENTS, moments.T, strict=True):
            for summary, answer in six_numbers(values[np.isfinite(values)]).items():
                answers[f"{summary}{moment}OfNumericAtts"] = _reason(columns) if answer is None else answer
    return answers


def six_numbers(values: FloatArray) -> dict[str, float | None]:
    """Mean, quartiles and extremes of (c,) numbers by OpenML's prefixes; None when there are no numbers."""
    if len(values) == 0:
        return dict.fromkeys(SUMMARIES)
    quartiles = np.quantile(values, [0.25, 0.5, 0.75], method="weibull")
    return {
        "Mean": float(np.mean(values)),
        "Min": float(np.min(values)),
        **{f"Quartile{i}": float(quartile) for i, quartile in enumerate(quartiles, start=1)},
        "Max": float(np.max(values)),
    }


def _numeric_columns(dataset: Dataset) -> list[FloatArray]:
    """The known values of every column that Weka calls numeric."""
    kinds = [column.kind for column in dataset.columns if column.kind in NUMBER_KINDS]
    columns = [column[np.isfinite(column)] for column in dataset.numeric.T]
    columns = [
        1000 * values if kind is ColumnKind.DATETIME else values  # Weka's dates are milliseconds
        for kind, values in zip(kinds, columns, strict=True)
    ]
    if dataset.task_type is TaskType.REGRESSION:
        columns.append(dataset.target.astype(np.float64))
    return columns


def _moments(values: FloatArray) -> tuple[float, float, float, float]:
    """Mean, standard deviation, G2 and G1 of (m,) values; NaN where undefined."""
    n = len(values)
    if n == 0:
        return np.nan, np.nan, np.nan, np.nan
    mean = float(np.mean(values))
    if values.min() == values.max():
        return mean, 0.0, np.nan, np.nan
    d = values - mean
    d2 = d * d
    variance = d2.sum() / (n - 1)  # NumPy's float: what vanishes divides to NaN, as in Java
    deviation = np.sqrt(variance)
    skewness = kurtosis = np.nan
    if n > 2:
        skewness = n / ((n - 1) * (n - 2)) * float((d2 * d).sum()) / (variance * deviation)
    if n > 3:
        scale = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
        kurtosis = scale * float((d2 * d2).sum()) / (variance * variance) - 3 * (n - 1) ** 2 / (
            (n - 2) * (n - 3)
        )
    return mean, deviation, kurtosis, skewness


def _reason(columns: list[FloatArray]) -> str:
    """Why a statistic has no value in any column."""
    if not columns:
        return "no numeric column"
    return "no numeric column has enough different values within the range of a double"
