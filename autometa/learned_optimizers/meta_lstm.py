"""The update rule of the LSTM meta-learner: the parameters themselves are the cell of an LSTM.

Ravi & Larochelle 2017, Optimization as a Model for Few-Shot Learning, section 3.

Shapes: B tasks, N parameters a task, M = B·N coordinates, H hidden units.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer, needed
from autometa.learned_optimizers.cell import lstm_layer, packed_weights
from autometa.learned_optimizers.preprocessing import log_and_sign
from autometa.learned_optimizers.trace import State


@dataclass(frozen=True, slots=True)
class MetaLSTMSettings:
    """The architecture.

    Attributes:
        n_hidden: H, of the lower LSTM.
        magnitude: p of the preprocessing of gradients and losses.
        first_rate: value of the input gate, the learned rate, before training.
        first_decay: 1 - value of the forget gate before training.
    """

    n_hidden: int = 20
    magnitude: float = 10.0
    first_rate: float = 0.01
    first_decay: float = 1e-4

    def __post_init__(self) -> None:
        """Refuse gates that are no gates."""
        if self.n_hidden < 1 or not (0 < self.first_rate < 1 and 0 < self.first_decay < 1):
            raise TrainingError(f"{self}: n_hidden must be 1 or more, first_rate and first_decay in (0, 1)")


class MetaLSTMOptimizer(LearnedOptimizer):
    """θ' = f θ - i g, with the gates f and i computed for every coordinate (equation 2).

    An LSTM reads the preprocessed gradient and loss; the gates see its output, the parameter and their own
    last value. Where the paper draws the gates' biases, ours are set so that the first steps are plain
    gradient descent at `first_rate`; the paper's learned initial parameters belong to one learner, so they
    are left to the few-shot engine.

    Args:
        settings: of the network.
    """

    kind = "meta_lstm"
    settings_type = MetaLSTMSettings
    needs_params = True
    needs_losses = True

    def __init__(self, settings: MetaLSTMSettings):
        super().__init__()
        self.settings, size = settings, settings.n_hidden
        self.input_weights = nn.Parameter(torch.empty(4 * size, 4))
        self.hidden_weights = nn.Parameter(torch.empty(4 * size, size))
        self.bias = nn.Parameter(torch.empty(4 * size))
        self.gate_weights = nn.Parameter(torch.empty(2, size + 2))  # forget, insert
        self.gate_biases = nn.Parameter(torch.empty(2, 1))

    @classmethod
    def build(cls, settings: MetaLSTMSettings, *, seed: int = 0) -> Self:
        """Small weights, and gates that begin with gradient descent."""
        made, generator = cls(settings), make_generator(seed)
        for parameter in made.parameters():
            nn.init.uniform_(parameter, -0.01, 0.01, generator=generator)
        gates = torch.tensor([[1.0 - settings.first_decay], [settings.first_rate]], dtype=torch.float64)
        made.gate_biases.data.copy_(torch.logit(gates))
        return made

    def init_state(self, n_params: int, *, n_tasks: int = 1) -> State:
        """Zeros: hidden values and cell of the lower LSTM, (H, M), and the last gates, (2, M)."""
        n, size = n_params * n_tasks, self.settings.n_hidden
        made = self.bias.new_zeros
        return made((size, n)), made((size, n)), made((2, n))

    def update(
        self, grads: Tensor, state: State, *, params: Tensor | None = None, losses: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """One step of both layers; parameters and losses are read."""
        values = needed(params, "params", self).reshape(1, -1)
        loss = needed(losses, "losses", self).reshape(-1, 1).expand_as(grads)
        hidden, cell, gates = state
        seen = [
            log_and_sign(one.detach().reshape(-1), magnitude=self.settings.magnitude) for one in (grads, loss)
        ]
        weights = packed_weights(self.input_weights, self.hidden_weights, self.bias)
        hidden, cell = lstm_layer(torch.cat(seen), hidden, cell, weights)
        shared = self.gate_weights[:, :-1] @ torch.cat([hidden, values])  # (2, M)
        gates = torch.sigmoid(shared + self.gate_weights[:, -1:] * gates + self.gate_biases)
        updates = (gates[:1] - 1.0) * values - gates[1:] * grads.reshape(1, -1)
        return updates.view_as(grads), (hidden, cell, gates)
