"""Examples sorted by class, as one tensor on the device.

Shapes: n examples, c classes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autometa.errors import InvalidDatasetError, UnknownNameError

SHARES = (0.64, 0.16)  # of the classes, for training and validation, where no split is given


@dataclass(frozen=True, slots=True, eq=False)
class ClassData:
    """All examples of some classes; a subset of classes shares the tensor of the whole.

    Attributes:
        examples: (n, *feature_shape) uint8 or float; the rows of a class stand together.
        starts: (c,) int64 first row of each class, on the same device.
        counts: (c,) int64 rows of each class.
        names: c names of classes.
    """

    examples: Tensor
    starts: Tensor
    counts: Tensor
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse data without classes."""
        if not self.names:
            raise InvalidDatasetError("no classes in the data; give a folder or a file that has some")

    @classmethod
    def of(cls, examples: Tensor | NDArray[np.generic], labels: Sequence[str] | NDArray[np.generic]) -> Self:
        """Sort examples by class; classes in the order of their names, examples of one as they came.

        Args:
            examples: (n, *feature_shape).
            labels: n names of classes.
        """
        names, codes, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
        order = torch.from_numpy(np.argsort(codes, kind="stable"))
        rows = torch.as_tensor(examples)[order]
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        texts = tuple(str(name) for name in names)
        return cls(rows, torch.from_numpy(starts), torch.from_numpy(counts), texts)

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Of one example."""
        return tuple(self.examples.shape[1:])

    @property
    def n_classes(self) -> int:
        """C."""
        return len(self.names)

    def to(self, device: str | torch.device) -> Self:
        """The same data on this device."""
        return replace(
            self,
            examples=self.examples.to(device),
            starts=self.starts.to(device),
            counts=self.counts.to(device),
        )

    def select(self, names: Iterable[str]) -> Self:
        """Only these classes; no example is copied.

        Raises:
            UnknownNameError: there is no such class.
        """
        positions = {name: position for position, name in enumerate(self.names)}
        wanted = tuple(names)
        for name in wanted:
            if name not in positions:
                raise UnknownNameError.of("class", name, list(self.names))
        rows = torch.tensor(
            [positions[name] for name in wanted], dtype=torch.int64, device=self.starts.device
        )
        return replace(self, starts=self.starts[rows], counts=self.counts[rows], names=wanted)

    def with_at_least(self, n_examples: int) -> Self:
        """Only the classes that have so many examples."""
        counts = self.counts.tolist()
        return self.select(
            name for name, count in zip(self.names, counts, strict=True) if count >= n_examples
        )


def split_classes(names: Sequence[str], sizes: Sequence[int], *, seed: int) -> list[tuple[str, ...]]:
    """Disjoint random groups of classes.

    Args:
        names: of all classes.
        sizes: of the groups; together no more than there are names.
        seed: of the shuffle.

    Raises:
        InvalidDatasetError: not enough classes.
    """
    if sum(sizes) > len(names):
        raise InvalidDatasetError(f"{len(names)} classes cannot be cut into groups of {list(sizes)}")
    order = np.random.default_rng(seed).permutation(len(names))
    ends = np.cumsum(sizes)
    groups = np.split(order[: ends[-1]], ends[:-1])
    return [tuple(names[position] for position in sorted(group)) for group in groups]


def random_parts(data: ClassData, *, seed: int) -> tuple[ClassData, ClassData, ClassData]:
    """Random disjoint parts of 64, 16 and 20 % of the classes, at least one class each.

    Raises:
        InvalidDatasetError: fewer than three classes.
    """
    if data.n_classes < 3:
        raise InvalidDatasetError(
            f"{data.n_classes} classes cannot make training, validation and test classes; "
            "few-shot learning needs many classes"
        )
    n_train, n_validation = (max(1, round(share * data.n_classes)) for share in SHARES)
    n_train = min(n_train, data.n_classes - n_validation - 1)
    sizes = [n_train, n_validation, data.n_classes - n_train - n_validation]
    train, validation, test = (data.select(group) for group in split_classes(data.names, sizes, seed=seed))
    return train, validation, test
