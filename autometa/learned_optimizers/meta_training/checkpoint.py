"""The folder of a meta-training: `checkpoint.pt` to go on from, `optimizer.npz` with the best weights.

The checkpoint holds tensors and plain values and is read with `weights_only=True`: nothing is executed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from autometa.errors import TrainingError

CHECKPOINT: Final = "checkpoint.pt"
OPTIMIZER: Final = "optimizer.npz"


def save_checkpoint(folder: Path, state: Mapping[str, Any]) -> None:
    """Write tensors and plain values; the file is whole or not there, whatever happens meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{CHECKPOINT}.unfinished"
    torch.save(dict(state), unfinished)
    unfinished.replace(folder / CHECKPOINT)


def load_checkpoint(folder: Path, *, device: str | torch.device = "cpu") -> dict[str, Any]:
    """What `save_checkpoint` wrote, its tensors on this device.

    Raises:
        TrainingError: there is none, or the file holds something else.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        raise TrainingError(
            f"no {CHECKPOINT} in {folder}; give the folder of a meta-training that has started"
        )
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises whatever its reader stumbles over
        raise TrainingError(f"{path} is no checkpoint of autometa: {str(error).splitlines()[0]}") from error
    if not isinstance(state, dict) or "optimizer" not in state or "plan" not in state:
        raise TrainingError(f"{path} holds no meta-training; it was not written by autometa")
    return state
