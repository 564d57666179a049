"""Curves of a run: loss, accuracy or error over its steps, and over the inner steps of its learner."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autometa.errors import TrainingError, UnknownNameError
from autometa.fewshot.checkpoint import read_metrics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Lines = Sequence[Mapping[str, Any]]


def plot_run(folder: Path, path: Path) -> None:
    """Draw the run's metrics into a file; its suffix says the format.

    Args:
        folder: of the run.
        path: of the picture, e.g. .png, .svg or .pdf.

    Raises:
        UnknownNameError: matplotlib is not installed, or it does not know the format.
        TrainingError: the run has no metrics yet.
    """
    lines = read_metrics(folder)
    if not lines:
        raise TrainingError(f"the run in {folder} has no metrics yet; wait for its first steps")
    figure = draw_run(lines)
    try:
        figure.savefig(path, dpi=120)
    except ValueError as error:
        raise UnknownNameError(f"{path}: {error}") from error


def draw_run(lines: Lines) -> "Figure":
    """Loss and validation over the steps, and the last validation over its inner steps if it has any.

    Args:
        lines: of `autometa.fewshot.checkpoint.read_metrics`.

    Raises:
        UnknownNameError: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise UnknownNameError("plots need the package matplotlib; pip install 'autometa[fewshot]'")
    from matplotlib.figure import Figure

    validated = [line for line in lines if "validation" in line]
    inner = validated[-1]["validation"]["per_step"] if validated else []
    n_panels = 1 + bool(validated) + (len(inner) > 1)
    figure = Figure(figsize=(4.2 * n_panels, 3.2), layout="constrained")
    axes = list(figure.subplots(1, n_panels, squeeze=False)[0])
    _draw_loss(axes[0], lines)
    if validated:
        _draw_validation(axes[1], lines, validated)
    if len(inner) > 1:
        axes[2].plot(range(len(inner)), inner, marker="o")
        axes[2].set(xlabel="inner steps", ylabel=_measure(validated), title="last validation")
    return figure


def _draw_loss(axes: "Axes", lines: Lines) -> None:
    logged = [line for line in lines if "loss" in line]
    axes.plot([line["step"] for line in logged], [line["loss"] for line in logged])
    axes.set(xlabel="step", ylabel="training loss", title="training")


def _draw_validation(axes: "Axes", lines: Lines, validated: Lines) -> None:
    """Validation with its 95 % interval, and training accuracy if there is any."""
    trained = [line for line in lines if "accuracy" in line]
    if trained:
        axes.plot(
            [line["step"] for line in trained], [line["accuracy"] for line in trained], label="training"
        )
    name = "trimmed_mean" if "trimmed_mean" in validated[0]["validation"] else "mean"
    axes.errorbar(
        [line["step"] for line in validated],
        [line["validation"][name] for line in validated],
        yerr=[line["validation"]["ci95"] if name == "mean" else 0.0 for line in validated],
        marker="o",
        capsize=2,
        label="validation",
    )
    axes.set(xlabel="step", ylabel=_measure(validated), title="validation")
    axes.legend()


def _measure(validated: Lines) -> str:
    return str(validated[0]["validation"].get("score", "mean squared error"))
