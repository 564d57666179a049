"""The block that pools before it normalises, against its layers one by one."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from autometa.fewshot.backbones import BackboneSettings, build_backbone
from autometa.fewshot.convolution_block import ConvolutionBlock
from autometa.fewshot.episodes import Episodes
from autometa.fewshot.gradient.maml import MAML
from autometa.fewshot.normalisation import BatchNorm


def block(n_channels: int = 5) -> ConvolutionBlock:
    torch.manual_seed(0)
    norm = BatchNorm(n_channels)
    made = ConvolutionBlock(nn.Conv2d(2, n_channels, 3, padding=1), norm)
    with torch.no_grad():
        norm.weight.uniform_(-1.0, 1.0)  # some fall
        norm.bias.uniform_(-0.5, 0.5)
    return made.double()


def pulled_back(network: nn.Module, images: Tensor) -> list[Tensor]:
    images = images.clone().requires_grad_()
    answers = network(images)
    weights = torch.linspace(-1.0, 1.0, answers.numel(), dtype=answers.dtype).reshape(answers.shape)
    (answers * weights).sum().backward()
    found = [images.grad, *(one.grad for one in network.parameters())]
    return [answers.detach(), *(one for one in found if one is not None)]


@pytest.mark.parametrize("pixels", [8, 7])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["first", "last"])
def test_answers_gradients_and_averages_are_those_of_the_layers(
    layout: torch.memory_format, pixels: int
) -> None:
    whole = block().to(memory_format=layout)  # type: ignore[call-overload]
    layers = nn.Sequential(*deepcopy(whole))
    images = torch.randn((6, 2, pixels, pixels), dtype=torch.float64).contiguous(memory_format=layout)
    for found, expected in zip(pulled_back(whole, images), pulled_back(layers, images), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(whole.state_dict(), layers.state_dict(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(whole.eval()(images), layers.eval()(images), rtol=1e-12, atol=1e-12)


def test_its_backward_agrees_with_finite_differences() -> None:
    images = torch.randn((3, 2, 4, 4), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(block(), images)


def test_equal_values_send_their_gradient_to_the_same_place() -> None:
    whole = block()
    layers = nn.Sequential(*deepcopy(whole))
    images = torch.randint(0, 2, (6, 2, 8, 8)).double()
    images[:, :, :5] = 0.0  # empty paper, as in drawings
    for found, expected in zip(pulled_back(whole, images), pulled_back(layers, images), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


def test_a_second_derivative_is_refused() -> None:
    images = torch.randn((2, 2, 4, 4), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(block()(images).square().sum(), images, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


def test_inner_loops_run_a_fused_backbone_by_its_layers() -> None:
    settings = BackboneSettings(n_filters=4, n_layers=1, statistics="episode")
    fused = build_backbone((1, 8, 8), settings)
    assert isinstance(fused[0], ConvolutionBlock)  # type: ignore[index]
    plain = nn.Sequential(nn.Sequential(*fused[0]), nn.Flatten())  # type: ignore[index]
    networks = [nn.Sequential(part, nn.Linear(64, 3)) for part in (fused, plain)]
    networks[1][1].load_state_dict(networks[0][1].state_dict())
    generator = torch.Generator().manual_seed(0)
    images = torch.rand((2, 2, 3, 2, 1, 8, 8), generator=generator)
    found, expected = (gradients(deepcopy(network), Episodes(*images)) for network in networks)
    torch.testing.assert_close(found, expected)


def gradients(network: nn.Module, episodes: Episodes) -> list[Tensor]:
    learner = MAML(network, inner_rate=0.1, n_inner_steps=2, n_at_once=2)
    learner.training_step(episodes)
    return [one.grad for one in learner.parameters() if one.grad is not None]
