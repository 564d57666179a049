"""A layer of an LSTM for one block of coordinates after the other, in buffers that stay in the cache.

Shapes: m coordinates of a block, I inputs, H hidden units; K = I + H + 1. Nothing has a history, and every
result goes where it is wanted.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import torch
from torch import Tensor

BLOCK: Final = 2048  # coordinates; 4H = 80 rows of them are 655 kB
HALF: Final = torch.tensor(0.5)  # a number would be made a tensor in every call
TINY: Final = 1e-30  # an output gate below counts as this


def block_sizes(n_coordinates: int, device: torch.device) -> list[int]:
    """How many coordinates go together: blocks of one size, and a last one; elsewhere than on a CPU, all.

    Args:
        n_coordinates: to be cut.
        device: that they live on.
    """
    n_blocks = -(-n_coordinates // BLOCK) if device.type == "cpu" else 1
    size = max(1, -(-n_coordinates // max(1, n_blocks)))
    size = -(-size // 16) * 16  # rows begin at full vectors
    return [min(size, n_coordinates - start) for start in range(0, n_coordinates, size)]


class _Buffers(NamedTuple):
    """What a layer needs for blocks of m coordinates.

    Attributes:
        rows: (K, m) what the weights are multiplied with; the last is 1, for the bias.
        inputs: (I, m) of these.
        hidden: (H, m) of these.
        gates: (4H, m).
        squashed: (H, m).
    """

    rows: Tensor
    inputs: Tensor
    hidden: Tensor
    gates: Tensor
    squashed: Tensor

    @classmethod
    def of(cls, weights: Tensor, width: int) -> Self:
        """With whatever values, but for the last row."""
        n_hidden, n_rows = len(weights) // 4, weights.shape[1]
        rows = weights.new_empty((n_rows, width))
        inputs, hidden, ones = torch.split(rows, [n_rows - n_hidden - 1, n_hidden, 1])
        ones.fill_(1.0)
        gates, squashed = weights.new_empty((4 * n_hidden, width)), weights.new_empty((n_hidden, width))
        return cls(rows, inputs, hidden, gates, squashed)


class _Layer:
    """The buffers of a layer, for whatever block is at hand."""

    def __init__(self, weights: Tensor):
        self._weights, self._n_hidden = weights, len(weights) // 4
        self._by_width: dict[int, _Buffers] = {}

    def _read(self, inputs: Tensor, hidden: Tensor) -> None:
        """Fill the rows of a block."""
        width = inputs.shape[1]
        if width not in self._by_width:
            self._by_width[width] = _Buffers.of(self._weights, width)
        self._rows, seen, remembered, self._gates, self._squashed = self._by_width[width]
        seen.copy_(inputs)
        remembered.copy_(hidden)

    def _open(self, gates: Tensor) -> Tensor:
        """Compute all four gates of what was read."""
        return torch.mm(self._weights, self._rows, out=gates).sigmoid_()


class LayerForward(_Layer):
    """`lstm_layer` without a history.

    Args:
        weights: (4H, K) of `packed_weights`.
    """

    def step(
        self,
        inputs: Tensor,
        before: Sequence[Tensor],
        *,
        out: Sequence[Tensor],
        gates: Tensor | None = None,
    ) -> Tensor:
        """(H, m) next hidden values.

        Args:
            inputs: (I, m).
            before: (H, m) hidden values and (H, m) cell.
            out: where the next of both are written.
            gates: (4H, m), where the gates are written for `LayerBackward`.
        """
        (hidden, cell), (new_hidden, new_cell) = before, out
        self._read(inputs, hidden)
        insert, forget, candidate, output = self._open(self._gates if gates is None else gates).chunk(4)
        torch.mul(forget, cell, out=new_cell)
        new_cell.addcmul_(insert, torch.sub(candidate, HALF, out=self._squashed), value=2.0)
        torch.mul(output, self._squash(new_cell), out=new_hidden)
        return new_hidden.add_(new_hidden)

    def _squash(self, cell: Tensor) -> Tensor:
        """(H, m) half of tanh, σ(2c) - 1/2."""
        return torch.add(cell, cell, out=self._squashed).sigmoid_().sub_(HALF)


class LayerBackward(_Layer):
    """The way back through one layer, step by step; it sums what comes to the weights.

    With i, f, s, o for the gates, h and c for the outputs and t = tanh c = h / o: ∂h/∂o = t, ∂c/∂s = 2 i,
    ∂c/∂i = 2 s - 1, and ∂h/∂c = o (1 - t²) = o - h t. What comes to i and s is kept halved.

    Args:
        weights: (4H, K) of `packed_weights`.
        needs_inputs: the inputs want their share, too.
    """

    def __init__(self, weights: Tensor, *, needs_inputs: bool):
        super().__init__(weights)
        halves = weights.new_full((4, self._n_hidden, 1), 2.0)
        halves[1] = halves[3] = 1.0
        self._halves = halves.view(-1, 1)
        self._n_inputs = weights.shape[1] - self._n_hidden - 1 if needs_inputs else 0
        self._back = (self._halves * weights)[:, -self._n_hidden - 1 - self._n_inputs : -1].t().contiguous()
        self._sum = weights.new_zeros((weights.shape[1], len(weights)))  # (K, 4H): the faster way round

    @property
    def to_weights(self) -> Tensor:
        """(4H, K) of all steps of all blocks so far."""
        return self._sum.t() * self._halves

    def begin(self, width: int) -> None:
        """At the last step of a block of so many coordinates: no later step pulls."""
        made = self._weights.new_empty
        self._to_gates, self._slope = made((4 * self._n_hidden, width)), made((self._n_hidden, width))
        self._pieces = self._to_gates.chunk(4)
        self._to_rows = self._weights.new_zeros((len(self._back), width))
        self._to_cell = self._weights.new_zeros((self._n_hidden, width))

    def step(
        self,
        inputs: Tensor,
        before: Sequence[Tensor],
        *,
        after: Tensor,
        pulls: Tensor,
        gates: Tensor | None = None,
    ) -> Tensor:
        """One step back: what comes to the inputs, (I, m) or (0, m), in a buffer of the layer.

        Args:
            inputs: (I, m).
            before: (H, m) hidden values and (H, m) cell.
            after: (H, m) next hidden values.
            pulls: (H, m) what comes to the next hidden values from elsewhere; it is overwritten.
            gates: (4H, m) of `LayerForward`; computed again where None.
        """
        hidden, cell = before
        self._read(inputs, hidden)
        opened = self._open(self._gates) if gates is None else gates
        insert, forget, candidate, output = opened.chunk(4)
        tanh = torch.div(after, torch.clamp(output, min=TINY, out=self._squashed), out=self._squashed)
        pulls.add_(self._to_rows[self._n_inputs :])
        slope = torch.addcmul(output, after, tanh, value=-1.0, out=self._slope)
        through = self._to_cell.addcmul_(pulls, slope)
        to_insert, to_forget, to_candidate, to_output = self._pieces
        torch.sub(candidate, HALF, out=to_insert).mul_(through)
        torch.mul(through, cell, out=to_forget)
        torch.mul(through, insert, out=to_candidate)
        torch.mul(pulls, tanh, out=to_output)
        torch.ops.aten.sigmoid_backward.grad_input(self._to_gates, opened, grad_input=self._to_gates)
        self._sum.addmm_(self._rows, self._to_gates.t())
        torch.mm(self._back, self._to_gates, out=self._to_rows)
        through.mul_(forget)
        return self._to_rows[: self._n_inputs]
