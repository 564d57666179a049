"""Drawing episodes on the device: random keys choose classes and examples, one gather fetches them.

Shapes: B episodes, W ways, S shots, Q queries a way, c classes, r rows of the largest class.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.episodes import Episodes, EpisodeShape

Transform = Callable[[Tensor, torch.Generator], Tensor]  # (k, *feature_shape) float examples → the same


class EpisodeSampler:
    """Episodes of fixed way, shot and query from data that live on the device.

    Classes are drawn without replacement, and within each class the examples: support and queries never share
    one. Nothing crosses the bus but the call.

    Args:
        data: the classes to draw from.
        way: W.
        shot: S.
        query: Q.
        generator: on the device of the data.
        normalise: what makes floats of the stored examples; uint8 is divided by 255 where None.
        augment: random changes of the floats, e.g. `autometa.fewshot.augmentation.random_flip`.

    Raises:
        InvalidDatasetError: fewer classes than ways, or a class with fewer examples than shots and queries.
    """

    def __init__(
        self,
        data: ClassData,
        *,
        way: int,
        shot: int,
        query: int,
        generator: torch.Generator,
        normalise: Callable[[Tensor], Tensor] | None = None,
        augment: Transform | None = None,
    ):
        _check(data, way=way, n_examples=shot + query)
        self.data, self.generator = data, generator
        self.shape = EpisodeShape(data.feature_shape, way, shot, query)
        self._normalise, self._augment = normalise or unit_interval, augment
        largest, smallest = int(data.counts.max()), int(data.counts.min())
        self._largest, self._is_even = largest, largest == smallest

    def sample(self, n_episodes: int) -> Episodes:
        """B fresh episodes; feature type float32."""
        _, way, shot, query, _ = self.shape
        rows = self._rows(n_episodes)  # (B, W, S + Q)
        flat = torch.cat([rows[:, :, :shot].flatten(), rows[:, :, shot:].flatten()])
        examples = self._normalise(self.data.examples.index_select(0, flat))
        if self._augment is not None:
            examples = self._augment(examples, self.generator)
        n_support, features = n_episodes * way * shot, self.shape.feature_shape
        return Episodes(
            examples[:n_support].reshape(n_episodes, way, shot, *features),
            examples[n_support:].reshape(n_episodes, way, query, *features),
        )

    def _rows(self, n_episodes: int) -> Tensor:
        """(B, W, S + Q) rows of the data: the largest of random keys are a draw without replacement."""
        _, way, shot, query, _ = self.shape
        classes = self._keys(n_episodes, self.data.n_classes).topk(way, dim=1).indices  # (B, W)
        keys = self._keys(n_episodes, way, self._largest)
        counts = self.data.counts[classes][:, :, None]
        if not self._is_even:
            positions = torch.arange(self._largest, device=keys.device)
            keys = keys.masked_fill(positions >= counts, -1.0)
        return self.data.starts[classes][:, :, None] + keys.topk(shot + query, dim=2).indices

    def _keys(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.generator.device)


def unit_interval(examples: Tensor) -> Tensor:
    """Bytes as floats in [0, 1]; floats as they are."""
    return examples / 255.0 if examples.dtype == torch.uint8 else examples.float()


def _check(data: ClassData, *, way: int, n_examples: int) -> None:
    if data.n_classes < way:
        raise InvalidDatasetError(
            f"{data.n_classes} classes cannot make {way}-way episodes; choose a smaller way or add classes"
        )
    counts = data.counts.tolist()
    short = [name for name, count in zip(data.names, counts, strict=True) if count < n_examples]
    if short:
        raise InvalidDatasetError(
            f"{len(short)} of {data.n_classes} classes have fewer than {n_examples} examples (shots and "
            f"queries), e.g. {short[0]!r}; choose fewer, or leave those out with with_at_least({n_examples})"
        )
