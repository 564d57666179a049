"""Steps that an optimizer took, as the way back through them wants them, and the memory to keep them in.

Shapes: B tasks that are optimised side by side, N parameters of one task, T steps.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

State = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """T steps that were taken; nothing in it has a history.

    Attributes:
        params: (B, N) before each step.
        losses: (B,) before each step.
        grads: (B, N) before each step.
        states: before each step, and after the last one.
        pulls: (B, N) after each step, what comes from the objective to the parameters there.
        kept: what else the optimizer kept of each step.
    """

    params: tuple[Tensor, ...]
    losses: tuple[Tensor, ...]
    grads: tuple[Tensor, ...]
    states: tuple[State, ...]
    pulls: tuple[Tensor, ...]
    kept: tuple[State, ...]


class Room:
    """Memory of a trace, which the next one writes over: to ask for it anew costs a page fault every 4 kB."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], State] = {}

    def take(self, name: str, step: int, *, like: State, n_rows: int) -> State:
        """(n_rows, m) for each (…, m), with whatever values; the same each time, as long as it fits.

        Args:
            name: of what is kept.
            step: of the trace.
            like: tensors of the same number, widths and kind.
            n_rows: of each.
        """
        held = self._held.get((name, step), ())
        if [_kind(one, len(one)) for one in held] != [_kind(one, n_rows) for one in like]:
            held = tuple(one.new_empty((n_rows, one.shape[1])) for one in like)
            self._held[name, step] = held
        return held


class Place(NamedTuple):
    """Where a step stands in its trace.

    Attributes:
        step: from 0.
        n_steps: T.
        room: for what nobody wants after the trace.
    """

    step: int
    n_steps: int
    room: Room

    @property
    def is_last(self) -> bool:
        """The state after it outlives the trace."""
        return self.step == self.n_steps - 1


def _kind(value: Tensor, n_rows: int) -> tuple[object, ...]:
    return n_rows, value.shape[1], value.dtype, value.device
