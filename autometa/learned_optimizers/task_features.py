"""Meta-features of a task family: its size, its activation, and what gradients of the first steps are like.

What the data set of a family is like is measured elsewhere (`autometa.metafeatures`). The statistics come
from fresh tasks, ten steps of Adam, and never from validation tasks.

Shapes: B tasks, N parameters a task, T steps.
"""

import math
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from autometa.devices import make_generator
from autometa.learned_optimizers.hand_made import HandMade, HandMadeSettings
from autometa.learned_optimizers.tasks.base import TaskBatch, TaskFamily, losses_and_grads
from autometa.learned_optimizers.tasks.networks import ACTIVATIONS

N_TASKS, N_STEPS, RATE = 16, 10, 0.01
PROBE: Final = 1e-3  # length of the step that measures curvature
TINY: Final = 1e-30


class TaskFeature(NamedTuple):
    """What one number of a task family is: name, group, and definition with unit and range."""

    name: str
    group: str
    definition: str


FEATURES = (
    TaskFeature("log_params", "network", "Natural logarithm of the parameters of a task."),
    TaskFeature("log_horizon", "network", "Natural logarithm of the steps that a task is optimised for."),
    TaskFeature("n_layers", "network", "Layers with weights; NaN where tasks are no networks."),
    TaskFeature("log_width", "network", "Natural logarithm of the widest hidden layer; NaN without one."),
    TaskFeature("log_batch", "network", "Natural logarithm of the rows of a minibatch; NaN without data."),
    TaskFeature("response_at_zero", "activation", "The activation at 0; NaN without a hidden layer."),
    TaskFeature("slope", "activation", "Mean slope of the activation over standard normal inputs."),
    TaskFeature("response_at_four", "activation", "The activation at 4: about 1 where it saturates."),
    TaskFeature("response_at_minus_four", "activation", "The activation at -4."),
    TaskFeature("log_first_loss", "losses", "Natural logarithm of the loss at the start, mean over tasks."),
    TaskFeature(
        "early_progress", "losses", "Mean logarithm of the loss after ten steps of Adam over the first."
    ),
    TaskFeature("first_loss_spread", "losses", "Standard deviation over tasks of the logarithm of the loss."),
    TaskFeature("log_gradient", "gradients", "Mean logarithm of the size of gradients that are not 0."),
    TaskFeature("gradient_spread", "gradients", "Standard deviation of the same within a task."),
    TaskFeature("share_zero", "gradients", "Share of gradients that are exactly 0, from 0 to 1."),
    TaskFeature(
        "noise", "gradients", "1 less the cosine of the gradients of two minibatches; 0 where none is drawn."
    ),
    TaskFeature("persistence", "gradients", "Mean cosine of the gradients of successive steps."),
    TaskFeature(
        "log_start", "gradients", "Natural logarithm of the root mean square of the first parameters."
    ),
    TaskFeature(
        "curvature", "curvature", "Median second derivative of the loss along its gradient, at the start."
    ),
    TaskFeature(
        "relative_curvature", "curvature", "The same over the length of the gradient: 1 / Newton's step."
    ),
)


def compute(family: TaskFamily, *, horizon: int, seed: int = 0) -> dict[str, float]:
    """A number for every feature; NaN where one does not apply.

    Args:
        family: to measure.
        horizon: steps that its tasks are to be optimised for.
        seed: of the tasks and minibatches.
    """
    tasks = family.sample(N_TASKS, generator=make_generator(seed))
    found = {"log_horizon": math.log(horizon)} | _network(family)
    found |= _along_the_way(tasks, seed) | _at_the_start(tasks, seed)
    numbers = {feature.name: found.get(feature.name, math.nan) for feature in FEATURES}
    return {name: value if math.isfinite(value) else math.nan for name, value in numbers.items()}


def _network(family: TaskFamily) -> dict[str, float]:
    """From what the family says of itself; both kinds of networks use the same words."""
    said, found = family.describe(), {"log_params": math.log(family.n_params)}
    if "batch_size" in said:
        found["log_batch"] = math.log(said["batch_size"])
    if "activation" not in said:
        return found
    widths = said["hidden"] if "hidden" in said else [said["n_filters"]] * said["n_layers"]
    found["n_layers"] = len(widths) + 1.0
    return found | ({"log_width": math.log(max(widths)), **_activation(said)} if widths else {})


def _activation(said: dict[str, Any]) -> dict[str, float]:
    """The function at a few places, so that a new one can be compared with those that are known."""
    function = ACTIVATIONS[said["activation"]]
    quantiles = (torch.arange(200, dtype=torch.float64) + 0.5) / 200
    inputs = torch.special.ndtri(quantiles).requires_grad_()
    [slopes] = torch.autograd.grad(function(inputs).sum(), [inputs])
    at_zero, at_four, at_minus_four = function(torch.tensor([0.0, 4.0, -4.0])).tolist()
    return {
        "response_at_zero": at_zero,
        "slope": float(slopes.mean()),
        "response_at_four": at_four,
        "response_at_minus_four": at_minus_four,
    }


def _along_the_way(tasks: TaskBatch, seed: int) -> dict[str, float]:
    """Losses and gradients of ten steps of Adam."""
    rule, params, generator = HandMade(HandMadeSettings("adam", RATE)), tasks.initial, make_generator(seed)
    state = rule.init_state(params.shape[1], n_tasks=len(params))
    losses, cosines = [], []
    before: Tensor | None = None
    for _ in range(N_STEPS + 1):
        loss, grads = losses_and_grads(tasks, params, generator=generator)
        if before is not None:
            cosines.append(cosine_similarity(before, grads, dim=1))
        losses.append(loss.clamp(min=TINY).log())
        updates, state = rule.update(grads, state)
        params, before = params + updates, grads
    return {
        "log_first_loss": float(losses[0].mean()),
        "first_loss_spread": float(losses[0].std()),
        "early_progress": float((losses[-1] - losses[0]).mean()),
        "persistence": float(torch.stack(cosines).mean()),
    }


def _at_the_start(tasks: TaskBatch, seed: int) -> dict[str, float]:
    """Gradients at the first parameters, on one minibatch and another, and a short way downhill."""
    generator = make_generator(seed)
    origin = generator.get_state()
    _, grads = losses_and_grads(tasks, tasks.initial, generator=generator)
    _, others = losses_and_grads(tasks, tasks.initial, generator=generator)
    length = grads.norm(dim=1, keepdim=True).clamp(min=TINY)
    _, beyond = losses_and_grads(
        tasks, tasks.initial + PROBE * grads / length, generator=generator.set_state(origin)
    )
    curvature = ((beyond - grads) * grads / length).sum(dim=1) / PROBE  # (B,)
    sizes = grads.abs()
    logs = [row[row > 0].log() for row in sizes if int((row > 0).sum()) > 1]
    return {
        "log_gradient": float(torch.stack([row.mean() for row in logs]).mean()) if logs else math.nan,
        "gradient_spread": float(torch.stack([row.std() for row in logs]).mean()) if logs else math.nan,
        "share_zero": float((sizes == 0).double().mean()),
        "noise": 1.0 - float(cosine_similarity(grads, others, dim=1).mean()),
        "log_start": math.log(max(float(tasks.initial.square().mean().sqrt()), TINY)),
        "curvature": float(curvature.median()),
        "relative_curvature": float((curvature / length[:, 0]).median()),
    }
