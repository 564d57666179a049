"""The hand-made referees in the same clothes: SGD, momentum, RMSprop and Adam, each with one rate to tune.

Shapes: B tasks, N parameters a task.
"""

from dataclasses import dataclass
from typing import Literal, Self

import torch
from torch import Tensor, nn

from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer, unknown_kind
from autometa.learned_optimizers.trace import State

Rule = Literal["sgd", "momentum", "rmsprop", "adam"]
RULES: tuple[Rule, ...] = ("sgd", "momentum", "rmsprop", "adam")
MOMENTUM, RMSPROP_DECAY, ADAM_DECAYS, EPSILON = 0.9, 0.99, (0.9, 0.999), 1e-8  # torch's defaults


@dataclass(frozen=True, slots=True)
class HandMadeSettings:
    """Which rule.

    Attributes:
        rule: its name.
        rate: its learning rate.
    """

    rule: Rule = "adam"
    rate: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse other rules."""
        if self.rule not in RULES:
            raise unknown_kind(self.rule, list(RULES))
        if self.rate <= 0:
            raise TrainingError(f"rate is {self.rate}; it must be positive")


class HandMade(LearnedOptimizer):
    """As in `torch.optim`, with everything but the rate at torch's defaults; momentum is .9.

    Args:
        settings: of the rule.
    """

    kind = "hand_made"
    settings_type = HandMadeSettings

    def __init__(self, settings: HandMadeSettings):
        super().__init__()
        self.settings = settings
        self.like = nn.Buffer(torch.empty(0), persistent=False)  # follows `.to()`

    @classmethod
    def build(cls, settings: HandMadeSettings, *, seed: int = 0) -> Self:
        """Nothing is drawn."""
        del seed
        return cls(settings)

    def init_state(self, n_params: int, *, n_tasks: int = 1) -> State:
        """Zeros, (B, N) each: none for SGD, one for momentum and RMSprop; two and a count for Adam."""
        made = self.like.new_zeros
        n_moments = {"sgd": 0, "momentum": 1, "rmsprop": 1, "adam": 2}[self.settings.rule]
        moments = tuple(made((n_tasks, n_params)) for _ in range(n_moments))
        return (*moments, made(())) if self.settings.rule == "adam" else moments

    def update(
        self, grads: Tensor, state: State, *, params: Tensor | None = None, losses: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """One step of the rule."""
        del params, losses
        direction, after = _RULES[self.settings.rule](grads, state)
        return direction * -self.settings.rate, after


def _sgd(grads: Tensor, state: State) -> tuple[Tensor, State]:
    return grads, state


def _momentum(grads: Tensor, state: State) -> tuple[Tensor, State]:
    velocity = MOMENTUM * state[0] + grads
    return velocity, (velocity,)


def _rmsprop(grads: Tensor, state: State) -> tuple[Tensor, State]:
    square = RMSPROP_DECAY * state[0] + (1 - RMSPROP_DECAY) * grads.square()
    return grads / (square.sqrt() + EPSILON), (square,)


def _adam(grads: Tensor, state: State) -> tuple[Tensor, State]:
    (first, second), n_steps = ADAM_DECAYS, state[2] + 1
    mean = first * state[0] + (1 - first) * grads
    square = second * state[1] + (1 - second) * grads.square()
    size = (square / (1 - second**n_steps)).sqrt() + EPSILON
    return mean / (1 - first**n_steps) / size, (mean, square, n_steps)


_RULES = {"sgd": _sgd, "momentum": _momentum, "rmsprop": _rmsprop, "adam": _adam}
