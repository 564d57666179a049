"""The inner loop as one would write it down: one episode, torch's own layers, the graph of all steps."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from autometa.fewshot.episodes import Episodes, RegressionEpisodes
from autometa.fewshot.normalisation import BatchNorm

Step = Callable[[dict[str, Tensor], dict[str, Tensor]], dict[str, Tensor]]  # weights, gradients → weights


class TorchBatchNorm(nn.Module):
    """torch's fused kernel with the batch's statistics; exact without vmap."""

    def __init__(self, norm: BatchNorm):
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias

    def forward(self, values: Tensor) -> Tensor:
        return functional.batch_norm(values, None, None, self.weight, self.bias, training=True)


def with_torch_norms(network: nn.Module) -> nn.Module:
    """The network itself, its batch normalisation replaced."""
    for name, part in network.named_children():
        setattr(
            network, name, TorchBatchNorm(part) if isinstance(part, BatchNorm) else with_torch_norms(part)
        )
    return network


def query_losses(
    network: nn.Module,
    start: dict[str, Tensor],
    episodes: Episodes | RegressionEpisodes,
    *,
    step: Step,
    n_steps: int,
    is_second_order: bool = True,
) -> Tensor:
    """(B, K) each episode's query loss after each step."""
    rows = []
    for number in range(len(episodes.query_inputs)):
        weights, row = dict(start), []
        support, query = episodes.support_inputs[number], episodes.query_inputs[number]
        for _ in range(n_steps):
            loss = criterion(functional_call(network, weights, (support,)), episodes.support_targets[number])
            gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=is_second_order)
            weights = step(weights, dict(zip(weights, gradients, strict=True)))
            answers = functional_call(network, weights, (query,))
            row.append(criterion(answers, episodes.query_targets[number]))
        rows.append(torch.stack(row))
    return torch.stack(rows)


def criterion(answers: Tensor, targets: Tensor) -> Tensor:
    if targets.is_floating_point():
        return functional.mse_loss(answers, targets)
    return functional.cross_entropy(answers, targets)
