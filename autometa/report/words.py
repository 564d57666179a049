"""Numbers and lists as sentences have them."""

import math
from collections.abc import Sequence

from autometa.search_space import Configuration


def listed(names: Sequence[str]) -> str:
    """The names as a sentence lists them: commas, and "and" before the last one.

    Args:
        names: at least one.
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def percent(share: float) -> str:
    """A share in [0, 1], without decimals."""
    return f"{100 * share:.0f} %"


def counted(n: int, noun: str) -> str:
    """A count with its noun: 1 trial, 2 trials."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def score(value: float) -> str:
    """Three digits, or more where the value is close to 1: 0.9987 is not 0.999."""
    return f"{value:.4f}" if 0.99 <= abs(value) < 1.0 else f"{value:.3g}"


def metric_words(metric: str) -> str:
    """A metric's name for people."""
    return {"r2": "R²", "rmse": "RMSE", "roc_auc": "ROC AUC"}.get(metric, metric.replace("_", " "))


def configuration_text(params: Configuration) -> str:
    """Names and values, short."""
    return ", ".join(f"{name}={_value(value)}" for name, value in params.items())


def duration(seconds: float | None) -> str | None:
    """About how long; None where unknown."""
    if seconds is None or math.isnan(seconds):
        return None
    if seconds < 0.1:
        return "under 0.1 s"
    return f"{seconds:.2g} s" if seconds < 120 else f"{seconds / 60:.2g} min"


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
