"""All kinds of optimizers by name: what a file may hold and `build_optimizer` can make."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer, unknown_kind
from autometa.learned_optimizers.hand_made import HandMade
from autometa.learned_optimizers.learned_rates import LearnedRates
from autometa.learned_optimizers.lstm import LSTMOptimizer
from autometa.learned_optimizers.meta_lstm import MetaLSTMOptimizer

OPTIMIZERS: dict[str, type[LearnedOptimizer]] = {
    one.kind: one for one in (LSTMOptimizer, MetaLSTMOptimizer, LearnedRates, HandMade)
}


def build_optimizer(
    kind: str, *, settings: Mapping[str, Any] | None = None, seed: int = 0
) -> LearnedOptimizer:
    """A fresh optimizer.

    Args:
        kind: a name of `OPTIMIZERS`.
        settings: fields of its settings; the others keep their defaults.
        seed: of its first weights.

    Raises:
        UnknownNameError: no such kind.
        TrainingError: settings that it does not have.
    """
    if kind not in OPTIMIZERS:
        raise unknown_kind(kind, sorted(OPTIMIZERS))
    found = OPTIMIZERS[kind]
    try:
        made = found.settings_type(**(settings or {}))
    except TypeError as error:
        names = ", ".join(field.name for field in fields(found.settings_type))
        raise TrainingError(f"settings of {kind!r} are {names}; {error}") from error
    return found.build(made, seed=seed)
