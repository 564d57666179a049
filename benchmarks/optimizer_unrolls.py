"""Ways to unroll an LSTM optimizer with its meta-gradient: ours, the usual port's, and a careful loop.

Shapes: N parameters of the optimizee. The referees use torch's LSTMCell with coordinates as its batch, and go
through the optimizee's tensors one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from autometa.devices import make_generator
from autometa.learned_optimizers import LSTMOptimizer, LSTMSettings
from autometa.learned_optimizers.meta_training.unroll import advance, begin
from autometa.learned_optimizers.tasks import LabelledData, MLPFamily, TaskBatch
from autometa.learned_optimizers.tasks.mlp import MLPBatch
from autometa.learned_optimizers.tasks.networks import mean_losses
from autometa.learned_optimizers.trace import Room

SIZES, BATCH, N_STEPS, SCALE = (784, 20, 10), 128, 20, 0.1
Grads = tuple[Tensor, ...]


@dataclass(frozen=True)
class Problem:
    """784-20-10 sigmoid perceptron on noise in the size of MNIST; one minibatch for every step."""

    inputs: Tensor
    labels: Tensor

    def loss(self, params: list[Tensor]) -> Tensor:
        """Cross-entropy."""
        hidden = torch.sigmoid(torch.addmm(params[1], self.inputs, params[0]))
        return functional.cross_entropy(torch.addmm(params[3], hidden, params[2]), self.labels)


class PlainNet(nn.Module):
    """The optimizer as published code writes it: cells over (coordinates, features)."""

    def __init__(self, ours: LSTMOptimizer):
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(2, 20), nn.LSTMCell(20, 20)])
        self.output = nn.Linear(20, 1)
        with torch.no_grad():
            for number, cell in enumerate(self.cells):
                cell.weight_ih.copy_(ours.input_weights[number])
                cell.weight_hh.copy_(ours.hidden_weights[number])
                cell.bias_ih.copy_(ours.biases[number])
                cell.bias_hh.zero_().requires_grad_(False)
            self.output.weight.copy_(ours.output_weights)
            self.output.bias.copy_(ours.output_bias[0])

    def forward(self, grads: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """(n, 1) updates of (n,) gradients, and the four new states of (n, 20)."""
        size = grads.abs()
        is_large = size >= torch.e**-10
        first = torch.where(is_large, size.clamp(min=1e-38).log() / 10, -torch.ones_like(size))
        second = torch.where(is_large, grads.sign(), grads * torch.e**10)
        seen, after = torch.stack([first, second], dim=1), []
        for number, cell in enumerate(self.cells):
            hidden, memory = cell(seen, (state[2 * number], state[2 * number + 1]))
            after += [hidden, memory]
            seen = hidden
        return self.output(seen) * SCALE, after


def start() -> tuple[Problem, list[Tensor], LSTMOptimizer]:
    """The problem, first parameters and first weights; all drawn from one seed."""
    generator = make_generator(0)
    inputs = torch.rand((BATCH, SIZES[0]), generator=generator)
    labels = torch.randint(SIZES[-1], (BATCH,), generator=generator)
    params = []
    for before, after in pairwise(SIZES):
        params += [torch.randn((before, after), generator=generator) * before**-0.5, torch.zeros(after)]
    return Problem(inputs, labels), params, LSTMOptimizer.build(LSTMSettings(output_scale=SCALE), seed=0)


def port(problem: Problem, first: list[Tensor], net: PlainNet, n_steps: int) -> Grads:
    """As the public port: the state of all coordinates written piece by piece, `loss.backward` each step.

    That backward goes through the whole unroll so far, and leaves gradients that nobody needs.
    """
    sizes = [value.numel() for value in first]
    params = [value.clone().requires_grad_() for value in first]
    state = [torch.zeros(sum(sizes), 20) for _ in range(4)]
    total: Tensor | None = None
    for _ in range(n_steps):
        loss = problem.loss(params)
        total = loss if total is None else total + loss
        loss.backward(retain_graph=True)
        offset, after, result = 0, [torch.zeros(sum(sizes), 20) for _ in range(4)], []
        for value, size in zip(params, sizes, strict=True):
            assert value.grad is not None  # noqa: S101
            piece = slice(offset, offset + size)
            updates, new = net(value.grad.detach().flatten(), [one[piece] for one in state])
            for target, one in zip(after, new, strict=True):
                target[piece] = one
            moved = value + updates.view_as(value)
            moved.retain_grad()
            result.append(moved)
            offset += size
        params, state = result, after
    net.zero_grad()
    assert total is not None  # noqa: S101
    total.backward()
    return _net_gradients(net)


def per_tensor(problem: Problem, first: list[Tensor], net: PlainNet, n_steps: int) -> Grads:
    """With care: gradients stop at the current parameters, each tensor keeps its own state; one backward."""
    params = [value.clone().requires_grad_() for value in first]
    states = [[torch.zeros(value.numel(), 20) for _ in range(4)] for value in first]
    total = torch.zeros(())
    for _ in range(n_steps):
        loss = problem.loss(params)
        total = total + loss
        found = torch.autograd.grad(loss, params, retain_graph=True)
        moved = []
        for number, (value, grad) in enumerate(zip(params, found, strict=True)):
            updates, states[number] = net(grad.flatten(), states[number])
            moved.append(value + updates.view_as(value))
        params = moved
    net.zero_grad()
    total.backward()
    return _net_gradients(net)


def ours(problem: Problem, first: list[Tensor], optimizer: LSTMOptimizer, n_steps: int, room: Room) -> Grads:
    """Our unroll, by the pieces that meta-training uses."""
    tasks, generator = _task(problem, first), make_generator(0)
    optimizer.zero_grad()
    position = begin(optimizer, tasks, generator=generator)
    advance(optimizer, tasks, position, n_steps=n_steps, objective="loss", generator=generator, room=room)
    weights = (*optimizer.input_weights, *optimizer.hidden_weights, *optimizer.biases)
    return _gradients((*weights, optimizer.output_weights, optimizer.output_bias))


class _Task(TaskBatch):
    """The problem as a batch of one."""

    def __init__(self, problem: Problem, batch: MLPBatch, initial: Tensor):
        self.initial = initial
        self._batch, self._inputs, self._labels = batch, problem.inputs[None], problem.labels[None]

    def losses(self, params: Tensor, *, generator: torch.Generator) -> Tensor:
        """(1,) of the one minibatch."""
        del generator
        return mean_losses(self._batch.outputs(params, self._inputs), self._labels)


def _task(problem: Problem, first: list[Tensor]) -> _Task:
    data = LabelledData("noise", problem.inputs, problem.labels, SIZES[-1])
    batch = MLPFamily(data, hidden=SIZES[1:-1]).sample(1, generator=make_generator(0))
    return _Task(problem, batch, torch.cat([value.flatten() for value in first])[None])


def _net_gradients(net: PlainNet) -> Grads:
    cells = list(net.cells)
    weights = [cell.weight_ih for cell in cells] + [cell.weight_hh for cell in cells]
    return _gradients((*weights, *[cell.bias_ih for cell in cells], net.output.weight, net.output.bias))


def _gradients(values: tuple[Tensor, ...]) -> Grads:
    return tuple(torch.zeros_like(one) if one.grad is None else one.grad.flatten() for one in values)


def disagreement(n_steps: int = 6) -> dict[str, float]:
    """Largest difference of each referee's meta-gradient from ours, relative to the largest entry.

    The referees' losses are those before the steps, ours those after them.
    """
    problem, first, optimizer = start()
    net = PlainNet(optimizer)
    wanted = torch.cat(ours(problem, first, optimizer, n_steps - 1, Room()))
    found = {
        method.__name__: torch.cat(method(problem, first, net, n_steps)) for method in (port, per_tensor)
    }
    return {name: float((one - wanted).abs().max() / wanted.abs().max()) for name, one in found.items()}


def methods(n_steps: int = N_STEPS) -> dict[str, Callable[[], Grads]]:
    """Name → one unroll with its meta-gradient."""
    problem, first, optimizer = start()
    net, room = PlainNet(optimizer), Room()
    return {
        "public port": lambda: port(problem, first, net, n_steps),
        "per-tensor loop": lambda: per_tensor(problem, first, net, n_steps),
        "autometa": lambda: ours(problem, first, optimizer, n_steps, room),
    }


def flops_a_step() -> float:
    """Multiplications and additions that one step needs: each product once forward and twice backward."""
    n_params = sum((before + 1) * after for before, after in pairwise(SIZES))
    lstm = 2 * (80 * (2 + 20) + 80 * (20 + 20) + 20) * n_params
    first_inputs = 2 * 80 * 2 * n_params  # gradients are constants: nothing flows back to them
    return 3.0 * lstm - first_inputs + 3 * 2 * BATCH * n_params
