"""The catalogue: names, settings by dotted keys, weights by the seed."""

import pytest
import torch

from autometa.errors import UnknownNameError
from autometa.fewshot import LEARNERS, build, entry
from autometa.fewshot.catalogue import changed
from autometa.fewshot.metric.prototypical import PrototypicalSettings
from autometa.fewshot.plan import TrainingPlan
from tests.fewshot.problems import episode_sampler

SHAPE = episode_sampler().shape


def test_names_are_unique_and_every_learner_can_be_loaded() -> None:
    names = [learner.name for learner in LEARNERS]
    assert len(set(names)) == len(names)
    assert all(learner.learner_type().settings_type() is not None for learner in LEARNERS)


def test_weights_come_from_the_seed_and_leave_the_global_state_alone() -> None:
    before = torch.get_rng_state()
    first, again, other = (build("prototypical", SHAPE, seed=seed) for seed in (1, 1, 2))
    weights = [next(learner.parameters()) for learner in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(before, torch.get_rng_state())


def test_settings_change_by_dotted_and_nested_keys() -> None:
    dotted = changed(PrototypicalSettings(), {"backbone.n_filters": 3, "distance": "cosine"})
    nested = changed(PrototypicalSettings(), {"backbone": {"n_filters": 3}, "distance": "cosine"})
    assert dotted == nested
    assert (dotted.backbone.n_filters, dotted.backbone.n_layers, dotted.distance) == (3, 4, "cosine")


def test_whole_numbers_will_do_for_floats() -> None:
    assert changed(TrainingPlan(), {"gradient_clip": 1, "patience": None}).gradient_clip == 1.0


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("backbon.n_filters", 3, "did you mean 'backbone'"),
        ("backbone.filters", 3, "did you mean 'n_filters'"),
        ("distance", "euclid", "did you mean 'euclidean'"),
        ("backbone.n_filters", "3", "n_filters cannot be '3'; it wants int"),
        ("backbone.n_filters", True, "n_filters cannot be True"),
        ("backbone.is_fused", 1, "is_fused cannot be 1; it wants bool"),
    ],
)
def test_settings_that_cannot_be_are_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        changed(PrototypicalSettings(), {key: value})


def test_an_unknown_learner_is_guessed() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'prototypical'"):
        entry("prototypcal")
