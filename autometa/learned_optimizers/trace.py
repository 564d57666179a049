"""Steps that an optimizer took, as the way back through them wants them, and the memory to keep them in.

Shapes: B tasks that are optimised side by side, N parameters of one task, T steps.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from autometa.learned_optimizers.base import LearnedOptimizer

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


class Tracer:
    """Takes the steps of one trace, without a graph. This one keeps nothing that a replay does not give.

    Args:
        optimizer: whose steps they are.
    """

    def __init__(self, optimizer: "LearnedOptimizer"):
        self._optimizer = optimizer

    @torch.no_grad()
    def step(
        self, grads: Tensor, state: State, *, params: Tensor, losses: Tensor
    ) -> tuple[Tensor, State, State]:
        """`update`, and what `add_gradients` need not compute again.

        Args:
            grads: as in `update`.
            state: as in `update`.
            params: as in `update`.
            losses: as in `update`.
        """
        return *self._optimizer.update(grads, state, params=params, losses=losses), ()


def _kind(value: Tensor, n_rows: int) -> tuple[object, ...]:
    return n_rows, value.shape[1], value.dtype, value.device
