"""What a score is called elsewhere: its name here, its direction, and whether its sign is turned."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autometa.errors import InvalidDatasetError
from autometa.history import Direction

_HERE = {
    "acc": "accuracy",
    "auc": "roc_auc",
    "auroc": "roc_auc",
    "roc_auc_ovr": "roc_auc",
    "area_under_roc_curve": "roc_auc",
    "balanced_acc": "balanced_accuracy",
    "bac": "balanced_accuracy",
    "logloss": "log_loss",
    "cross_entropy": "log_loss",
    "root_mean_squared_error": "rmse",
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "r2_score": "r2",
    "balanced_error_rate": "balanced_error",
}
_MAXIMIZED = frozenset(
    {
        "accuracy",
        "average_precision",
        "balanced_accuracy",
        "cohen_kappa",
        "f1",
        "f1_macro",
        "f1_micro",
        "f1_weighted",
        "kappa",
        "matthews_corrcoef",
        "precision",
        "predictive_accuracy",
        "r2",
        "recall",
        "roc_auc",
    }
)
_MINIMIZED = frozenset(
    {
        "balanced_error",
        "brier_score",
        "error",
        "error_rate",
        "log_loss",
        "loss",
        "mae",
        "mape",
        "max_error",
        "mse",
        "rmse",
    }
)
_UNNAMED = frozenset({"score", "value", "objective", "result", "target_score"})
_SPLIT = re.compile(r"^(?:metrics[./])?(?:(?:mean|val|valid|validation|test|cv|avg|eval|oof)[_./ -])*")
_REGRESSION = frozenset({"mae", "mape", "max_error", "mse", "r2", "rmse"})


@dataclass(frozen=True, slots=True)
class Score:
    """A column of scores.

    Attributes:
        column: where it stands.
        metric: its name here.
        direction: of the metric, after the sign is turned.
        is_negated: True if the column holds minus the metric, as scikit-learn's "neg_" scorers do.
        is_guessed: True if the direction is an assumption.
    """

    column: str
    metric: str
    direction: Direction
    is_negated: bool = False
    is_guessed: bool = False


def recognise(column: str) -> Score | None:
    """The score that a column's name stands for; None if it is none that is known.

    Example:
        >>> recognise("mean_test_neg_log_loss").metric, recognise("val_acc").metric, recognise("depth")
        ('log_loss', 'accuracy', None)
    """
    plain = _SPLIT.sub("", column.strip().lower().replace(" ", "_"))
    is_negated = plain.startswith("neg_")
    name = plain.removeprefix("neg_")
    name = _HERE.get(name, name)
    if name in _MINIMIZED:
        return Score(column, name, "minimize", is_negated)
    if name in _MAXIMIZED and not is_negated:
        return Score(column, name, "maximize")
    return Score(column, name, "maximize", is_guessed=True) if name in _UNNAMED else None


def choose_scores(names: Sequence[str]) -> tuple[Score, ...]:
    """The scores among names, each metric once, a "loss" last; unnamed ones only where there is no other.

    Args:
        names: of columns with numbers.

    Raises:
        InvalidDatasetError: none is called like a score.
    """
    found = [score for name in names if (score := recognise(name)) is not None]
    named = {score.metric: score for score in reversed(found) if not score.is_guessed}
    if not found:
        example = f", e.g. --score {names[-1]}:maximize" if names else ""
        raise InvalidDatasetError(
            f"nothing is called like a score; name one with --score{example} (there are: {', '.join(names)})"
        )
    chosen = [score for score in found if score in named.values()] or found[:1]
    return tuple(sorted(chosen, key=lambda score: score.metric == "loss"))


def parse_score(text: str) -> Score:
    """What `--score COLUMN[=METRIC][:maximize|minimize]` says; what is left out is recognised.

    Raises:
        InvalidDatasetError: no direction is given and the name does not tell it, or it is no direction.

    Example:
        >>> score = parse_score("mean_test_score=neg_log_loss")
        >>> score.metric, score.direction, score.is_negated
        ('log_loss', 'minimize', True)
    """
    name, _, said = text.rpartition(":") if ":" in text else (text, "", "")
    column, _, metric = name.partition("=")
    known, plain = recognise(metric or column), recognise(column)
    if said not in ("", "maximize", "minimize"):
        raise InvalidDatasetError(f"--score {text}: {said!r} is no direction; say :maximize or :minimize")
    if known is not None and not known.is_guessed and said in ("", known.direction):
        is_negated = known.is_negated or (plain is not None and plain.is_negated)
        return Score(column, known.metric, known.direction, is_negated)
    if said:
        return Score(column, metric or column, "maximize" if said == "maximize" else "minimize")
    raise InvalidDatasetError(
        f"--score {text}: is it better if it is larger or smaller? say {name}:maximize or {name}:minimize"
    )


def is_of_regression(metric: str) -> bool:
    """True if only predictions of numbers are scored so."""
    return metric in _REGRESSION
