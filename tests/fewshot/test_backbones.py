"""Backbones: the sizes that the papers state."""

import pytest
import torch

from autometa.errors import InvalidDatasetError
from autometa.fewshot.backbones import BackboneSettings, build_backbone, output_shape

OMNIGLOT, MINI = (1, 28, 28), (3, 84, 84)


@pytest.mark.parametrize(
    ("feature_shape", "settings", "expected"),
    [
        (OMNIGLOT, BackboneSettings(), (64,)),  # Snell: 64-dimensional
        (MINI, BackboneSettings(), (1600,)),  # Snell: 1600-dimensional
        (MINI, BackboneSettings(n_filters=32), (800,)),  # Finn: 32 filters
        (OMNIGLOT, BackboneSettings(downsampling="stride", pooling="mean"), (64,)),  # Finn on Omniglot
        (MINI, BackboneSettings(pooling="none"), (64, 5, 5)),
        (MINI, BackboneSettings(name="resnet12", n_filters=64, pooling="mean"), (640,)),  # Lee et al. 2019
        ((7,), BackboneSettings(n_filters=20), (20,)),
        (OMNIGLOT, BackboneSettings(name="mlp", n_filters=20), (20,)),
    ],
)
def test_outputs_have_the_papers_sizes(
    feature_shape: tuple[int, ...], settings: BackboneSettings, expected: tuple[int, ...]
) -> None:
    assert output_shape(build_backbone(feature_shape, settings), feature_shape) == expected


def test_conv4_has_the_parameters_of_the_paper() -> None:
    n_parameters = sum(p.numel() for p in build_backbone(OMNIGLOT, BackboneSettings()).parameters())
    assert n_parameters == (9 * 64 + 64 + 128) + 3 * (9 * 64 * 64 + 64 + 128) == 111_936


def test_convolutions_are_channels_last() -> None:
    network = build_backbone(MINI, BackboneSettings(pooling="none"))
    made = network(torch.rand(2, *MINI))
    assert made.is_contiguous(memory_format=torch.channels_last)


def test_asking_for_the_shape_changes_no_state() -> None:
    network = build_backbone((5,), BackboneSettings()).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    output_shape(network, (5,))
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_convolutions_of_vectors_are_refused() -> None:
    with pytest.raises(InvalidDatasetError, match=r"shape \(7,\); backbone 'conv4' wants images"):
        build_backbone((7,), BackboneSettings(name="conv4"))


def test_without_normalisation_there_is_none() -> None:
    network = build_backbone((5,), BackboneSettings(statistics="none", n_layers=2))
    assert [type(layer).__name__ for layer in network.children()] == [
        "Flatten",
        "Linear",
        "ReLU",
        "Linear",
        "ReLU",
    ]
