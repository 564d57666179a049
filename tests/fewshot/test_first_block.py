"""The first block, which never makes its whole map, against its layers one by one."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from autometa.fewshot.convolution_block import ConvolutionBlock
from autometa.fewshot.first_block import is_small
from autometa.fewshot.normalisation import BatchNorm


def block(n_channels: int, n_filters: int = 5) -> ConvolutionBlock:
    torch.manual_seed(0)
    norm = BatchNorm(n_filters)
    made = ConvolutionBlock(nn.Conv2d(n_channels, n_filters, 3, padding=1), norm)
    with torch.no_grad():
        norm.weight.uniform_(-1.0, 1.0)  # some fall
        norm.bias.uniform_(-0.5, 0.5)
    return made.double()


def pulled_back(network: nn.Module, images: Tensor) -> list[Tensor]:
    """The answers and the gradients of all parameters; none is wanted for the images."""
    answers = network(images)
    weights = torch.linspace(-1.0, 1.0, answers.numel(), dtype=answers.dtype).reshape(answers.shape)
    (answers * weights).sum().backward()
    return [answers.detach(), *(one.grad for one in network.parameters() if one.grad is not None)]


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("pixels", [8, 7])
def test_answers_gradients_and_averages_are_those_of_the_layers(n_channels: int, pixels: int) -> None:
    whole = block(n_channels)
    layers = nn.Sequential(*deepcopy(whole))
    images = torch.randn((6, n_channels, pixels, pixels + 2), dtype=torch.float64)
    found, expected = pulled_back(whole, images), pulled_back(layers, images)
    assert len(found) == len(expected) == 5
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(whole.state_dict(), layers.state_dict(), rtol=1e-12, atol=1e-12)


def test_equal_values_send_their_gradient_to_one_place_alone() -> None:
    whole = block(1)
    layers = nn.Sequential(*deepcopy(whole))
    images = torch.randint(0, 2, (6, 1, 8, 8)).double()
    images[:, :, :5] = 0.0  # empty paper, as in drawings
    torch.testing.assert_close(
        pulled_back(whole, images), pulled_back(layers, images), rtol=1e-10, atol=1e-10
    )


def test_mixed_precision_differs_by_its_rounding_only() -> None:
    whole, images = block(1).float(), torch.rand(8, 1, 28, 28)
    expected = pulled_back(deepcopy(whole), images)
    with torch.autocast("cpu", torch.bfloat16):
        answers = whole(images)
    assert answers.dtype == torch.bfloat16
    torch.testing.assert_close(answers.float(), expected[0], rtol=0.02, atol=0.02)


@pytest.mark.parametrize(
    ("convolution", "expected"),
    [
        (nn.Conv2d(3, 4, 3, padding=1), True),
        (nn.Conv2d(4, 4, 3, padding=1), False),
        (nn.Conv2d(1, 4, 3), False),
        (nn.Conv2d(1, 4, 3, padding=1, stride=2), False),
        (nn.Conv2d(1, 4, 5, padding=1), False),
    ],
)
def test_only_small_kernels_over_few_channels_are_taken(convolution: nn.Conv2d, expected: bool) -> None:
    assert is_small(convolution) == expected
