"""The states of an inner loop, kept or made again: always the same, never many."""

import pytest
import torch
from torch import Tensor

from autometa.fewshot.gradient.graph_size import KEPT_BYTES, GraphSizes, graph_bytes
from autometa.fewshot.gradient.meta_gradient import meta_gradient
from autometa.fewshot.gradient.trail import MOST_KEPT, Trail, Update

RATE = 0.3


def steps_of(scale: Tensor, calls: list[int]) -> Update:
    def update(step: int, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        calls.append(step)
        return {"w": weights["w"] - RATE * torch.sin(scale * weights["w"] + step)}

    return update


@pytest.mark.parametrize("keeps_graphs", [False, True], ids=["one graph", "all graphs"])
@pytest.mark.parametrize("n_steps", [1, 2, 7, 8, 9, 10, 16, 17, 30])
def test_gradient_is_that_of_the_graph_of_all_steps(n_steps: int, keeps_graphs: bool) -> None:
    scale = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    start = torch.linspace(-1.0, 1.0, 3, dtype=torch.float64, requires_grad=True)
    update, shares = steps_of(scale, []), [(step + 1) / n_steps for step in range(n_steps)]
    found = meta_gradient(
        update,
        lambda step, weights: weights["w"].pow(3).sum() / step,
        {"w": start},
        outer=[scale],
        n_steps=n_steps,
        loss_weights=shares,
        keeps_graphs=keeps_graphs,
    )
    weights, total = {"w": start}, torch.zeros((), dtype=torch.float64)
    for step in range(n_steps):
        weights = update(step, weights)
        total = total + shares[step] * weights["w"].pow(3).sum() / (step + 1)
    expected = torch.autograd.grad(total, [start, scale])
    torch.testing.assert_close(found.start["w"], expected[0], rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(found.outer[0], expected[1], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("n_steps", [8, 10, 64])
def test_few_states_are_in_memory_and_none_is_made_more_than_twice(n_steps: int) -> None:
    calls: list[int] = []
    trail = Trail(steps_of(torch.tensor(1.0), calls), {"w": torch.ones(2)}, n_steps)
    most = 0
    for step in reversed(range(n_steps)):
        state = trail.at(step)["w"].clone()
        most = max(most, len(trail._states))
        trail.replace(step, {"w": state})
    assert most <= MOST_KEPT + n_steps // MOST_KEPT
    assert max(calls.count(step) for step in range(n_steps - 1)) <= (1 if n_steps <= MOST_KEPT else 2)


def test_size_of_a_graph_counts_what_is_kept_once() -> None:
    values = torch.ones(1000, dtype=torch.float64, requires_grad=True)
    assert graph_bytes(lambda: values.square().exp()) == 2 * 8000  # the values, and the exponential
    assert graph_bytes(lambda: (values * 2.0, values + 1.0)) == 0


def test_graphs_are_kept_only_where_they_are_known_to_be_small() -> None:
    sizes = GraphSizes()
    values = torch.ones(KEPT_BYTES // 32, requires_grad=True)  # an eighth of what may be kept
    assert not sizes.are_small("shape", 1)
    sizes.learn("shape", lambda: values.exp())
    assert sizes.are_small("shape", 8)
    assert not sizes.are_small("shape", 9)
    assert not sizes.are_small("other", 1)
