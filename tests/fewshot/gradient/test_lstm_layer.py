"""The LSTM layer of features × coordinates against torch's cell, and its derivative against torch's."""

import torch
from torch import nn

from autometa.fewshot.gradient.lstm_layer import lstm_layer

B, N, INPUTS, HIDDEN = 2, 7, 3, 5


def test_layer_and_its_gradients_are_those_of_the_cell_of_torch() -> None:
    torch.manual_seed(0)
    cell = nn.LSTMCell(INPUTS, HIDDEN).double()
    inputs = torch.randn(B, INPUTS, N, dtype=torch.float64)
    hidden, memory = torch.randn(2, B, HIDDEN, N, dtype=torch.float64).requires_grad_().unbind()
    bias = (cell.bias_ih + cell.bias_hh)[:, None]
    weights = torch.cat([cell.weight_ih, bias, cell.weight_hh], dim=1).expand(B, -1, -1)
    seen = torch.cat([inputs, torch.ones_like(inputs[:, :1]), hidden], dim=1)
    found = lstm_layer(seen, memory, weights)

    rows = [one.transpose(1, 2).flatten(0, 1) for one in (inputs, hidden, memory)]
    made = cell(rows[0], (rows[1], rows[2]))
    expected = [one.reshape(B, N, HIDDEN).transpose(1, 2) for one in made]
    torch.testing.assert_close(found, tuple(expected), rtol=1e-12, atol=1e-12)

    pulls = torch.randn(2, B, HIDDEN, N, dtype=torch.float64).unbind()
    wanted = [hidden, memory, *cell.parameters()]
    ours = torch.autograd.grad(found, wanted, pulls, retain_graph=True)
    torch.testing.assert_close(ours, torch.autograd.grad(expected, wanted, pulls), rtol=1e-11, atol=1e-12)
