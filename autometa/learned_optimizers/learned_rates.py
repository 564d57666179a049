"""One learned rate for every parameter (Li et al. 2017, Meta-SGD): the baseline without memory."""

from dataclasses import dataclass
from math import log
from typing import Self

import torch
from torch import Tensor, nn

from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.trace import State


@dataclass(frozen=True, slots=True)
class LearnedRatesSettings:
    """The size.

    Attributes:
        n_params: N, of the one architecture that it can train.
        first_rate: of every parameter before training.
    """

    n_params: int
    first_rate: float = 0.01

    def __post_init__(self) -> None:
        """Refuse rates of nothing."""
        if self.n_params < 1 or self.first_rate <= 0:
            raise TrainingError(f"{self}: n_params must be 1 or more, and first_rate positive")


class LearnedRates(LearnedOptimizer):
    """Gradient descent with a rate for each of N parameters; it fits one architecture only.

    Logarithms of rates are learned, where the paper learns rates, which may become negative there.

    Args:
        settings: of the rates.
    """

    kind = "learned_rates"
    settings_type = LearnedRatesSettings

    def __init__(self, settings: LearnedRatesSettings):
        super().__init__()
        self.settings = settings
        self.log_rates = nn.Parameter(torch.full((settings.n_params,), log(settings.first_rate)))

    @classmethod
    def build(cls, settings: LearnedRatesSettings, *, seed: int = 0) -> Self:
        """All rates equal; nothing is drawn."""
        del seed
        return cls(settings)

    def init_state(self, n_params: int, *, n_tasks: int = 1) -> State:
        """Nothing.

        Raises:
            TrainingError: the rates are of another architecture.
        """
        del n_tasks
        if n_params != self.settings.n_params:
            raise TrainingError(
                f"{n_params} parameters, but these rates were learned for {self.settings.n_params}; "
                "an LSTM optimizer fits any number"
            )
        return ()

    def update(
        self, grads: Tensor, state: State, *, params: Tensor | None = None, losses: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """The gradient times the rates."""
        del params, losses
        return -self.log_rates.exp() * grads, state
