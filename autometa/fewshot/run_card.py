"""The card of a run: all it takes to make its learner and its episodes again, as `run.json` in its folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import torch

from autometa.errors import TrainingError
from autometa.fewshot.catalogue import build
from autometa.fewshot.checkpoint import BEST, CHECKPOINT, load_state
from autometa.fewshot.episodes import EpisodeShape
from autometa.fewshot.learner import FewShotLearner

CARD = "run.json"


@dataclass(frozen=True, slots=True)
class RunCard:
    """What was trained, on what, and how.

    Attributes:
        learner: name in the catalogue.
        settings: of the learner, all of them.
        shape: of the training episodes.
        data: path of the data, or "sinusoid".
        target: the column with the classes, if the data is a table.
        split: of the data; None for its usual one.
        way: of validation and test episodes.
        shot: of them.
        query: of them.
        seed: of weights, episodes and random splits.
        plan: of the training, all of its fields.
    """

    learner: str
    settings: Mapping[str, Any]
    shape: EpisodeShape
    data: str
    target: str | None
    split: str | None
    way: int
    shot: int
    query: int
    seed: int
    plan: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        """Into the folder, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CARD).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The card of this folder.

        Raises:
            TrainingError: there is none, or it is damaged.
        """
        try:
            values = json.loads((folder / CARD).read_text(encoding="utf-8"))
            values = {field.name: values[field.name] for field in fields(cls)}
            feature_shape, *sizes = values["shape"]
            return cls(**{**values, "shape": EpisodeShape(tuple(feature_shape), *sizes)})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"no readable {CARD} in {folder} ({error}); give the folder of a run, as in `--out RUN`"
            ) from error

    def build(self) -> FewShotLearner:
        """The learner before its first step."""
        return build(self.learner, self.shape, seed=self.seed, settings=self.settings)


def load_learner(folder: Path, *, device: str | torch.device = "cpu") -> FewShotLearner:
    """The trained learner of a run: its best weights if there were validations, else its last.

    Args:
        folder: of the run.
        device: where it shall live.

    Raises:
        TrainingError: no run in the folder.
    """
    learner = RunCard.read(folder).build().to(device)
    path = folder / BEST if (folder / BEST).is_file() else folder / CHECKPOINT
    learner.load_state_dict(load_state(path, device=device)["learner"])
    return learner.eval()
