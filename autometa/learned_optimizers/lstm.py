"""The coordinate-wise LSTM optimizer: one small network for all coordinates, each with its own memory.

Andrychowicz et al. 2016, Learning to learn by gradient descent by gradient descent.

Shapes: B tasks, N parameters a task, M = B·N coordinates, H hidden units.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.cell import lstm_layer, packed_weights
from autometa.learned_optimizers.cell_in_place import block_sizes
from autometa.learned_optimizers.lstm_gradients import add_lstm_gradients
from autometa.learned_optimizers.lstm_steps import LSTMSteps
from autometa.learned_optimizers.preprocessing import log_and_sign
from autometa.learned_optimizers.trace import Room, State, Trace, Tracer


@dataclass(frozen=True, slots=True)
class LSTMSettings:
    """The architecture.

    Attributes:
        n_hidden: H, of each layer.
        n_layers: LSTMs on top of each other.
        magnitude: p of the preprocessing of gradients.
        output_scale: factor of the updates.
    """

    n_hidden: int = 20
    n_layers: int = 2
    magnitude: float = 10.0
    output_scale: float = 0.1

    def __post_init__(self) -> None:
        """Refuse a network of nothing."""
        if self.n_hidden < 1 or self.n_layers < 1 or self.magnitude <= 0 or self.output_scale <= 0:
            raise TrainingError(f"{self}: sizes must be 1 or more, magnitude and output scale positive")


class LSTMOptimizer(LearnedOptimizer):
    """Gradients in, updates out, coordinate by coordinate.

    Args:
        settings: of the network.
    """

    kind = "lstm"
    settings_type = LSTMSettings

    def __init__(self, settings: LSTMSettings):
        super().__init__()
        self.settings, size = settings, settings.n_hidden
        sizes = [2] + [size] * (settings.n_layers - 1)
        self.input_weights = nn.ParameterList(torch.empty(4 * size, n_inputs) for n_inputs in sizes)
        self.hidden_weights = nn.ParameterList(torch.empty(4 * size, size) for _ in sizes)
        self.biases = nn.ParameterList(torch.empty(4 * size) for _ in sizes)
        self.output_weights = nn.Parameter(torch.empty(1, size))
        self.output_bias = nn.Parameter(torch.zeros(1, 1))

    @classmethod
    def build(cls, settings: LSTMSettings, *, seed: int = 0) -> Self:
        """Uniform weights as in `torch.nn.LSTMCell`; a forget gate that starts open; small first updates."""
        made, generator = cls(settings), make_generator(seed)
        bound = settings.n_hidden**-0.5
        for parameter in made.parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        with torch.no_grad():
            for bias in made.biases:
                bias[settings.n_hidden : 2 * settings.n_hidden] += 1.0
            made.output_weights.mul_(0.1)
            made.output_bias.zero_()
        return made

    def init_state(self, n_params: int, *, n_tasks: int = 1) -> State:
        """Zeros, (2H·layers, m) for each block of coordinates: hidden values and cell, layer after layer."""
        n_rows, made = 2 * self.settings.n_hidden * self.settings.n_layers, self.output_bias
        return tuple(made.new_zeros((n_rows, size)) for size in block_sizes(n_tasks * n_params, made.device))

    def update(
        self, grads: Tensor, state: State, *, params: Tensor | None = None, losses: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """One step of all layers, block by block; neither parameters nor losses are read."""
        del params, losses
        if not torch.is_grad_enabled():
            return LSTMSteps(self).step(grads, state)[:2]
        updates, after = self._with_history(self.seen(grads, state), state)
        return torch.cat(updates, dim=1).view_as(grads), after

    def tracer(self, *, n_steps: int, room: Room) -> Tracer:
        """One that keeps the gates."""
        return LSTMSteps(self, n_steps=n_steps, room=room)

    def add_gradients(self, trace: Trace) -> None:
        """By hand: block after block of coordinates, each back through all steps while it is in the cache."""
        add_lstm_gradients(self, self.packed(), trace)

    def seen(self, grads: Tensor, state: State) -> tuple[Tensor, ...]:
        """(2, m) preprocessed gradients of each block."""
        seen = log_and_sign(grads.reshape(-1), magnitude=self.settings.magnitude)  # (2, M)
        return torch.split(seen, [value.shape[1] for value in state], dim=1)

    def packed(self) -> list[Tensor]:
        """(4H, K) weights of each layer, see `packed_weights`."""
        layers = zip(self.input_weights, self.hidden_weights, self.biases, strict=True)
        return [packed_weights(*layer) for layer in layers]

    def _with_history(self, blocks: tuple[Tensor, ...], state: State) -> tuple[list[Tensor], State]:
        """(1, m) updates of each block, and what it remembers."""
        weights, updates, after = self.packed(), [], []
        for seen, memory in zip(blocks, state, strict=True):
            kept, values = memory.chunk(2 * len(weights)), []
            for number, packed in enumerate(weights):
                seen, cell = lstm_layer(seen, kept[2 * number], kept[2 * number + 1], packed)
                values += [seen, cell]
            updates.append(self.outputs(seen))
            after.append(torch.cat(values))
        return updates, tuple(after)

    def outputs(self, hidden: Tensor) -> Tensor:
        """(1, m) updates of (H, m) hidden values of the last layer."""
        scale: float = self.settings.output_scale
        return torch.addmm(self.output_bias, self.output_weights, hidden) * scale
