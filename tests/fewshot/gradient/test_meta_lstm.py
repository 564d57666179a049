"""The LSTM meta-learner against its equations, and its gradient against the graph of all steps."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn
from torch.nn import functional

from autometa.fewshot.backbones import BackboneSettings
from autometa.fewshot.episodes import Episodes, EpisodeShape
from autometa.fewshot.gradient.meta_lstm import MetaLSTM, MetaLSTMSettings, preprocessed


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def episodes() -> Episodes:
    return Episodes(torch.rand(2, 3, 2, 5), torch.rand(2, 3, 4, 5))


def learner_of(n_steps: int, n_at_once: int = 2) -> MetaLSTM:
    backbone = BackboneSettings(n_filters=4, n_layers=1, statistics="episode")
    settings = MetaLSTMSettings(backbone=backbone, n_hidden=3, n_inner_steps=n_steps, n_at_once=n_at_once)
    return MetaLSTM.build(EpisodeShape((5,), 3, 2, 4), settings)


@pytest.mark.parametrize("n_steps", [1, 5])
@pytest.mark.parametrize("n_at_once", [1, 2])
def test_training_step_agrees_with_the_graph_of_all_steps(
    episodes: Episodes, n_steps: int, n_at_once: int
) -> None:
    learner = learner_of(n_steps, n_at_once)
    learner.measure(episodes).loss.backward()  # type: ignore[no-untyped-call]
    expected = {name: p.grad.clone() for name, p in learner.named_parameters() if p.grad is not None}
    learner.zero_grad()
    learner.training_step(episodes)
    found = {name: p.grad for name, p in learner.named_parameters() if p.grad is not None}
    assert set(found) == set(expected) >= {"cell", "lower.weight_ih", "forget_gate.bias", "input_gate.bias"}
    for name, value in expected.items():
        assert torch.allclose(found[name], value, rtol=1e-9, atol=1e-10), name


def test_gates_that_keep_all_and_add_a_constant_share_are_gradient_descent() -> None:
    network = nn.Linear(5, 3)
    learner = MetaLSTM(network, settings=MetaLSTMSettings(n_hidden=2), n_inner_steps=1)
    with torch.no_grad():
        for gate, bias in ((learner.forget_gate, 100.0), (learner.input_gate, -2.0)):
            gate.weight.zero_()
            gate.bias.fill_(bias)
    support, query = torch.rand(1, 3, 2, 5), torch.rand(1, 3, 4, 5)
    found = learner(Episodes(support, query))
    loss = functional.cross_entropy(
        network.requires_grad_()(support[0].flatten(0, 1)), torch.arange(3).repeat_interleave(2)
    )
    loss.backward()
    rate = 1.0 / (1.0 + torch.e**2)
    assert network.weight.grad is not None
    assert network.bias.grad is not None
    moved = functional.linear(
        query[0].flatten(0, 1),
        network.weight - rate * network.weight.grad,
        network.bias - rate * network.bias.grad,
    )
    assert torch.allclose(found[0], moved, atol=1e-12)


def test_preprocessing_of_large_and_small_values() -> None:
    values = torch.tensor([1.0, -(torch.e**-5), torch.e**-12, 0.0])
    expected = [[0.0, 1.0], [-0.5, -1.0], [-1.0, torch.e**-2], [-1.0, 0.0]]
    assert torch.allclose(preprocessed(values, magnitude=10.0), torch.tensor(expected), atol=1e-12)
