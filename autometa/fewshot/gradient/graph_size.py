"""How much memory the graph of an inner step holds: where it is little, the graphs of all steps are kept."""

from collections.abc import Callable

from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from autometa.fewshot.gradient.episode_network import is_tracing

KEPT_BYTES = 96 * 2**20  # that the graphs of all steps may have together


class GraphSizes:
    """Remembers, by the shapes of the episodes, what the graph of a step takes."""

    def __init__(self) -> None:
        self._bytes: dict[object, int] = {}

    def are_small(self, shapes: object, n_steps: int) -> bool:
        """True if the graphs of all steps are known to be small; a compiler sees to memory itself."""
        return is_tracing() or self._bytes.get(shapes, KEPT_BYTES + 1) * n_steps <= KEPT_BYTES

    def learn(self, shapes: object, make: Callable[[], object]) -> None:
        """Measure what one step makes, if it is not known."""
        if shapes not in self._bytes and not is_tracing():
            self._bytes[shapes] = graph_bytes(make)


def graph_bytes(make: Callable[[], object]) -> int:
    """What a calculation keeps for its derivatives; what is kept twice counts once."""
    found: dict[int, int] = {}

    def count(kept: Tensor) -> Tensor:
        storage = kept.untyped_storage()
        found[storage.data_ptr()] = storage.nbytes()
        return kept

    with saved_tensors_hooks(count, lambda kept: kept):
        made = make()  # kept to the end, so that no address is used twice
    del made
    return sum(found.values())
