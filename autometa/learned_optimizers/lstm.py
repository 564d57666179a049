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
from autometa.learned_optimizers.base import LearnedOptimizer, State, Trace
from autometa.learned_optimizers.cell import blocks, lstm_layer, packed_weights
from autometa.learned_optimizers.lstm_gradients import add_lstm_gradients
from autometa.learned_optimizers.preprocessing import log_and_sign


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
        """Zeros: hidden values and cell of each layer, (H, M)."""
        shape = (self.settings.n_hidden, n_tasks * n_params)
        return tuple(self.output_bias.new_zeros(shape) for _ in range(2 * self.settings.n_layers))

    def update(
        self, grads: Tensor, state: State, *, params: Tensor | None = None, losses: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """One step of all layers; neither parameters nor losses are read."""
        del params, losses
        seen = log_and_sign(grads.reshape(-1), magnitude=self.settings.magnitude)  # (2, M)
        if torch.is_grad_enabled():
            updates, after = self._step(seen, state, self._packed())
        else:
            updates, after = self._step_in_blocks(seen, state)
        return updates.view_as(grads), after

    def add_gradients(self, trace: Trace) -> None:
        """By hand: block after block of coordinates, each back through all steps while it is in the cache."""
        add_lstm_gradients(self, self._packed(), trace)

    def _packed(self) -> list[Tensor]:
        layers = zip(self.input_weights, self.hidden_weights, self.biases, strict=True)
        return [packed_weights(*layer) for layer in layers]

    def _step(self, seen: Tensor, state: State, weights: list[Tensor]) -> tuple[Tensor, State]:
        after: list[Tensor] = []
        for number, packed in enumerate(weights):
            seen, cell = lstm_layer(seen, state[2 * number], state[2 * number + 1], packed)
            after += [seen, cell]
        updates = torch.addmm(self.output_bias, self.output_weights, seen)
        return updates * self.settings.output_scale, tuple(after)

    def _step_in_blocks(self, seen: Tensor, state: State) -> tuple[Tensor, State]:
        """The same, with all layers of a block while it is in the cache."""
        weights, after = self._packed(), tuple(torch.empty_like(value) for value in state)
        updates = seen.new_empty(seen.shape[1])
        for at in blocks(seen):
            updates[at], new = self._step(seen[:, at], tuple(value[:, at] for value in state), weights)
            for target, value in zip(after, new, strict=True):
                target[:, at] = value
        return updates, after
