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
        check_classes(data, way=way, n_examples=shot + query)
        self.data, self.generator = data, generator
        self.shape = EpisodeShape(data.feature_shape, way, shot, query)
        self._normalise, self._augment = normalise or unit_interval, augment
        self._draw = RowDraw(data, generator)

    def sample(self, n_episodes: int) -> Episodes:
        """B fresh episodes; feature type float32."""
        _, way, shot, query, _ = self.shape
        rows = self._draw.rows(self._classes(n_episodes), shot + query)  # (B, W, S + Q)
        flat = torch.cat([rows[:, :, :shot].flatten(), rows[:, :, shot:].flatten()])
        examples = self._normalise(self.data.examples.index_select(0, flat))
        if self._augment is not None:
            examples = self._augment(examples, self.generator)
        n_support, features = n_episodes * way * shot, self.shape.feature_shape
        return Episodes(
            examples[:n_support].reshape(n_episodes, way, shot, *features),
            examples[n_support:].reshape(n_episodes, way, query, *features),
        )

    def _classes(self, n_episodes: int) -> Tensor:
        """(B, W) different classes of each episode."""
        keys = self._draw.keys(n_episodes, self.data.n_classes)
        return keys.topk(self.shape.n_way, dim=1).indices


class RowDraw:
    """Random rows of classes, without replacement.

    Args:
        data: the classes.
        generator: on their device.
    """

    def __init__(self, data: ClassData, generator: torch.Generator):
        self._data, self._generator = data, generator
        self._largest, smallest = int(data.counts.max()), int(data.counts.min())
        self._is_even = self._largest == smallest

    def keys(self, *shape: int) -> Tensor:
        """Uniform numbers: the places of the k largest are a draw of k without replacement."""
        return torch.rand(shape, generator=self._generator, device=self._generator.device)

    def rows(self, classes: Tensor, n_rows: int) -> Tensor:
        """(B, W, n_rows) different rows of each class; those past the class's count come last, as fillers.

        Args:
            classes: (B, W).
            n_rows: up to r.
        """
        keys = self.keys(*classes.shape, self._largest)
        if not self._is_even:
            positions = torch.arange(self._largest, device=keys.device)
            keys = keys.masked_fill(positions >= self._data.counts[classes][:, :, None], -1.0)
        places = keys.topk(n_rows, dim=2).indices
        return self._data.starts[classes][:, :, None] + places


def unit_interval(examples: Tensor) -> Tensor:
    """Bytes as floats in [0, 1]; floats as they are."""
    if examples.dtype == torch.uint8:
        return examples.float().div_(255.0)
    return examples.float()


def check_classes(data: ClassData, *, way: int, n_examples: int) -> None:
    """Raise unless there are enough classes, each with enough examples.

    Raises:
        InvalidDatasetError: there are not.
    """
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
