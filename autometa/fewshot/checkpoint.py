"""The folder of a training run: checkpoints of tensors and numbers, and the metrics as JSON lines.

`checkpoint.pt` holds all that a run needs to go on where it stopped, `best.pt` the weights that did best
in validation. Both are read with `weights_only=True`: nothing in them is ever executed.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from autometa.errors import TrainingError

CHECKPOINT, BEST, METRICS = "checkpoint.pt", "best.pt", "metrics.jsonl"


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors and plain values; the file is whole or not there, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    torch.save(dict(state), unfinished)
    unfinished.replace(path)


def load_state(path: Path, *, device: str | torch.device = "cpu") -> dict[str, Any]:
    """What `save_state` wrote, its tensors on this device.

    Raises:
        TrainingError: there is no such file, or it holds something else.
    """
    if not path.is_file():
        raise TrainingError(f"no {path.name} in {path.parent}; give the folder of a run that has started")
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises whatever its reader stumbles over
        raise TrainingError(f"{path} is no checkpoint of autometa: {str(error).splitlines()[0]}") from error
    if not isinstance(state, dict) or "learner" not in state:
        raise TrainingError(f"{path} holds no learner; it was not written by autometa")
    return state


def append_metrics(folder: Path, line: Mapping[str, Any]) -> None:
    """One more line of the metrics."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / METRICS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(dict(line)) + "\n")


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """All lines of the metrics in order; a last line that was cut off is left out.

    Raises:
        TrainingError: the folder has none.
    """
    path = folder / METRICS
    if not path.is_file():
        raise TrainingError(f"no {METRICS} in {folder}; give the folder of a run, as in `--out RUN`")
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if text.endswith("\n"):
            lines.append(json.loads(text))
    return lines


def forget_metrics_after(folder: Path, step: int) -> None:
    """Drop lines of steps that came after the checkpoint: they will be made again."""
    if not (folder / METRICS).is_file():
        return
    kept = [line for line in read_metrics(folder) if line["step"] <= step]
    text = "".join(json.dumps(line) + "\n" for line in kept)
    unfinished = folder / f"{METRICS}.unfinished"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(folder / METRICS)
