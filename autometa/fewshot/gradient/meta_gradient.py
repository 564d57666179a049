"""The exact gradient of a loss after an inner loop, one step at a time.

The inner loop is θ_{k+1} = u_k(θ_k, φ), k = 0 … K-1, and the loss of the whole is Σ_k w_k · L_k(θ_k),
k = 1 … K. With v_{K+1} = 0, the adjoint of the start is reached by

    v_k = (∂u_k/∂θ_k)ᵀ (v_{k+1} + w_{k+1} ∇L_{k+1}(θ_{k+1})),

one vector-Jacobian product a step (for u_k = θ - α ∇ℓ(θ) that is v - α H v), and the gradient of whatever
else the steps use is summed on the way: dφ += (∂u_k/∂φ)ᵀ v_{k+1}. This equals back-propagation through the
graph of all steps, but keeps the graph of one: memory is nearly flat in K. The last step is differentiated
as it is made; the others are made twice, and some of many three times (see `trail`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from autometa.fewshot.gradient.episode_network import Weights
from autometa.fewshot.gradient.trail import Trail, Update, detached, leaves

Step = tuple[Weights, Weights]  # θ_k as leaves and θ_{k+1}, with the graph between them
LossAt = Callable[[int, Weights], Tensor]  # k, θ_k → () loss


class MetaGradient(NamedTuple):
    """A loss and its gradients.

    Attributes:
        loss: () detached, of the last step.
        start: name → gradient for θ_0, of its shape.
        outer: gradients for φ, in order; None where φ was not used.
    """

    loss: Tensor
    start: Weights
    outer: list[Tensor | None]


def meta_gradient(
    update: Update,
    loss_at: LossAt,
    start: Mapping[str, Tensor],
    *,
    outer: Sequence[Tensor],
    n_steps: int,
    loss_weights: Sequence[float] | None = None,
    keeps_graphs: bool = False,
) -> MetaGradient:
    """Differentiate the weighted losses after each inner step for the start and for everything else.

    Args:
        update: one inner step, differentiable for θ and φ as far as it shall be; called without gradients,
            too, when only its result is wanted.
        loss_at: the loss at the weights after k steps.
        start: θ_0.
        outer: φ, leaves that require a gradient and that `update` or `loss_at` may use.
        n_steps: K ≥ 1.
        loss_weights: w_1 … w_K; only the last counts where None.
        keeps_graphs: of all steps, so that none is made twice; faster, and memory grows with K.
    """
    weights = [0.0] * (n_steps - 1) + [1.0] if loss_weights is None else list(loss_weights)
    trail = None if keeps_graphs or n_steps == 1 else Trail(update, start, n_steps)
    graphs = _graphs(update, start, n_steps) if trail is None else []
    adjoint: Weights | None = None
    total: list[Tensor | None] = [None] * len(outer)
    for step in reversed(range(n_steps)):
        state, moved = graphs.pop() if trail is None else _step(update, step, trail.at(step))
        outputs = [] if adjoint is None else [(value, adjoint[name]) for name, value in moved.items()]
        if weights[step] or step == n_steps - 1:
            reached = loss_at(step + 1, moved)
            outputs.append((reached, torch.full_like(reached, weights[step])))
            if step == n_steps - 1:
                loss = reached.detach()
            del reached
        adjoint, total = _pull_back(outputs, state, outer, total)
        del state, moved, outputs  # this step's graph goes before the next one's comes
        adjoint = adjoint if trail is None else trail.replace(step, adjoint)
    return MetaGradient(loss, adjoint or {}, total)


def _graphs(update: Update, start: Mapping[str, Tensor], n_steps: int) -> list[Step]:
    made = [_step(update, 0, start)]
    for step in range(1, n_steps):
        made.append(_step(update, step, made[-1][1]))
    return made


def _step(update: Update, step: int, weights: Mapping[str, Tensor]) -> Step:
    state = leaves(weights)
    return state, update(step, state)


def adapt(update: Update, start: Mapping[str, Tensor], n_steps: int) -> list[Weights]:
    """θ_0 … θ_K without a graph of the steps.

    Args:
        update: as for `meta_gradient`; called without gradients.
        start: θ_0.
        n_steps: K.
    """
    trail = [detached(start)]
    with torch.no_grad():  # a step enables them for its own gradients
        for step in range(n_steps):
            trail.append(detached(update(step, leaves(trail[step]))))
    return trail


def _pull_back(
    outputs: Sequence[tuple[Tensor, Tensor]],
    state: Weights,
    outer: Sequence[Tensor],
    total: list[Tensor | None],
) -> tuple[Weights, list[Tensor | None]]:
    """From outputs and their adjoints to those of the state, and the sums for φ."""
    made, adjoints = zip(*[pair for pair in outputs if pair[0].requires_grad], strict=True)
    found = torch.autograd.grad(made, [*state.values(), *outer], adjoints, allow_unused=True)
    n_state = len(state)
    adjoint = {
        name: torch.zeros_like(state[name]) if gradient is None else gradient
        for name, gradient in zip(state, found[:n_state], strict=True)
    }
    return adjoint, [
        new if old is None else old if new is None else old + new
        for old, new in zip(total, found[n_state:], strict=True)
    ]
