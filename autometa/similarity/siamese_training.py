"""Training the Siamese network, the only room of the similarity that needs torch.

Shapes: k data sets, c candidates, s members of the ensemble, d inputs, e embedding dimensions.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from autometa.similarity.calibration import calibrate
from autometa.similarity.encoding import RankEncoding
from autometa.similarity.examples import Examples
from autometa.similarity.siamese import SiameseNetwork

GOOD = 0.05  # a candidate with this regret counts 1/e of the best


@dataclass(frozen=True, slots=True)
class TrainingSetting:
    """How a network is trained; few data sets want few units and much regularisation.

    Attributes:
        n_members: networks in the ensemble, trained side by side from different seeds.
        n_hidden: units of the hidden layer.
        n_embedding: dimensions of the embedding.
        n_steps: full-batch steps of AdamW.
        learning_rate: at the start; falls to 0 along a cosine.
        weight_decay: decoupled (Loshchilov & Hutter 2019).
        dropout: share of inputs that are blanked in each step, and half as many hidden units.
    """

    n_members: int = 4
    n_hidden: int = 24
    n_embedding: int = 6
    n_steps: int = 150
    learning_rate: float = 1e-2
    weight_decay: float = 0.1
    dropout: float = 0.5


def train_siamese(
    examples: Examples, *, seed: int = 0, setting: TrainingSetting | None = None
) -> SiameseNetwork:
    """Fit the ensemble on all examples and calibrate it on folds of families.

    Args:
        examples: at least two families.
        seed: of the initial weights, dropout, and the folds.
        setting: of the training; the shipped one where None.
    """
    fit = partial(fit_siamese, seed=seed, setting=setting)
    return replace(fit(examples), calibration=calibrate(fit, examples, seed=seed))


def fit_siamese(
    examples: Examples, *, seed: int = 0, setting: TrainingSetting | None = None
) -> SiameseNetwork:
    """Embed so that the nearest of other families tell which candidates are good.

    Metric learning for kernel regression (Weinberger & Tesauro 2007, equations 1-3): the regrets of data set
    i are predicted by sum_j w_ij regrets_j, w_ij a softmax over the other families of -||z_i - z_j||^2, and
    the squared error is minimised. It departs from the paper in the embedding (a network, not a matrix) and
    in that an error counts by how often its candidate is good. Regressing disagreement on the distance of
    all pairs was tried, too: it spends the network on pairs that are far apart, and advised worse.

    Args:
        examples: of the training.
        seed: of the initial weights and dropout.
        setting: of the training; the shipped one where None.
    """
    options = setting or TrainingSetting()
    encoding = RankEncoding.of(examples.table, examples.features)
    inputs = torch.from_numpy(2.0 * encoding.encode(examples.table.values) - 1.0).float()
    network = _Network(encoding.n_inputs, options, torch.Generator().manual_seed(seed))
    network.train_on(inputs, *_targets(examples))
    arrays = [parameter.detach().numpy().astype(np.float64) for parameter in network.parameters]
    return SiameseNetwork(encoding, *arrays)


def _targets(examples: Examples) -> tuple[Tensor, Tensor, Tensor]:
    """(k, k) True within a family; (k, c) regrets without gaps; (k, c) how much each error counts."""
    labels, regrets = np.array(examples.families), examples.regrets
    tried = ~np.isnan(regrets)
    typical = np.nanmedian(regrets, axis=1, keepdims=True)
    filled = np.where(tried, regrets, typical)
    often_good = np.exp(-filled / GOOD).mean(axis=0)
    counts = tried * (often_good / often_good.sum())
    same = labels[:, None] == labels[None, :]
    return torch.from_numpy(same), torch.from_numpy(filled).float(), torch.from_numpy(counts).float()


class _Network:
    """The members of the ensemble as one batch of matrix products."""

    def __init__(self, n_inputs: int, options: TrainingSetting, generator: torch.Generator):
        self._options, self._generator = options, generator
        members, hidden = options.n_members, options.n_hidden
        shapes = [(members, n_inputs, hidden), (members, 1, hidden), (members, hidden, options.n_embedding)]
        scales = [n_inputs**-0.5, 0.0, hidden**-0.5]
        self.parameters = [
            (torch.randn(shape, generator=generator) * scale).requires_grad_()
            for shape, scale in zip(shapes, scales, strict=True)
        ]

    def train_on(self, inputs: Tensor, same_family: Tensor, regrets: Tensor, counts: Tensor) -> None:
        """Full-batch AdamW.

        Args:
            inputs: (k, d) in [-1, 1].
            same_family: (k, k) True where one must not advise the other.
            regrets: (k, c).
            counts: (k, c) weights of the errors.
        """
        options = self._options
        optimizer = torch.optim.AdamW(
            self.parameters, lr=options.learning_rate, weight_decay=options.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.n_steps)
        for _ in range(options.n_steps):
            optimizer.zero_grad()
            squares = self._square_distances(inputs).masked_fill(same_family, torch.inf)
            errors = torch.softmax(-squares, dim=2) @ regrets - regrets  # (s, k, c)
            loss = (errors.square() * counts).sum(dim=2).mean(dim=1).sum()  # members do not see each other
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()

    def _square_distances(self, inputs: Tensor) -> Tensor:
        """(s, k, k) between embeddings, with dropout."""
        hidden, bias, output = self.parameters
        blanked = self._dropped(inputs.expand(self._options.n_members, -1, -1), self._options.dropout)
        units = self._dropped(torch.tanh(blanked @ hidden + bias), self._options.dropout / 2)
        embedded = units @ output  # (s, k, e)
        norms = embedded.square().sum(dim=2)
        squares: Tensor = norms[:, :, None] + norms[:, None, :] - 2.0 * embedded @ embedded.transpose(1, 2)
        return squares

    def _dropped(self, values: Tensor, share: float) -> Tensor:
        kept = torch.rand(values.shape, generator=self._generator) >= share
        dropped: Tensor = values * kept / (1.0 - share)
        return dropped
