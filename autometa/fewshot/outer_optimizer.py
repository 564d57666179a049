"""The optimizer of the outer loop: which one, at what rate, and gradients as it wants them."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from autometa.errors import TrainingError
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.plan import TrainingPlan


def make_optimizer(learner: FewShotLearner, plan: TrainingPlan) -> Optimizer:
    """The plan's, for whatever the learner trains.

    Raises:
        TrainingError: that is nothing.
    """
    parameters = [parameter for parameter in learner.parameters() if parameter.requires_grad]
    if not parameters:
        raise TrainingError(f"{type(learner).__name__} has no parameters to train")
    rate, decay = plan.learning_rate, plan.weight_decay
    if plan.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, momentum=plan.momentum)
    kind = torch.optim.AdamW if plan.optimizer == "adamw" else torch.optim.Adam
    if plan.cuda_graph:
        at = torch.tensor(rate, device=parameters[0].device)  # where a recorded step reads it
        return kind(parameters, lr=at, weight_decay=decay, fused=True, capturable=True)
    return kind(parameters, lr=rate, weight_decay=decay, fused=True)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """The learning rate of the next step; where a recorded step reads it, its place stays."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def lay_out_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Give each gradient the strides of its parameter.

    torch's fused optimizers walk through both in the order of memory, and without a word update the wrong
    weights where that order differs (seen in torch 2.13 with weights in channels-last).
    """
    for parameter in parameters:
        gradient = parameter.grad
        if gradient is not None and gradient.stride() != parameter.stride():
            parameter.grad = torch.empty_like(parameter).copy_(gradient)
