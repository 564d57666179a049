"""The meta-gradient against a plain loop: torch's LSTMCell, and autograd through the losses of one unroll."""

import pytest
import torch
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.learned_optimizers import LSTMOptimizer, LSTMSettings, cell_in_place, lstm_steps
from autometa.learned_optimizers.meta_training.unroll import advance, begin
from autometa.learned_optimizers.tasks import MLPFamily, Quadratics, ScaledBatch, TaskBatch, TaskFamily
from autometa.learned_optimizers.trace import Room
from tests.learned_optimizers.families import small_data

N_STEPS = 6


def optimizer() -> LSTMOptimizer:
    return LSTMOptimizer.build(LSTMSettings(n_hidden=5), seed=3).double()


def in_double(tasks: TaskBatch) -> TaskBatch:
    """The batch with parameters in float64; quadratics with their matrices, too."""
    for name in ("initial", "matrices", "goals"):
        if hasattr(tasks, name):
            object.__setattr__(tasks, name, getattr(tasks, name).double())
    if hasattr(tasks, "data"):
        object.__setattr__(tasks.data, "inputs", tasks.data.inputs.double())
    return tasks


def plain_loss(ours: LSTMOptimizer, tasks: TaskBatch, objective: str) -> Tensor:
    """Σ f(θ_t) with the coordinates as a batch of torch's cells; gradients that are read have no history."""
    cells = []
    parts = zip(ours.input_weights, ours.hidden_weights, ours.biases, strict=True)
    for inputs, hidden, bias in parts:
        one = nn.LSTMCell(inputs.shape[1], hidden.shape[1]).double()
        names = {"weight_ih": inputs, "weight_hh": hidden, "bias_ih": bias, "bias_hh": torch.zeros_like(bias)}
        cells.append((one, names))
    params, generator = tasks.initial.clone().requires_grad_(), make_generator(1)
    memory = [[torch.zeros(params.numel(), 5, dtype=torch.float64)] * 2 for _ in cells]
    losses, total = tasks.losses(params, generator=generator), torch.zeros((), dtype=torch.float64)
    for _ in range(N_STEPS):
        [grads] = torch.autograd.grad(losses.sum(), [params], retain_graph=True)
        size = grads.abs().flatten()
        is_large = size >= torch.e**-10
        first = torch.where(is_large, size.log() / 10, -1.0)
        second = torch.where(is_large, grads.flatten().sign(), grads.flatten() * torch.e**10)
        seen = torch.stack([first, second], dim=1)
        for number, (one, names) in enumerate(cells):
            memory[number] = list(torch.func.functional_call(one, names, (seen, tuple(memory[number]))))
            seen = memory[number][0]
        updates = 0.1 * (seen @ ours.output_weights.t() + ours.output_bias)
        params = params + updates.view_as(params)
        losses = tasks.losses(params, generator=generator)
        total = total + (losses.log() if objective == "log_loss" else losses).mean()
    return total


@pytest.mark.parametrize("most_kept", [lstm_steps.MOST_KEPT, 0])
@pytest.mark.parametrize("objective", ["loss", "log_loss"])
@pytest.mark.parametrize("family", [Quadratics(4), MLPFamily(small_data(), hidden=(3,), batch_size=7)])
def test_one_pass_over_the_tasks_gives_the_gradient_of_the_whole_unroll(
    family: TaskFamily, objective: str, most_kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lstm_steps, "MOST_KEPT", most_kept)  # gates are kept, or computed again
    monkeypatch.setattr(cell_in_place, "BLOCK", 16)  # several blocks, and a last one that is not full
    check_gradients(optimizer(), in_double(family.sample(3, generator=make_generator(0))), objective)


def test_gates_that_are_shut_leave_finite_gradients() -> None:
    ours = optimizer()
    with torch.no_grad():
        for bias in ours.biases:
            bias[-5::2] = -1e4  # output gates of exactly 0
    check_gradients(ours, in_double(Quadratics(4).sample(3, generator=make_generator(0))), "loss")


def check_gradients(ours: LSTMOptimizer, tasks: TaskBatch, objective: str) -> None:
    weights = list(ours.parameters())
    wanted = torch.autograd.grad(plain_loss(ours, tasks, objective), weights)

    generator = make_generator(1)
    position = begin(ours, tasks, generator=generator)
    settings = {"n_steps": N_STEPS, "objective": objective, "generator": generator}
    advance(ours, tasks, position, **settings, room=Room())

    for value, gradient in zip(weights, wanted, strict=True):
        assert value.grad is not None
        torch.testing.assert_close(value.grad, gradient, rtol=1e-9, atol=1e-12)


def test_random_scales_change_the_units_and_not_the_losses() -> None:
    generator = make_generator(0)
    tasks = Quadratics(4).sample(3, generator=generator)
    scaled = ScaledBatch.of(tasks, largest=3.0, generator=generator)
    before = tasks.losses(tasks.initial, generator=generator)
    torch.testing.assert_close(scaled.losses(scaled.initial, generator=generator), before)
    assert float(scaled.scales.max() / scaled.scales.min()) > 2
