"""Data ready for few-shot learning: disjoint training, validation and test classes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Self

import torch
from torch import Tensor

from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.sampler import EpisodeSampler, Transform, unit_interval

Normalise = Callable[[Tensor], Tensor]  # stored examples (k, *feature_shape) → floats
Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True, eq=False)
class DataParts:
    """One data set.

    Attributes:
        name: of the data set, e.g. "omniglot".
        train: classes to learn from.
        validation: classes to choose by.
        test: classes to measure on.
        normalise: stored examples → floats.
        augment: random changes of training examples; None for none.
    """

    name: str
    train: ClassData
    validation: ClassData
    test: ClassData
    normalise: Normalise = unit_interval
    augment: Transform | None = None

    def to(self, device: str | torch.device) -> Self:
        """The same on this device."""
        return replace(
            self,
            train=self.train.to(device),
            validation=self.validation.to(device),
            test=self.test.to(device),
        )

    def sampler(
        self, part: Part, *, way: int, shot: int, query: int, generator: torch.Generator
    ) -> EpisodeSampler:
        """Episodes of one part; training examples are augmented.

        Args:
            part: which classes.
            way: classes an episode.
            shot: support examples a class.
            query: queries a class.
            generator: on the device of the data.
        """
        return EpisodeSampler(
            getattr(self, part),
            way=way,
            shot=shot,
            query=query,
            generator=generator,
            normalise=self.normalise,
            augment=self.augment if part == "train" else None,
        )
