"""Trained optimizers as arrays: nothing is lost, nothing is executed, and names tell architectures apart."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from autometa.errors import TrainingError
from autometa.learned_optimizers import LSTMOptimizer, LSTMSettings, MetaTrainingPlan
from autometa.learned_optimizers.stored import CARD, StoredOptimizer
from autometa_store.artifacts import decode_arrays, encode_arrays
from tests.learned_optimizers.stored_optimizers import stored_optimizer


def test_an_optimizer_comes_back_from_a_store_as_it_was() -> None:
    made = LSTMOptimizer.build(LSTMSettings(5), seed=3)
    kept = stored_optimizer("here", score=0.5, optimizer=made)
    back = StoredOptimizer.from_arrays(decode_arrays(encode_arrays(kept.to_arrays())))
    assert (back.name, back.short_name, back.digest) == (kept.name, kept.short_name, kept.digest)
    assert (back.curve, back.score, back.plan) == (kept.curve, 0.5, kept.plan)
    assert back.features["a"] == 1.5
    assert np.isnan(back.features["b"])
    grads = torch.randn((2, 7), generator=torch.Generator().manual_seed(0))
    ours, theirs = made.init_state(7, n_tasks=2), back.build().init_state(7, n_tasks=2)
    assert torch.equal(made.update(grads, ours)[0], back.build().update(grads, theirs)[0])


def test_names_are_of_family_and_architecture_and_digests_of_the_plan_too() -> None:
    one = stored_optimizer("here")
    assert one.name.startswith("learned_optimizer/here/")
    assert stored_optimizer("there").name != one.name
    larger = stored_optimizer("here", optimizer=LSTMOptimizer.build(LSTMSettings(6)))
    assert larger.name != one.name
    slower = stored_optimizer("here", plan=MetaTrainingPlan(outer_rate=1e-4))
    assert slower.name == one.name
    assert slower.digest != one.digest


def test_what_is_no_optimizer_is_refused() -> None:
    arrays = stored_optimizer("here").to_arrays()
    with pytest.raises(TrainingError, match="holds no trained optimizer"):
        StoredOptimizer.from_arrays({"weights": np.zeros(3)})
    card = json.loads(str(arrays[CARD])) | {"format": 99}
    with pytest.raises(TrainingError, match="of another version of autometa"):
        StoredOptimizer.from_arrays({**arrays, CARD: np.array(json.dumps(card))})
    with pytest.raises(TrainingError, match="weights that do not fit its card"):
        replace(stored_optimizer("here"), weights={}).build()
