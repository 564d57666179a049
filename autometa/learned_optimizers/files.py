"""Optimizers in .npz files: the arrays of their weights, and JSON that says what they are. Never a pickle."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.catalogue import build_optimizer

CARD: Final = "card"
FORMAT: Final = "autometa learned optimizer 1"


def write_optimizer(path: Path, optimizer: LearnedOptimizer, *, notes: Mapping[str, Any]) -> None:
    """Write weights, description and notes; the file is whole or not there, whatever happens meanwhile.

    Args:
        path: of the .npz.
        optimizer: on any device.
        notes: JSON values.
    """
    card = json.dumps({"format": FORMAT, **optimizer.describe(), "notes": dict(notes)})
    arrays = {name: value.detach().cpu().numpy() for name, value in optimizer.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("wb") as file:
        np.savez(file, **{CARD: np.array(card)}, **arrays)  # type: ignore[arg-type]
    unfinished.replace(path)


def read_optimizer(path: Path) -> LearnedOptimizer:
    """The optimizer of this file, on the processor.

    Raises:
        TrainingError: there is no such file, or it holds something else.
    """
    card, arrays = _read(path)
    optimizer = build_optimizer(card["kind"], settings=card["settings"])
    weights = {name: torch.from_numpy(value) for name, value in arrays.items()}
    try:
        optimizer.load_state_dict(weights)
    except RuntimeError as error:
        raise TrainingError(f"{path} has weights that do not fit its card: {error}") from error
    dtypes = {value.dtype for value in weights.values()}
    return optimizer.to(dtypes.pop()) if len(dtypes) == 1 else optimizer


def read_notes(path: str | Path) -> dict[str, Any]:
    """What was kept with the optimizer of this file.

    Raises:
        TrainingError: there is no such file, or it holds something else.
    """
    notes: dict[str, Any] = _read(Path(path))[0]["notes"]
    return notes


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """The card and the arrays of the weights."""
    if not path.is_file():
        raise TrainingError(f"no file {path}; give the .npz of a learned optimizer")
    try:
        with np.load(path, allow_pickle=False) as file:
            card = json.loads(str(file[CARD]))
            arrays = {name: file[name] for name in file.files if name != CARD}
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise TrainingError(f"{path} is no learned optimizer of autometa: {error}") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise TrainingError(f"{path} was not written by this version of autometa; wanted {FORMAT!r}")
    return card, arrays
