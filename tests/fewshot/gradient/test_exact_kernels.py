"""Convolution, moments and pooling of the inner loop against torch's own, in value and in two derivatives."""

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import gradcheck, gradgradcheck

from autometa.fewshot.backbones import BackboneSettings, conv4
from autometa.fewshot.gradient.channel_moments import moments
from autometa.fewshot.gradient.convolution import Geometry, convolve
from autometa.fewshot.gradient.episode_network import apply, expand
from autometa.fewshot.gradient.image_moments import has_few_values, image_moments
from autometa.fewshot.gradient.pooling import max_pool
from autometa.fewshot.normalisation import BatchNorm


def random(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


LAYERS = {
    "padded": nn.Conv2d(2, 3, 3, padding=1),
    "strided": nn.Conv2d(2, 3, 3, padding=1, stride=2),
    "dilated": nn.Conv2d(2, 3, 2, dilation=2),
    "oblong": nn.Conv2d(2, 3, (1, 3), padding=(0, 1)),
}


@pytest.mark.parametrize("n_episodes", [1, 2])
@pytest.mark.parametrize("layer", LAYERS)
def test_convolution_has_two_exact_derivatives(layer: str, n_episodes: int) -> None:
    module = LAYERS[layer]
    geometry = Geometry.of(module, n_episodes)
    values = random(2, 2 * n_episodes, 5, 6)
    weight = random(3 * n_episodes, 2, *module.kernel_size)
    expected = torch.conv2d(values, weight, None, module.stride, module.padding, module.dilation, n_episodes)
    torch.testing.assert_close(convolve(values, weight, geometry), expected)
    assert gradcheck(lambda x, w: convolve(x, w, geometry), (values, weight), fast_mode=True)
    assert gradgradcheck(lambda x, w: convolve(x, w, geometry), (values, weight), fast_mode=True)


@pytest.mark.parametrize("layer", LAYERS)
def test_moments_of_a_convolution_are_those_of_what_it_makes(layer: str) -> None:
    module, n_episodes = LAYERS[layer], 2
    images, weight = random(3, 2 * n_episodes, 5, 6).detach(), random(n_episodes, 3, 2, *module.kernel_size)
    made = convolve(images, weight.flatten(0, 1), Geometry.of(module, n_episodes))
    variance, mean = torch.var_mean(made, dim=(0, 2, 3), correction=0, keepdim=True)
    torch.testing.assert_close(image_moments(images, weight, module), (mean, variance))
    assert gradgradcheck(lambda w: image_moments(images, w, module), (weight,), fast_mode=True)


def test_large_kernels_have_too_many_values() -> None:
    assert has_few_values(nn.Conv2d(3, 8, 3))
    assert not has_few_values(nn.Conv2d(64, 64, 3))
    assert not has_few_values(nn.Conv2d(1, 8, 3, padding="same"))


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(
    "layer", [nn.MaxPool2d(2), nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True), nn.MaxPool2d((1, 2))]
)
def test_pooling_has_two_exact_derivatives(layer: nn.MaxPool2d, memory_format: torch.memory_format) -> None:
    values = random(2, 3, 5, 6).detach().contiguous(memory_format=memory_format).requires_grad_()
    torch.testing.assert_close(max_pool(values, layer), layer(values))
    adjoint = torch.randn_like(max_pool(values, layer), requires_grad=True)
    found = [torch.autograd.grad(run, values, adjoint) for run in (max_pool(values, layer), layer(values))]
    torch.testing.assert_close(*found)
    assert gradcheck(lambda x: max_pool(x, layer), (values,))
    assert gradgradcheck(lambda x: max_pool(x, layer), (values,))


def test_moments_have_two_exact_derivatives() -> None:
    values = random(3, 2, 4, 5)
    variance, mean = torch.var_mean(values, dim=(0, 2, 3), correction=0, keepdim=True)
    torch.testing.assert_close(moments(values), (mean, variance))
    assert gradcheck(moments, (values,))
    assert gradgradcheck(moments, (values,))


def test_falling_channels_are_pooled_by_their_least_values() -> None:
    torch.manual_seed(0)
    network = conv4(1, BackboneSettings(n_filters=6, statistics="episode", is_fused=False)).double()
    for part in network.modules():
        if isinstance(part, BatchNorm):
            nn.init.normal_(part.weight)
            nn.init.normal_(part.bias)
    images = torch.rand((2, 5, 1, 16, 16), dtype=torch.float64)
    made = apply(network, expand(dict(network.named_parameters()), 2), images)
    torch.testing.assert_close(made, torch.stack([network(one) for one in images]))
