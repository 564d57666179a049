"""Steps of the LSTM optimizer without a graph: all layers of a block of coordinates while it is in the cache.

Shapes: B tasks, N parameters a task, M = B·N coordinates, m of them in a block, H hidden units.
"""

from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor

from autometa.learned_optimizers.cell_in_place import LayerForward
from autometa.learned_optimizers.trace import Room, State, Tracer

if TYPE_CHECKING:
    from autometa.learned_optimizers.lstm import LSTMOptimizer

MOST_KEPT: Final = 2**27  # values of gates in a trace, 512 MiB; more of them are computed again


class LSTMSteps(Tracer):
    """With the weights of the optimizer as they are now.

    Args:
        optimizer: whose steps they are.
        n_steps: of a trace.
        room: for gates and states of a trace; None keeps nothing.
    """

    def __init__(self, optimizer: "LSTMOptimizer", *, n_steps: int = 1, room: Room | None = None):
        self._lstm, self._n_steps, self._room, self._step = optimizer, n_steps, room, 0
        self._layers = [LayerForward(packed.detach()) for packed in optimizer.packed()]
        self._n_rows = 2 * optimizer.settings.n_hidden * len(self._layers)  # of a state

    @torch.no_grad()
    def step(
        self, grads: Tensor, state: State, *, params: Tensor | None = None, losses: Tensor | None = None
    ) -> tuple[Tensor, State, State]:
        """(B, N) updates, the next state, and (4H·layers, m) gates of each block if they are kept."""
        del params, losses
        after, gates = self._after(state), self._gates(state, grads.numel())
        updates = [
            self._through_layers(seen, state[number], after[number], gates[number] if gates else None)
            for number, seen in enumerate(self._lstm.seen(grads, state))
        ]
        self._step += 1
        return torch.cat(updates, dim=1).view_as(grads), after, gates

    def _after(self, state: State) -> State:
        """Where the next state goes; the last one outlives the trace."""
        if self._room is None or self._step == self._n_steps - 1:
            return tuple(torch.empty_like(value) for value in state)
        return self._room.take("state", self._step, like=state, n_rows=self._n_rows)

    def _gates(self, state: State, n_coordinates: int) -> State:
        if self._room is None or 2 * self._n_rows * n_coordinates * self._n_steps > MOST_KEPT:
            return ()
        return self._room.take("gates", self._step, like=state, n_rows=2 * self._n_rows)

    def _through_layers(self, seen: Tensor, before: Tensor, after: Tensor, gates: Tensor | None) -> Tensor:
        """(1, m) updates of a block."""
        n_layers = len(self._layers)
        old, new = before.chunk(2 * n_layers), after.chunk(2 * n_layers)
        kept = [None] * n_layers if gates is None else gates.chunk(n_layers)
        for number, layer in enumerate(self._layers):
            at = slice(2 * number, 2 * number + 2)
            seen = layer.step(seen, old[at], out=new[at], gates=kept[number])
        return self._lstm.outputs(seen)
