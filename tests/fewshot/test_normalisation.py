"""Batch normalisation: torch's own numbers, exact second derivatives, statistics of an episode alone."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from autometa.devices import make_generator
from autometa.fewshot.normalisation import BatchNorm, normalise, per_episode


def values(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return 2.0 + 3.0 * torch.randn(shape, generator=make_generator(0), dtype=dtype)


@pytest.mark.parametrize("is_fused", [True, False], ids=["fused", "written out"])
@pytest.mark.parametrize("shape", [(12, 5), (6, 5, 4, 3)], ids=["vectors", "maps"])
def test_training_and_evaluation_agree_with_torch(shape: tuple[int, ...], is_fused: bool) -> None:
    theirs = nn.BatchNorm1d(5) if len(shape) == 2 else nn.BatchNorm2d(5)
    ours = BatchNorm(5, is_fused=is_fused)
    with torch.no_grad():
        for module in (theirs, ours):
            module.weight.copy_(torch.linspace(0.5, 2.0, 5))
            module.bias.copy_(torch.linspace(-1.0, 1.0, 5))
    batch = values(*shape)
    for _ in range(3):
        torch.testing.assert_close(ours(batch), theirs(batch), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(ours.eval()(batch), theirs.eval()(batch), rtol=1e-4, atol=1e-5)
    assert ours.running_mean is not None
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_variance, theirs.running_var)


@pytest.mark.parametrize("is_fused", [True, False], ids=["fused", "written out"])
def test_statistics_of_the_episode_are_used_in_evaluation_too(is_fused: bool) -> None:
    norm = BatchNorm(5, statistics="episode", is_fused=is_fused).eval()
    made = norm(values(20, 5))
    torch.testing.assert_close(made.mean(dim=0), torch.zeros(5), atol=1e-5, rtol=0)
    torch.testing.assert_close(made.var(dim=0, correction=0), torch.ones(5), atol=1e-4, rtol=0)
    assert not dict(norm.named_buffers())


@pytest.mark.parametrize("shape", [(12, 5), (12, 5, 4, 3)], ids=["vectors", "maps"])
def test_each_episode_is_normalised_by_itself(shape: tuple[int, ...]) -> None:
    norm, batch = BatchNorm(5, statistics="episode"), values(*shape)
    with per_episode(nn.Sequential(norm), 3):
        together = norm(batch)
    apart = torch.cat([norm(part) for part in batch.chunk(3)])
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=1e-5)
    assert norm.n_episodes == 1


def test_running_averages_take_the_mean_of_the_episodes() -> None:
    norm, batch = BatchNorm(5, momentum=1.0), values(12, 5)
    with per_episode(norm, 3):
        norm(batch)
    parts = torch.stack([part.var(dim=0) for part in batch.chunk(3)])
    torch.testing.assert_close(norm.running_mean, batch.mean(dim=0))
    torch.testing.assert_close(norm.running_variance, parts.mean(dim=0))


def test_second_derivatives_pass_torchs_numerical_check() -> None:
    arguments = [
        values(4, 3, dtype=torch.float64),
        values(3, dtype=torch.float64),
        values(3, dtype=torch.float64),
    ]
    inputs = [argument.requires_grad_() for argument in arguments]
    assert torch.autograd.gradgradcheck(lambda x, w, b: normalise(x, w, b)[0].pow(2), inputs)


def meta_gradient(norm: nn.Module, *, by_vmap: bool) -> Tensor:
    """d/dw of the query loss after one inner step, over three episodes: by vmap or a plain loop."""
    network = nn.Sequential(nn.Linear(4, 6), norm, nn.Tanh(), nn.Linear(6, 1)).double()
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters()):
            parameter.copy_(
                0.4 + 0.3 * torch.randn(parameter.shape, generator=make_generator(number)).double()
            )
    weights = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    x, y = values(3, 10, 4, dtype=torch.float64), values(3, 10, 1, dtype=torch.float64)

    def loss(params: dict[str, Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        made: Tensor = functional_call(network, params, (inputs,))
        return (made - targets).square().mean()

    def adapted_loss(params: dict[str, Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        steps = grad(loss)(params, inputs[:5], targets[:5])
        return loss({name: params[name] - 0.1 * steps[name] for name in params}, inputs[5:], targets[5:])

    if by_vmap:

        def total(params: dict[str, Tensor]) -> Any:
            return vmap(adapted_loss, in_dims=(None, 0, 0))(params, x, y).sum()

        return torch.cat([g.flatten() for g in grad(total)(weights).values()])
    leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
    outer = torch.zeros((), dtype=torch.float64)
    for inputs, targets in zip(x, y, strict=True):
        inner = loss(leaves, inputs[:5], targets[:5])
        steps = torch.autograd.grad(inner, list(leaves.values()), create_graph=True)
        moved = {name: leaves[name] - 0.1 * step for name, step in zip(leaves, steps, strict=True)}
        outer = outer + loss(moved, inputs[5:], targets[5:])
    return torch.cat([g.flatten() for g in torch.autograd.grad(outer, list(leaves.values()))])


def test_meta_gradients_by_vmap_are_those_of_a_plain_loop() -> None:
    def ours() -> nn.Module:
        return BatchNorm(6, statistics="episode", is_fused=False)

    expected = meta_gradient(ours(), by_vmap=False)
    torch.testing.assert_close(meta_gradient(ours(), by_vmap=True), expected, rtol=1e-10, atol=1e-10)
    fused = nn.BatchNorm1d(6, track_running_stats=False)
    torch.testing.assert_close(meta_gradient(fused, by_vmap=False), expected, rtol=1e-8, atol=1e-8)
