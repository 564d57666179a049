"""TrainedSimilarity: the learned models of both tasks with their evaluation, as one .npz keeps them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.similarity.base import SimilarityModel
from autometa.similarity.diagonal import DiagonalMetric
from autometa.similarity.forest import ForestSimilarity
from autometa.similarity.siamese import SiameseNetwork

DEFAULT_MODEL = "forest"  # the winner of K folds over families: benchmarks/results/bench_similarity.json
FORMAT = 1
LearnedModel = DiagonalMetric | SiameseNetwork | ForestSimilarity
KINDS: Mapping[str, type[LearnedModel]] = {
    "diagonal": DiagonalMetric,
    "siamese": SiameseNetwork,
    "forest": ForestSimilarity,
}


@dataclass(frozen=True, slots=True, eq=False)
class TrainedSimilarity:
    """What `autometa similarity train` makes.

    Attributes:
        models: by task, then by kind ("diagonal", "siamese", "forest").
        evaluation: by task, plain JSON values: how the models did on families held out.
    """

    models: Mapping[TaskType, Mapping[str, LearnedModel]]
    evaluation: Mapping[TaskType, Mapping[str, Any]] = field(default_factory=dict)

    def model(self, task_type: TaskType, kind: str = DEFAULT_MODEL) -> SimilarityModel | None:
        """The model of the task; None where that task had too few data sets.

        Raises:
            UnknownNameError: there is no such kind.
        """
        if kind not in KINDS:
            raise UnknownNameError.of("similarity model", kind, list(KINDS))
        return self.models.get(task_type, {}).get(kind)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, named TASK/KIND/ARRAY, TASK/evaluation and format."""
        arrays: dict[str, NDArray[Any]] = {"format": np.array(FORMAT)}
        for task, models in self.models.items():
            for kind, model in models.items():
                arrays |= {f"{task}/{kind}/{name}": array for name, array in model.to_arrays().items()}
        for task, evaluation in self.evaluation.items():
            text = json.dumps(evaluation, separators=(",", ":"))
            arrays[f"{task}/evaluation"] = np.frombuffer(text.encode(), dtype=np.uint8)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What `to_arrays` gave.

        Raises:
            ValueError: the arrays are of another format.
        """
        if "format" not in arrays or int(arrays["format"]) != FORMAT:
            raise ValueError(f"not a trained similarity of format {FORMAT}")
        models: dict[TaskType, dict[str, LearnedModel]] = {}
        evaluation = {}
        for task in TaskType:
            for kind, model_type in KINDS.items():
                prefix = f"{task}/{kind}/"
                own = {name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)}
                if own:
                    models.setdefault(task, {})[kind] = model_type.from_arrays(own)
            if f"{task}/evaluation" in arrays:
                evaluation[task] = json.loads(arrays[f"{task}/evaluation"].tobytes())
        return cls(models, evaluation)
