"""The batched product against torch's own, through two derivatives."""

import torch
from torch import Tensor

from autometa.fewshot.gradient.products import outputs


def test_two_derivatives_are_right() -> None:
    torch.manual_seed(0)
    values, weight = torch.randn(2, 3, 4, dtype=torch.float64), torch.randn(2, 5, 4, dtype=torch.float64)
    inputs = (values.requires_grad_(), weight.requires_grad_())
    torch.testing.assert_close(outputs(*inputs), values @ weight.mT, rtol=0.0, atol=1e-14)

    def twice(values: Tensor, weight: Tensor) -> Tensor:
        return outputs(outputs(values, weight).sin(), weight.mT)

    assert torch.autograd.gradcheck(twice, inputs)
    assert torch.autograd.gradgradcheck(twice, inputs)
