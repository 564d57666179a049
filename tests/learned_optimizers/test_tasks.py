"""Tasks: many in one batch are the same as each alone, and as torch's own layers have it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from autometa.dataset import Column, ColumnKind, Dataset, TaskType
from autometa.devices import make_generator
from autometa.errors import InvalidDatasetError, TrainingError, UnknownNameError
from autometa.learned_optimizers.tasks import (
    LabelledData,
    MLPFamily,
    OmniglotConvFamily,
    Quadratics,
    TaskFamily,
    digits,
    losses_and_grads,
    read_drawings,
)
from tests.learned_optimizers.families import small_data, small_drawings

OMNIGLOT = Path(__file__).parents[2].parent / "shared/data/omniglot/omniglot.npz"
FAMILIES = {
    "quadratics": Quadratics(4),
    "mlp": MLPFamily(small_data(), hidden=(3, 5), activation="relu", batch_size=6),
    "linear": MLPFamily(small_data(), hidden=(), batch_size=6),
    "conv": small_drawings(),
}


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_family_keeps_its_promises(family: TaskFamily) -> None:
    tasks = family.sample(3, generator=make_generator(0))
    losses, grads = losses_and_grads(tasks, tasks.initial, generator=make_generator(1))
    assert tasks.initial.shape == grads.shape == (3, family.n_params)
    assert losses.shape == (3,)
    again = family.sample(3, generator=make_generator(0))
    assert torch.equal(again.initial, tasks.initial)
    assert torch.equal(again.losses(tasks.initial, generator=make_generator(1)), losses)

    moved = tasks.initial.clone()
    moved[1, 0] += 0.1
    others = tasks.losses(moved, generator=make_generator(1))
    assert others[1] != losses[1]
    torch.testing.assert_close(others[[0, 2]], losses[[0, 2]])
    assert family.describe()["n_params"] == family.n_params


def test_perceptrons_are_those_of_torch() -> None:
    tasks = MLPFamily(small_data(), hidden=(3, 5), activation="elu").sample(2, generator=make_generator(0))
    inputs = torch.randn((2, 7, 4), generator=make_generator(1))
    found = tasks.outputs(tasks.initial, inputs)
    for task in range(2):
        net = nn.Sequential(nn.Linear(4, 3), nn.ELU(), nn.Linear(3, 5), nn.ELU(), nn.Linear(5, 3))
        rest = tasks.initial[task]
        for layer in net[::2]:
            n_in, n_out = layer.in_features, layer.out_features
            layer.weight.data = rest[: n_in * n_out].view(n_in, n_out).t()
            layer.bias.data = rest[n_in * n_out :][:n_out]
            rest = rest[n_in * n_out + n_out :]
        torch.testing.assert_close(found[task], net(inputs[task]).detach())


def test_grouped_convolutions_are_those_of_each_task() -> None:
    tasks = small_drawings().sample(2, generator=make_generator(0))
    images = torch.rand((2, 5, 28, 28), generator=make_generator(1))
    found = tasks.outputs(tasks.initial, images)
    for task in range(2):
        first, bias1, second, bias2, last, bias3 = torch.split(
            tasks.initial[task], [4 * 9, 4, 4 * 4 * 9, 4, 4 * 3, 3]
        )
        seen = functional.conv2d(images[task][:, None], first.view(4, 1, 3, 3), bias1, stride=2, padding=1)
        seen = functional.conv2d(seen.relu(), second.view(4, 4, 3, 3), bias2, stride=2, padding=1).relu()
        wanted = seen.mean(dim=(2, 3)) @ last.view(4, 3) + bias3
        torch.testing.assert_close(found[task], wanted)


def test_a_task_of_characters_never_has_one_twice() -> None:
    characters = small_drawings().sample(50, generator=make_generator(0)).characters
    assert all(len(set(row)) == 3 for row in characters.tolist())


def table(task_type: TaskType) -> Dataset:
    numeric = np.array([[1.0, 5.0, np.nan], [np.nan, 5.0, 1e200], [3.0, 5.0, -1e200], [5.0, 5.0, np.inf]])
    target = (
        np.array([0, 1, 0, 1]) if task_type is TaskType.CLASSIFICATION else np.array([1.0, 2.0, 3.0, 6.0])
    )
    kinds = [ColumnKind.NUMERIC] * 3 + [ColumnKind.CATEGORICAL] * 2
    return Dataset(
        "table",
        numeric,
        np.array([[0, 0], [1, 0], [-1, 0], [2, 0]]),
        target,
        task_type,
        tuple(Column(f"c{number}", kind) for number, kind in enumerate(kinds)),
        class_names=("no", "yes") if task_type is TaskType.CLASSIFICATION else (),
    )


def test_a_data_set_becomes_finite_standardised_rows() -> None:
    data = LabelledData.of(table(TaskType.CLASSIFICATION))
    assert data.inputs.shape == (4, 2 + 3)  # the constant columns are gone, three levels
    assert data.inputs.isfinite().all()
    torch.testing.assert_close(data.inputs[:, :2].mean(dim=0), torch.zeros(2), rtol=0, atol=1e-6)
    torch.testing.assert_close(data.inputs[:, :2].std(dim=0, correction=0), torch.ones(2))
    assert data.inputs[2, 2:].tolist() == [0.0, 0.0, 0.0]
    assert (data.n_classes, data.n_outputs) == (2, 2)


def test_regression_is_learned_by_squared_error() -> None:
    data = LabelledData.of(table(TaskType.REGRESSION))
    assert (data.n_classes, data.n_outputs) == (0, 1)
    family = MLPFamily(data, hidden=(2,), batch_size=64)
    tasks = family.sample(2, generator=make_generator(0))
    nothing = torch.zeros_like(tasks.initial)
    losses = torch.stack([tasks.losses(nothing, generator=make_generator(seed)) for seed in range(20)])
    assert abs(float(losses.mean()) - 1.0) < 0.1  # the variance


def test_a_table_with_nothing_to_learn_from_is_refused() -> None:
    constant = Dataset(
        "constant",
        np.ones((3, 1)),
        np.empty((3, 0), dtype=np.int64),
        np.array([0, 1, 0]),
        TaskType.CLASSIFICATION,
        (Column("one", ColumnKind.NUMERIC),),
        class_names=("a", "b"),
    )
    with pytest.raises(InvalidDatasetError, match="no column has two different values"):
        LabelledData.of(constant)


def test_digits_are_there() -> None:
    data = digits()
    assert data.inputs.shape == (1797, 64)
    assert float(data.inputs.max()) == 1.0
    assert MLPFamily().n_params == 64 * 20 + 20 + 20 * 10 + 10


def test_families_that_cannot_be_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'relu'"):
        MLPFamily(small_data(), activation="rellu")  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="must be 1 or more"):
        MLPFamily(small_data(), hidden=(0,))
    with pytest.raises(TrainingError, match="n_params is 0"):
        Quadratics(0)
    with pytest.raises(TrainingError, match="n_way is 9; there are 6 characters"):
        OmniglotConvFamily(small_drawings().drawings, n_way=9)
    with pytest.raises(InvalidDatasetError, match="no Omniglot"):
        read_drawings("missing.npz")


@pytest.mark.skipif(not OMNIGLOT.exists(), reason="no ../shared/data/omniglot/omniglot.npz")
def test_omniglots_characters_are_whole() -> None:
    drawings = read_drawings(OMNIGLOT, alphabet="Greek")
    assert drawings.shape == (24, 20, 28, 28)
    assert 0.02 < float((drawings > 127).float().mean()) < 0.3
    with pytest.raises(InvalidDatasetError, match="0 characters of alphabet 'Elvish'"):
        read_drawings(OMNIGLOT, alphabet="Elvish")
