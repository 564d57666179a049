"""Training of the Siamese network: needs torch."""

import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from autometa.errors import UnknownNameError
from autometa.similarity.disagreement import rank_correlation
from autometa.similarity.examples import table_row
from autometa.similarity.siamese_training import TrainingSetting, fit_siamese
from autometa.similarity.trainers import trainer
from tests.similarity.cases import planted

SMALL = TrainingSetting(n_members=2, n_hidden=8, n_embedding=3, n_steps=120, dropout=0.2, weight_decay=0.01)


def test_distance_predicts_disagreement_of_data_sets_held_out() -> None:
    examples = planted(60)
    known = examples.rows(np.arange(40))
    model = fit_siamese(known, setting=SMALL)
    found = [
        rank_correlation(
            model.distances(table_row(examples.table, row), known.table), examples.disagreement[row, :40]
        )
        for row in range(40, 60)
    ]
    assert np.mean(found) > 0.6


def test_same_seed_gives_the_same_network_and_leaves_global_randomness_alone() -> None:
    state = torch.get_rng_state()
    first, second = (fit_siamese(planted(), seed=3, setting=SMALL) for _ in range(2))
    np.testing.assert_array_equal(first.hidden, second.hidden)
    assert not np.array_equal(first.hidden, fit_siamese(planted(), seed=4, setting=SMALL).hidden)
    assert torch.equal(torch.get_rng_state(), state)


def test_numpy_embeds_as_torch_does() -> None:
    examples = planted()
    model = fit_siamese(examples, setting=SMALL)
    inputs = torch.from_numpy(2 * model.encoding.encode(examples.table.values) - 1)
    hidden, output = torch.from_numpy(model.hidden), torch.from_numpy(model.output)
    layers = torch.tanh(inputs @ hidden + torch.from_numpy(model.hidden_bias)) @ output
    between = torch.cdist(layers, layers).mean(dim=0)
    ours = [model.distances(table_row(examples.table, row), examples.table) for row in range(3)]
    np.testing.assert_allclose(ours, between[:3].numpy(), atol=1e-6)


def test_without_torch_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "autometa.similarity.siamese_training")
    with pytest.raises(UnknownNameError, match=r'pip install "autometa\[torch\]"'):
        trainer("siamese")


def test_gaps_in_the_trials_teach_nothing_and_hurt_nothing() -> None:
    examples = planted()
    regrets = examples.regrets.copy()
    regrets[::3, 4] = np.nan
    model = fit_siamese(replace(examples, regrets=regrets), setting=SMALL)
    assert np.isfinite(model.hidden).all()
