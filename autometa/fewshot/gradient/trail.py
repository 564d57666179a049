"""The states of an inner loop that its gradient comes back to: some are kept, the others are made again.

States are written to blocks of memory that were there before anything else. What is small, and stays while
large things come and go, must not lie between them: the holes that it left took as much as all the states.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from autometa.fewshot.gradient.episode_network import Weights

Update = Callable[[int, Weights], Weights]  # step k, θ_k with a graph behind it or none → θ_{k+1}

MOST_KEPT = 8  # up to so many steps, none is made again


class Trail:
    """θ_0 … θ_{K-1} without a graph, to be asked for from the last to the first.

    Every s-th state is kept, and whichever lie between two of them when they are wanted.

    Args:
        update: one inner step; called without gradients.
        start: θ_0.
        n_steps: K.
    """

    def __init__(self, update: Update, start: Mapping[str, Tensor], n_steps: int):
        self._update, self._states = update, {0: detached(start)}
        self._spacing = -(-n_steps // MOST_KEPT)
        n_kept = (n_steps - 1) // self._spacing
        self._free = _places(start, n_kept + self._spacing - 1)
        self._held: Weights | None = None
        for number in range(n_kept):
            self._walk(number * self._spacing, (number + 1) * self._spacing, keeps_all=False)
        self._walk(n_kept * self._spacing, n_steps - 1, keeps_all=True)

    def at(self, step: int) -> Weights:
        """θ_k."""
        if step not in self._states:
            self._walk(step - step % self._spacing, step, keeps_all=True)
        return self._states[step]

    def replace(self, step: int, values: Weights) -> Weights:
        """These values, in the place of θ_k, which is not wanted any more; the last ones' place is free."""
        place = self._states.pop(step)
        if step == 0:
            return values
        if self._held is not None:
            self._free.append(self._held)
        self._held = _moved(values, place)
        return self._held

    def _walk(self, first: int, last: int, *, keeps_all: bool) -> None:
        """From one state to another, keeping those between or not."""
        with torch.no_grad():  # a step enables them for its own gradients
            for step in range(first, last):
                made = detached(self._update(step, leaves(self._states[step])))
                place = self._states.pop(step) if step > first and not keeps_all else self._free.pop()
                self._states[step + 1] = _moved(made, place)


def leaves(weights: Mapping[str, Tensor]) -> Weights:
    """The same numbers, cut off from what made them, ready to be differentiated for."""
    return {name: value.detach().requires_grad_() for name, value in weights.items()}


def detached(weights: Mapping[str, Tensor]) -> Weights:
    """The same numbers without a graph."""
    return {name: value.detach() for name, value in weights.items()}


def _places(start: Mapping[str, Tensor], n_places: int) -> list[Weights]:
    blocks = {name: value.new_empty((n_places, *value.shape)) for name, value in start.items()}
    return [{name: block[number] for name, block in blocks.items()} for number in range(n_places)]


def _moved(values: Weights, place: Weights) -> Weights:
    """The same numbers there."""
    return {name: place[name].copy_(value) for name, value in values.items()}
