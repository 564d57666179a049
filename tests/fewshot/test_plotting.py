"""Plots: the curves hold the recorded numbers."""

from pathlib import Path

import pytest

from autometa.errors import TrainingError, UnknownNameError
from autometa.fewshot.checkpoint import append_metrics
from autometa.fewshot.plotting import draw_run, plot_run

LINES = [
    {"step": 10, "loss": 1.0, "accuracy": 0.4},
    {"step": 20, "loss": 0.5, "accuracy": 0.6},
    {"step": 20, "validation": {"mean": 0.5, "ci95": 0.1, "per_step": [0.2, 0.4, 0.5], "score": "accuracy"}},
]


def test_loss_validation_and_inner_steps_are_drawn() -> None:
    loss, validation, inner = draw_run(LINES).axes
    assert loss.lines[0].get_xydata().tolist() == [[10, 1.0], [20, 0.5]]
    assert validation.lines[0].get_ydata().tolist() == [0.4, 0.6]
    assert inner.lines[0].get_ydata().tolist() == [0.2, 0.4, 0.5]


def test_regressions_show_their_trimmed_error() -> None:
    error = {"mean": 9.0, "trimmed_mean": 0.7, "ci95": 0.1, "per_step": [0.7]}
    axes = draw_run([{"step": 5, "loss": 1.0, "validation": error}]).axes
    assert len(axes) == 2
    assert axes[1].get_ylabel() == "mean squared error"


def test_a_run_without_validation_has_one_panel() -> None:
    assert len(draw_run(LINES[:2]).axes) == 1


def test_pictures_are_written_in_the_format_of_their_suffix(tmp_path: Path) -> None:
    for line in LINES:
        append_metrics(tmp_path, line)
    plot_run(tmp_path, tmp_path / "curves.svg")
    assert "<svg" in (tmp_path / "curves.svg").read_text(encoding="utf-8")
    with pytest.raises(UnknownNameError, match=r"curves\.word"):
        plot_run(tmp_path, tmp_path / "curves.word")


def test_a_run_without_metrics_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no metrics\.jsonl"):
        plot_run(tmp_path, tmp_path / "curves.png")
    (tmp_path / "metrics.jsonl").touch()
    with pytest.raises(TrainingError, match="has no metrics yet"):
        plot_run(tmp_path, tmp_path / "curves.png")
