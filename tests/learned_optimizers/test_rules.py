"""The hand-made rules against torch.optim, the meta-learner's rule against its equations, rates by search."""

import pytest
import torch
from torch import nn

from autometa.devices import make_generator
from autometa.errors import TrainingError, UnknownNameError
from autometa.learned_optimizers import (
    RULES,
    HandMade,
    HandMadeSettings,
    LearnedRates,
    LearnedRatesSettings,
    MetaLSTMOptimizer,
    MetaLSTMSettings,
    build_optimizer,
    tune_rate,
)
from autometa.learned_optimizers.hand_made import Rule
from autometa.learned_optimizers.tasks import Quadratics

PEERS = {
    "sgd": lambda params: torch.optim.SGD(params, lr=0.05),
    "momentum": lambda params: torch.optim.SGD(params, lr=0.05, momentum=0.9),
    "rmsprop": lambda params: torch.optim.RMSprop(params, lr=0.05),
    "adam": lambda params: torch.optim.Adam(params, lr=0.05),
}


@pytest.mark.parametrize("rule", RULES)
def test_hand_made_rules_are_those_of_torch(rule: Rule) -> None:
    grads = torch.randn((8, 2, 3), generator=make_generator(0), dtype=torch.float64)
    ours = HandMade(HandMadeSettings(rule, 0.05)).double()
    parameter = nn.Parameter(torch.zeros((2, 3), dtype=torch.float64))
    peer, mine, state = PEERS[rule]([parameter]), torch.zeros_like(parameter), ours.init_state(3, n_tasks=2)
    for grad in grads:
        parameter.grad = grad.clone()
        peer.step()
        updates, state = ours.update(grad, state)
        mine = mine + updates
    torch.testing.assert_close(mine, parameter.detach(), rtol=1e-12, atol=1e-14)


def test_the_meta_learners_rule_is_equation_2_with_torchs_cell() -> None:
    ours = MetaLSTMOptimizer.build(MetaLSTMSettings(n_hidden=4), seed=0).double()
    with torch.no_grad():
        for value in ours.parameters():
            value.normal_(generator=make_generator(1))
    lower = nn.LSTMCell(4, 4).double()
    names = {
        "weight_ih": ours.input_weights,
        "weight_hh": ours.hidden_weights,
        "bias_ih": ours.bias,
        "bias_hh": torch.zeros_like(ours.bias),
    }
    generator = make_generator(2)
    params = torch.randn((2, 3), generator=generator, dtype=torch.float64)
    memory, gates = (torch.zeros((6, 4), dtype=torch.float64),) * 2, torch.zeros((6, 2), dtype=torch.float64)
    state = ours.init_state(3, n_tasks=2)
    for _ in range(3):
        grads = torch.randn((2, 3), generator=generator, dtype=torch.float64)
        losses = torch.rand(2, generator=generator, dtype=torch.float64)
        updates, state = ours.update(grads, state, params=params, losses=losses)

        loss = losses[:, None].expand(2, 3).flatten()
        seen = [grads.flatten().abs().log() / 10, grads.flatten().sign(), loss.log() / 10, loss.sign()]
        memory = torch.func.functional_call(lower, names, (torch.stack(seen, dim=1), memory))
        read = torch.cat([memory[0], params.reshape(-1, 1)], dim=1)
        forget, insert = (
            torch.sigmoid(torch.cat([read, gates[:, at : at + 1]], dim=1) @ weights + bias)
            for at, (weights, bias) in enumerate(zip(ours.gate_weights, ours.gate_biases, strict=True))
        )
        gates = torch.stack([forget, insert], dim=1)
        wanted = forget * params.flatten() - insert * grads.flatten()
        torch.testing.assert_close((params + updates).flatten(), wanted, rtol=1e-12, atol=1e-12)
        params = wanted.view(2, 3)


def test_the_meta_learner_begins_with_gradient_descent() -> None:
    ours = MetaLSTMOptimizer.build(MetaLSTMSettings(first_rate=0.02, first_decay=1e-6))
    grads = torch.tensor([[1.0, -2.0]])
    updates, _ = ours.update(grads, ours.init_state(2), params=torch.ones((1, 2)), losses=torch.ones(1))
    torch.testing.assert_close(updates, -0.02 * grads, rtol=0.1, atol=1e-4)


def test_what_a_rule_reads_must_be_given() -> None:
    ours = MetaLSTMOptimizer.build(MetaLSTMSettings())
    with pytest.raises(TrainingError, match="reads params in every step"):
        ours.update(torch.zeros((1, 2)), ours.init_state(2))


def test_learned_rates_fit_one_architecture() -> None:
    ours = LearnedRates.build(LearnedRatesSettings(3, first_rate=0.5))
    updates, _ = ours.update(torch.ones((2, 3)), ours.init_state(3, n_tasks=2))
    torch.testing.assert_close(updates, torch.full((2, 3), -0.5))
    with pytest.raises(TrainingError, match="4 parameters, but these rates were learned for 3"):
        ours.init_state(4)


def test_a_rate_search_finds_the_rate_that_an_end_to_end_search_would() -> None:
    found = tune_rate("sgd", Quadratics(2), n_steps=20, n_tasks=8, n_rates=9)
    assert len(found.tried) == 9
    assert found.loss == min(loss for _, loss in found.tried)
    assert 1e-4 < found.optimizer.settings.rate < 10
    assert found.tried[-1][1] > 10 * found.loss  # the largest rate diverges


def test_names_and_settings_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'lstm'"):
        build_optimizer("lstn")
    with pytest.raises(TrainingError, match="settings of 'lstm' are n_hidden"):
        build_optimizer("lstm", settings={"hidden": 3})
    with pytest.raises(UnknownNameError, match="did you mean 'adam'"):
        HandMadeSettings("adan")  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="rate is 0"):
        HandMadeSettings("adam", 0.0)
