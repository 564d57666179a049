"""Scores under foreign names: metric, direction and sign."""

import pytest

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError
from autometa.metrics import METRICS
from autometa_store.importers.score_names import Score, parse_score, recognise


@pytest.mark.parametrize(
    ("column", "metric", "direction", "is_negated"),
    [
        ("accuracy", "accuracy", "maximize", False),
        ("Test Accuracy", "accuracy", "maximize", False),
        ("mean_test_neg_root_mean_squared_error", "rmse", "minimize", True),
        ("mean_test_roc_auc_ovr", "roc_auc", "maximize", False),
        ("metrics.val_loss", "loss", "minimize", False),
        ("val/AUC", "roc_auc", "maximize", False),
        ("R2", "r2", "maximize", False),
    ],
)
def test_known_scores_are_recognised(column: str, metric: str, direction: str, is_negated: bool) -> None:
    found = recognise(column)
    assert found is not None
    assert (found.metric, found.direction, found.is_negated) == (metric, direction, is_negated)


def test_autometas_own_metrics_have_their_own_direction() -> None:
    for task in TaskType:
        for metric, direction in METRICS[task].items():
            found = recognise(metric)
            assert found is not None
            assert (found.metric, found.direction) == (metric, direction)


def test_unnamed_score_is_an_assumption_and_a_parameter_is_none() -> None:
    found = recognise("score")
    assert found is not None
    assert found.is_guessed
    assert recognise("max_depth") is None
    assert recognise("neg_accuracy") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("acc", Score("acc", "accuracy", "maximize"), id="known"),
        pytest.param("speed:maximize", Score("speed", "speed", "maximize"), id="told"),
        pytest.param("acc:minimize", Score("acc", "acc", "minimize"), id="told otherwise"),
        pytest.param("s=roc_auc", Score("s", "roc_auc", "maximize"), id="renamed"),
        pytest.param("s=speed:minimize", Score("s", "speed", "minimize"), id="renamed and told"),
        pytest.param("s=neg_log_loss", Score("s", "log_loss", "minimize", is_negated=True), id="turned"),
        pytest.param(
            "test_neg_log_loss=log_loss",
            Score("test_neg_log_loss", "log_loss", "minimize", is_negated=True),
            id="turned by its column",
        ),
        pytest.param("a:b:maximize", Score("a:b", "a:b", "maximize"), id="name with a colon"),
    ],
)
def test_option_says_column_metric_and_direction(text: str, expected: Score) -> None:
    assert parse_score(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("speed", "is it better if it is larger or smaller\\? say speed:maximize or speed:minimize"),
        ("score", "larger or smaller"),
        ("acc:up", "'up' is no direction; say :maximize or :minimize"),
    ],
)
def test_unclear_option_asks_for_the_direction(text: str, message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=message):
        parse_score(text)
