"""TuningTask: what an objective is about where that is no table: a name, a store's key, meta-features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from autometa.dataset import TaskType
from autometa.errors import IncompatibleMetaFeaturesError
from autometa.metafeatures import MetaFeatures
from autometa.metafeatures.base import Feature
from autometa.similarity import ScaledL1
from autometa.warmstart.sources import DatasetInfo


@dataclass(frozen=True, slots=True, eq=False)
class TuningTask:
    """A learning problem that can be tuned for, recorded, and compared with others of its kind.

    Attributes:
        info: what a store remembers of it; `info.dataset_id` is the key.
        meta_features: its numbers.
        features: what the numbers mean; by them, problems of the same pack are compared.

    Example:
        >>> depth = Feature("n_layers", "size", "Layers of the network.", "ours")
        >>> task = TuningTask.of("mlp on digits", "mlp:digits:2", {"n_layers": 2.0}, [depth], pack="networks")
        >>> task.info.dataset_id, task.meta_features.as_dict()
        ('mlp:digits:2', {'n_layers': 2.0})
    """

    info: DatasetInfo
    meta_features: MetaFeatures
    features: tuple[Feature, ...]

    def __post_init__(self) -> None:
        """Refuse numbers that nobody explains."""
        explained = tuple(feature.name for feature in self.features)
        if explained != self.meta_features.names:
            raise IncompatibleMetaFeaturesError(
                f"meta-features {list(self.meta_features.names)[:5]} are explained as "
                f"{list(explained)[:5]}; give a Feature for each, in the same order"
            )

    @classmethod
    def of(
        cls,
        name: str,
        task_id: str,
        numbers: Mapping[str, float],
        features: Sequence[Feature],
        *,
        pack: str,
        version: int = 1,
        family: str | None = None,
        task_type: TaskType = TaskType.CLASSIFICATION,
        n_rows: int = 0,
        n_columns: int = 0,
        n_classes: int = 0,
    ) -> Self:
        """A task from its numbers.

        Args:
            name: for people.
            task_id: a digest of the content, or another name that no other problem has.
            numbers: by feature; NaN, or missing, where one does not apply.
            features: what they are, all of the pack.
            pack: names this kind of problem; only tasks of one pack are compared.
            version: of the pack's definitions.
            family: copies and variants of one problem share it; the name where None.
            task_type: what is predicted in the end.
            n_rows: examples.
            n_columns: numbers of one example.
            n_classes: 0 for regression.
        """
        values = np.array([numbers.get(feature.name, np.nan) for feature in features], dtype=np.float64)
        info = DatasetInfo(
            dataset_id=task_id,
            name=name,
            family=family or name,
            task_type=task_type,
            n_rows=n_rows,
            n_columns=n_columns,
            n_classes=n_classes,
        )
        names = tuple(feature.name for feature in features)
        return cls(info, MetaFeatures(pack, version, names, values), tuple(features))

    @property
    def similarity(self) -> ScaledL1:
        """The distance to other tasks of the pack that needs no learning."""
        return ScaledL1(self.features)
