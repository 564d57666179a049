"""What a training tells while it runs, and one line of it for whoever waits at a terminal."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from torch import Tensor

from autometa.fewshot.evaluation import Accuracy, RegressionError

SECONDS_BETWEEN_LINES = 0.5


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of a training.

    Attributes:
        step: how many are done.
        n_steps: of the plan.
        learning_rate: of the step.
        metrics: name → () on the device; "loss" among them. Reading a value waits for the device.
        validation: after this step, if there was one.
    """

    step: int
    n_steps: int
    learning_rate: float
    metrics: Mapping[str, Tensor]
    validation: Accuracy | RegressionError | None


class ProgressLine:
    """A callback that rewrites one line with the step, the loss and the last validation.

    Args:
        stream: where to; nothing is written unless it is a terminal.
    """

    def __init__(self, stream: TextIO):
        self._stream, self._last, self._validation = stream, 0.0, ""

    def __call__(self, report: StepReport) -> None:
        """Show this step, at most twice a second."""
        if not self._stream.isatty():
            return
        if report.validation is not None:
            self._validation = f", validation {_summary(report.validation)}"
        now = time.monotonic()
        is_last = report.step == report.n_steps
        if now - self._last < SECONDS_BETWEEN_LINES and not is_last and report.validation is None:
            return
        self._last = now
        loss = float(report.metrics["loss"])
        line = f"autometa: step {report.step} of {report.n_steps}, loss {loss:.4f}{self._validation}"
        self._stream.write(f"\r{line}\x1b[K" + ("\n" if is_last else ""))
        self._stream.flush()


def _summary(validation: Accuracy | RegressionError) -> str:
    if isinstance(validation, RegressionError):
        return f"error {validation.trimmed_mean:.4f}"
    return f"{validation.mean:.2%} ± {validation.ci95:.2%}"
