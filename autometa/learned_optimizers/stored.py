"""StoredOptimizer: a trained optimizer as plain arrays, with what it was trained on and how well it did.

A store keeps one for each family and architecture, under a name that begins with "learned_optimizer/":
weights, and JSON for the rest; no pickle.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.catalogue import build_optimizer
from autometa.learned_optimizers.meta_training import MetaTrainingPlan

PREFIX: Final = "learned_optimizer/"
CARD: Final = "card"
FORMAT: Final = 1
WEIGHT: Final = "weight:"

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class StoredOptimizer:
    """A trained optimizer and its history.

    Attributes:
        task_id: of the family it was trained on; a store's key.
        task_name: for people.
        features: the family's meta-features; NaN where one does not apply.
        architecture: kind and settings, as `LearnedOptimizer.describe`; equal where weights can be exchanged.
        plan: of the training.
        start: name of the stored optimizer it began with; None if it began with fresh weights.
        score: meta-validation loss at the plan's horizon, lower is better.
        n_steps: updates of the weights.
        curve: (step, meta-validation loss).
        weights: arrays by name.
    """

    task_id: str
    task_name: str
    features: Mapping[str, float]
    architecture: Mapping[str, Any]
    plan: Mapping[str, Any]
    start: str | None
    score: float
    n_steps: int
    curve: tuple[tuple[int, float], ...]
    weights: Arrays

    @classmethod
    def of(
        cls,
        optimizer: LearnedOptimizer,
        *,
        task_id: str,
        task_name: str,
        features: Mapping[str, float],
        plan: MetaTrainingPlan,
        start: str | None,
        score: float,
        n_steps: int,
        curve: tuple[tuple[int, float], ...],
    ) -> "StoredOptimizer":
        """What was trained, with its weights; the arguments are the attributes."""
        weights = {name: value.detach().cpu().numpy() for name, value in optimizer.state_dict().items()}
        said = _plain(optimizer.describe())
        return cls(
            task_id, task_name, features, said, _plain(asdict(plan)), start, score, n_steps, curve, weights
        )

    @property
    def digest(self) -> str:
        """12 hexadecimal digits of architecture and plan: the same for the same configuration."""
        return digest_of(self.architecture, self.plan)

    @property
    def name(self) -> str:
        """In a store: family and architecture."""
        return f"{PREFIX}{self.task_id}/{digest_of(self.architecture)}"

    @property
    def short_name(self) -> str:
        """For people: 6 digits of the family's key and 4 of the architecture's digest."""
        return f"{self.task_id[:6]}-{digest_of(self.architecture)[:4]}"

    def build(self) -> LearnedOptimizer:
        """The optimizer, on the processor.

        Raises:
            TrainingError: the weights do not fit the architecture.
        """
        made = build_optimizer(self.architecture["kind"], settings=self.architecture["settings"])
        weights = {name: torch.from_numpy(np.array(value)) for name, value in self.weights.items()}
        try:
            made.load_state_dict(weights)
        except RuntimeError as error:
            raise TrainingError(f"{self.name} has weights that do not fit its card: {error}") from error
        return made

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """For a store's artifact."""
        card = {
            "format": FORMAT,
            "task_id": self.task_id,
            "task_name": self.task_name,
            "features": {name: None if np.isnan(one) else one for name, one in self.features.items()},
            "architecture": dict(self.architecture),
            "plan": dict(self.plan),
            "start": self.start,
            "score": self.score,
            "n_steps": self.n_steps,
            "curve": [list(point) for point in self.curve],
        }
        weights = {f"{WEIGHT}{name}": np.asarray(value) for name, value in self.weights.items()}
        return {CARD: np.array(json.dumps(card)), **weights}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "StoredOptimizer":
        """What `to_arrays` gave.

        Raises:
            TrainingError: something else, or of another version.
        """
        try:
            card = json.loads(str(arrays[CARD]))
            if card.pop("format") != FORMAT:
                raise TrainingError("a stored optimizer is of another version of autometa; train it again")
            features = {name: np.nan if one is None else one for name, one in card.pop("features").items()}
            curve = tuple((int(step), float(value)) for step, value in card.pop("curve"))
            weights = {
                name.removeprefix(WEIGHT): value for name, value in arrays.items() if name.startswith(WEIGHT)
            }
            return cls(features=features, curve=curve, weights=weights, **card)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, TrainingError):
                raise
            raise TrainingError(f"an artifact holds no trained optimizer: {error}; train it again") from error


def digest_of(*values: Mapping[str, Any]) -> str:
    """12 hexadecimal digits of JSON values; the order of their keys does not count."""
    text = json.dumps([_plain(value) for value in values], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back: tuples become lists."""
    found: dict[str, Any] = json.loads(json.dumps(dict(value)))
    return found
