"""Full context embeddings (Vinyals et al. 2016, appendix A.1 and A.2).

Shapes: B episodes, n support examples, M queries, d features.
"""

import torch
from torch import Tensor, nn


class BidirectionalContext(nn.Module):
    """g: each support embedding plus what an LSTM says of it from both sides (A.2)."""

    def __init__(self, n_features: int):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_features, batch_first=True, bidirectional=True)

    def forward(self, support: Tensor, generator: torch.Generator | None) -> Tensor:
        """(B, n, d): h→ + h← + g'.

        Args:
            support: (B, n, d) g'.
            generator: of the order in which each episode is read; as given where None.
        """
        if generator is None:
            return self._read(support)
        keys = torch.rand(support.shape[:2], generator=generator, device=support.device)
        order = keys.argsort(dim=1)[:, :, None].expand_as(support)
        return torch.zeros_like(support).scatter(1, order, self._read(support.gather(1, order)))

    def _read(self, support: Tensor) -> Tensor:
        forward, backward = self.lstm(support)[0].chunk(2, dim=2)
        both: Tensor = forward + backward + support
        return both


class AttentionLSTM(nn.Module):
    """f: a query embedding that reads the support set K times (A.1, equations 2 to 6).

    The recurrent state is [h, r], of 2·d numbers; the first d of the cell's output are ĥ.

    Args:
        n_features: d.
        n_reads: K.
    """

    def __init__(self, n_features: int, n_reads: int):
        super().__init__()
        self.cell = nn.LSTMCell(n_features, 2 * n_features)
        self.n_reads = n_reads

    def forward(self, query: Tensor, support: Tensor) -> Tensor:
        """(B, M, d).

        Args:
            query: (B, M, d) f'.
            support: (B, n, d) g.
        """
        n_features = query.shape[2]
        flat = query.flatten(0, 1)  # (B·M, d)
        hidden, read = torch.zeros_like(flat), torch.zeros_like(flat)
        cell = torch.cat([hidden, read], dim=1)
        for _ in range(self.n_reads):
            both, cell = self.cell(flat, (torch.cat([hidden, read], dim=1), cell))
            hidden = both[:, :n_features] + flat
            attention = torch.softmax(hidden.reshape_as(query) @ support.mT, dim=2)  # (B, M, n)
            read = (attention @ support).reshape_as(flat)
        return hidden.reshape_as(query)
