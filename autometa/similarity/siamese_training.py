"""Training the Siamese network, the only room of the similarity that needs torch.

Shapes: k data sets, s members of the ensemble, d inputs, h hidden units, e embedding dimensions.
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
    """Regress disagreement on the distance of embeddings, over pairs of different families.

    Minimises the mean over pairs of (u_i + u_j + ||z_i - z_j|| - y_ij)^2, y the standardised disagreement.
    The free offsets u take up that on some data sets nobody's advice is good; without them the network would
    put all hard data sets far away from everything, which predicts the pairs and helps no query.

    Args:
        examples: of the training.
        seed: of the initial weights and dropout.
        setting: of the training; the shipped one where None.
    """
    options = setting or TrainingSetting()
    encoding = RankEncoding.of(examples.table, examples.features)
    inputs = torch.from_numpy(2.0 * encoding.encode(examples.table.values) - 1.0).float()
    first, second, disagreement = examples.pairs()
    spread = max(float(disagreement.std()), 1e-12)
    target = torch.from_numpy((disagreement - disagreement.mean()) / spread).float()
    network = _Network(encoding.n_inputs, len(inputs), options, torch.Generator().manual_seed(seed))
    network.train_on(inputs, (torch.from_numpy(first), torch.from_numpy(second)), target)
    arrays = [parameter.detach().numpy().astype(np.float64) for parameter in network.parameters[:3]]
    return SiameseNetwork(encoding, *arrays)


class _Network:
    """The members of the ensemble as one batch of matrix products."""

    def __init__(self, n_inputs: int, n_datasets: int, options: TrainingSetting, generator: torch.Generator):
        self._options, self._generator = options, generator
        members, hidden = options.n_members, options.n_hidden
        shapes = [(members, n_inputs, hidden), (members, 1, hidden), (members, hidden, options.n_embedding)]
        scales = [n_inputs**-0.5, 0.0, hidden**-0.5]
        initial = [
            torch.randn(shape, generator=generator) * scale
            for shape, scale in zip(shapes, scales, strict=True)
        ]
        self.parameters = [tensor.requires_grad_() for tensor in [*initial, torch.zeros(members, n_datasets)]]

    def train_on(self, inputs: Tensor, pairs: tuple[Tensor, Tensor], target: Tensor) -> None:
        """Full-batch AdamW; the offsets are not decayed.

        Args:
            inputs: (k, d) in [-1, 1].
            pairs: indices of both data sets.
            target: standardised disagreement of the pairs.
        """
        options = self._options
        groups = [
            {"params": self.parameters[:3], "weight_decay": options.weight_decay},
            {"params": self.parameters[3:], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=options.learning_rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.n_steps)
        for _ in range(options.n_steps):
            optimizer.zero_grad()
            self._loss(inputs, pairs, target).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()

    def _loss(self, inputs: Tensor, pairs: tuple[Tensor, Tensor], target: Tensor) -> Tensor:
        first, second = pairs
        hidden, bias, output, offsets = self.parameters
        blanked = self._dropped(inputs.expand(self._options.n_members, -1, -1), self._options.dropout)
        units = self._dropped(torch.tanh(blanked @ hidden + bias), self._options.dropout / 2)
        embedded = units @ output  # (s, k, e)
        between = (embedded[:, first] - embedded[:, second]).square().sum(dim=2).add(1e-6).sqrt()
        fitted = offsets[:, first] + offsets[:, second] + between
        loss: Tensor = (fitted - target).square().mean(dim=1).sum()  # members do not see each other
        return loss

    def _dropped(self, values: Tensor, share: float) -> Tensor:
        kept = torch.rand(values.shape, generator=self._generator) >= share
        dropped: Tensor = values * kept / (1.0 - share)
        return dropped
