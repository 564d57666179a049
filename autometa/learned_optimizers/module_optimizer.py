"""A learned optimizer as a `torch.optim.Optimizer`, with a guard that hands over to Adam.

Shapes: N parameters of the model, all in one row.
"""

import copy
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.learned_optimizers.base import LearnedOptimizer
from autometa.learned_optimizers.divergence import LossTrack
from autometa.learned_optimizers.hand_made import HandMade, HandMadeSettings


class FallbackWarning(UserWarning):
    """A learned optimizer made the loss worse, and Adam took over."""


class ModuleOptimizer(torch.optim.Optimizer):
    """Trains parameters as any optimizer of torch does: `zero_grad`, `backward`, `step`, `state_dict`.

    The guard needs the loss: `step(closure)`, where the closure computes loss and gradients and returns the
    loss, as everywhere in torch; or `loss.backward()` and `step(loss=loss)`. After a plain `step()` it sees
    only whether the gradients are finite. When it finds a divergence, the parameters go back to where the
    loss was lowest, Adam takes over for good, and a `FallbackWarning` says so.

    Args:
        params: to be trained, in one group.
        optimizer: the learned one; a copy is taken.
        is_guarded: fall back to Adam when the loss diverges.
        fallback_rate: learning rate of that Adam.

    Raises:
        TrainingError: several groups; a learned optimizer has no rates in which they could differ.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        optimizer: LearnedOptimizer,
        *,
        is_guarded: bool = True,
        fallback_rate: float = 1e-3,
    ):
        super().__init__(params, {"is_guarded": is_guarded, "is_fallback": False})
        if len(self.param_groups) != 1:
            raise TrainingError(f"{len(self.param_groups)} groups of parameters; give them as one")
        like = self._params[0]
        self._learned = copy.deepcopy(optimizer).to(like.device, like.dtype).requires_grad_(False)
        adam = HandMade(HandMadeSettings("adam", fallback_rate))
        self._adam = adam.to(like.device, like.dtype)

    @property
    def is_fallback(self) -> bool:
        """Adam has taken over."""
        return bool(self.param_groups[0]["is_fallback"])

    @property
    def _params(self) -> list[Tensor]:
        params: list[Tensor] = self.param_groups[0]["params"]
        return params

    @torch.no_grad()
    def step(  # type: ignore[override]
        self, closure: Callable[[], Tensor | float] | None = None, *, loss: Tensor | float | None = None
    ) -> Tensor | float | None:
        """One update of all parameters that have gradients.

        Args:
            closure: computes the loss and its gradients anew, and returns the loss.
            loss: at the current parameters, where there is no closure.

        Returns:
            The loss, if it is known.
        """
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        grads, memory = self._flat_grads(), self._memory()
        if self.param_groups[0]["is_guarded"] and not self.is_fallback:
            self._watch(memory, loss, is_finite=bool(grads.isfinite().all()))
            if self.is_fallback:
                return loss  # the gradients belong to parameters that were left
        self._move(memory, grads, loss)
        return loss

    def _memory(self) -> dict[str, Any]:
        """What `state_dict` keeps; as in torch's LBFGS, with the first parameter."""
        memory: dict[str, Any] = self.state[self._params[0]]
        if not memory:
            n_params = sum(parameter.numel() for parameter in self._params)
            memory["rule"] = self._learned.init_state(n_params)
            memory["track"] = asdict(LossTrack())
            memory["safe"] = self._flat_params()
        return memory

    def _watch(self, memory: dict[str, Any], loss: Tensor | float | None, *, is_finite: bool) -> None:
        """Remember good parameters; hand over after bad ones."""
        track = LossTrack(**memory["track"])
        is_best = is_finite and not track.has_begun
        if loss is not None:
            track = track.with_loss(float(loss))
            is_best = is_finite and float(loss) <= track.lowest
        if is_best:
            memory["safe"] = self._flat_params()
        memory["track"] = asdict(track)
        if track.has_diverged or not is_finite:
            self._fall_back(memory, track, is_finite=is_finite)

    def _fall_back(self, memory: dict[str, Any], track: LossTrack, *, is_finite: bool) -> None:
        self._write(memory["safe"])
        memory["rule"] = self._adam.init_state(memory["safe"].numel())
        self.param_groups[0]["is_fallback"] = True
        seen = f"loss {track.smoothed:.3g} after {track.lowest:.3g}" if is_finite else "gradients not finite"
        warnings.warn(
            f"the learned optimizer diverged ({seen}); the best parameters are back, and Adam goes on "
            f"with rate {self._adam.settings.rate}",
            FallbackWarning,
            stacklevel=4,
        )

    def _move(self, memory: dict[str, Any], grads: Tensor, loss: Tensor | float | None) -> None:
        """Add the update to all parameters that have gradients."""
        rule = self._adam if self.is_fallback else self._learned
        params = self._flat_params()[None]
        losses = None if loss is None else params.new_tensor([float(loss)])
        updates, memory["rule"] = rule.update(grads[None], memory["rule"], params=params, losses=losses)
        for parameter, piece in zip(self._params, self._pieces(updates[0]), strict=True):
            if parameter.grad is not None:
                parameter.add_(piece)

    def _flat_params(self) -> Tensor:
        return torch.cat([parameter.detach().flatten() for parameter in self._params])

    def _flat_grads(self) -> Tensor:
        grads = [one.new_zeros(one.shape) if one.grad is None else one.grad for one in self._params]
        return torch.cat([grad.flatten() for grad in grads])

    def _write(self, values: Tensor) -> None:
        for parameter, piece in zip(self._params, self._pieces(values), strict=True):
            parameter.copy_(piece)

    def _pieces(self, values: Tensor) -> list[Tensor]:
        pieces = torch.split(values, [parameter.numel() for parameter in self._params])
        return [piece.view_as(parameter) for piece, parameter in zip(pieces, self._params, strict=True)]
