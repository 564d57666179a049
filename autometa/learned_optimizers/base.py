"""LearnedOptimizer: what turns gradients into updates, with weights that were meta-trained.

Shapes: B tasks that are optimised side by side, N parameters of one task.
"""

from abc import ABC, abstractmethod
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from torch import Tensor, nn

from autometa.errors import TrainingError, UnknownNameError
from autometa.learned_optimizers.trace import Room, State, Trace, Tracer

if TYPE_CHECKING:
    from autometa.learned_optimizers.module_optimizer import ModuleOptimizer


class LearnedOptimizer(nn.Module, ABC):
    """An update rule; all parameters of all tasks of a batch advance in one call.

    Attributes:
        kind: its name in files.
        settings_type: a frozen dataclass of plain values, kept as `settings`, from which `build` makes it.
        needs_params: `update` must be given `params`.
        needs_losses: `update` must be given `losses`.
    """

    kind: ClassVar[str]
    settings_type: ClassVar[type]
    needs_params: ClassVar[bool] = False
    needs_losses: ClassVar[bool] = False
    settings: Any

    @classmethod
    @abstractmethod
    def build(cls, settings: Any, *, seed: int = 0) -> Self:
        """A fresh, untrained optimizer.

        Args:
            settings: of `settings_type`.
            seed: of its first weights.
        """

    @abstractmethod
    def init_state(self, n_params: int, *, n_tasks: int = 1) -> State:
        """What it remembers before the first step.

        Args:
            n_params: N.
            n_tasks: B.
        """

    @abstractmethod
    def update(
        self, grads: Tensor, state: State, *, params: Tensor | None = None, losses: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """What to add to the parameters, and what to remember.

        Args:
            grads: (B, N) of each task's loss.
            state: of `init_state` or the last call.
            params: (B, N) at which the gradients were taken.
            losses: (B,) at these parameters.

        Returns:
            (B, N) updates, and the next state.
        """

    def tracer(self, *, n_steps: int, room: Room) -> Tracer:
        """What takes the steps of a trace.

        Args:
            n_steps: of the trace; what it keeps of them is in memory at once.
            room: for what nobody wants after the trace.
        """
        del n_steps, room
        return Tracer(self)

    def add_gradients(self, trace: Trace) -> None:
        """Add the gradient of the traced steps' objective to the gradients of the weights.

        All that was read is a constant; what was given is differentiated, here by replaying the steps.

        Args:
            trace: of steps that were taken without a graph.
        """
        params, state, reached = trace.params[0], trace.states[0], []
        with torch.enable_grad():
            for grads, losses in zip(trace.grads, trace.losses, strict=True):
                updates, state = self.update(grads, state, params=params, losses=losses)
                params = params + updates
                reached.append(params)
        torch.autograd.backward(reached, list(trace.pulls))

    def describe(self) -> dict[str, Any]:
        """Kind and settings, plain values; equal for two optimizers whose weights can be exchanged."""
        return {"kind": self.kind, "settings": asdict(self.settings)}

    def save(self, path: str | Path, *, notes: dict[str, Any] | None = None) -> None:
        """Write it to an .npz of arrays and JSON.

        Args:
            path: of the file.
            notes: JSON values to keep with it, e.g. how it was trained.
        """
        from autometa.learned_optimizers.files import write_optimizer

        write_optimizer(Path(path), self, notes=notes or {})

    @classmethod
    def load(cls, path: str | Path, *, device: str = "cpu") -> "LearnedOptimizer":
        """What `save` wrote; called on a subclass, it must be of that kind.

        Raises:
            TrainingError: there is no such file, or it holds something else.
        """
        from autometa.learned_optimizers.files import read_optimizer

        found = read_optimizer(Path(path))
        if not isinstance(found, cls):
            raise TrainingError(f"{path} holds {found.kind!r}, not a {cls.__name__}; load it as that")
        return found.to(device)

    def for_module(
        self, model: nn.Module, *, is_guarded: bool = True, fallback_rate: float = 1e-3
    ) -> "ModuleOptimizer":
        """A `torch.optim.Optimizer` that trains this model.

        Args:
            model: whose parameters are trained, those that require gradients.
            is_guarded: fall back to Adam, with a warning, when the loss diverges.
            fallback_rate: learning rate of that Adam.
        """
        from autometa.learned_optimizers.module_optimizer import ModuleOptimizer

        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        return ModuleOptimizer(parameters, self, is_guarded=is_guarded, fallback_rate=fallback_rate)


def needed(value: Tensor | None, name: str, optimizer: LearnedOptimizer) -> Tensor:
    """The value, which this optimizer cannot do without.

    Raises:
        TrainingError: it was not given.
    """
    if value is None:
        raise TrainingError(f"{optimizer.kind!r} reads {name} in every step; give `{name}` to update()")
    return value


def unknown_kind(kind: str, wanted: list[str]) -> UnknownNameError:
    """The error for an optimizer of another kind."""
    return UnknownNameError.of("learned optimizer", kind, wanted)
