"""What every few-shot learner of the catalogue keeps: one set of promises, run for every learner."""

import io
from dataclasses import fields
from typing import Any

import pytest
import torch
from torch import Tensor

from autometa.devices import make_generator
from autometa.fewshot import (
    LEARNERS,
    CatalogueEntry,
    Episodes,
    EpisodeSampler,
    EpisodeShape,
    FewShotLearner,
    build,
)
from autometa.fewshot.data.sinusoids import SinusoidSampler
from tests.fewshot.problems import gaussian_classes, padded

IMAGE = (1, 16, 16)
SMALL = {"backbone.n_filters": 8, "backbone.n_layers": 2}


def cases(flag: str | None = None) -> list[Any]:
    """Every learner, or those that declare this."""
    return [
        pytest.param(entry, id=entry.name)
        for entry in LEARNERS
        if flag is None or getattr(entry.learner_type(), flag)
    ]


def sampler(shape: tuple[int, ...] = IMAGE) -> EpisodeSampler:
    data = gaussian_classes(8, 6, shape)
    return EpisodeSampler(data, way=3, shot=1, query=2, generator=make_generator(0))


def small(entry: CatalogueEntry, shape: EpisodeShape, seed: int = 0) -> FewShotLearner:
    """The learner on a small backbone."""
    has_backbone = any(field.name == "backbone" for field in fields(entry.learner_type().settings_type))
    return build(entry.name, shape, seed=seed, settings=SMALL if has_backbone else {})


def answers(learner: FewShotLearner, episodes: Any) -> Tensor:
    """In evaluation, as `evaluate` calls it."""
    with torch.set_grad_enabled(learner.uses_gradients_at_test):
        return torch.as_tensor(learner.eval()(episodes).detach())


@pytest.mark.parametrize("entry", cases())
class TestEveryLearner:
    def test_answers_have_a_finite_logit_for_each_way(self, entry: CatalogueEntry) -> None:
        source = sampler()
        logits = answers(small(entry, source.shape), source.sample(2))
        assert logits.shape == (2, 6, 3)
        assert bool(logits.isfinite().all())

    def test_episodes_do_not_see_each_other_in_evaluation(self, entry: CatalogueEntry) -> None:
        source = sampler()
        learner, episodes = small(entry, source.shape), source.sample(3)
        alone = [Episodes(episodes.support[k : k + 1], episodes.query[k : k + 1]) for k in range(3)]
        expected = torch.cat([answers(learner, episode) for episode in alone])
        torch.testing.assert_close(answers(learner, episodes), expected, rtol=1e-2, atol=1e-3)

    def test_a_training_step_leaves_finite_gradients_and_tells_the_loss(self, entry: CatalogueEntry) -> None:
        source = sampler()
        learner = small(entry, source.shape).train()
        learner.generator = make_generator(1)
        learner.begin_step(0, 10)
        metrics = learner.training_step(source.sample(2))
        gradients = [parameter.grad for parameter in learner.parameters() if parameter.grad is not None]
        assert gradients
        assert all(bool(gradient.isfinite().all()) for gradient in gradients)
        assert any(bool(gradient.abs().max() > 0) for gradient in gradients)
        assert all(value.shape == () and not value.requires_grad for value in metrics.values())
        assert bool(metrics["loss"].isfinite())

    def test_the_same_seed_trains_the_same(self, entry: CatalogueEntry) -> None:
        losses = []
        for _ in range(2):
            source = sampler()
            learner = small(entry, source.shape, seed=3).train()
            learner.generator = make_generator(1)
            learner.begin_step(0, 10)
            losses.append(learner.training_step(source.sample(2))["loss"])
        torch.testing.assert_close(losses[0], losses[1])  # chunks chosen by time may round otherwise

    def test_a_checkpoint_brings_the_answers_back(self, entry: CatalogueEntry) -> None:
        source = sampler()
        first, second = (small(entry, source.shape, seed=seed) for seed in (0, 1))
        episodes, file = source.sample(2), io.BytesIO()
        torch.save(first.state_dict(), file)
        file.seek(0)
        second.load_state_dict(torch.load(file, weights_only=True))
        torch.testing.assert_close(answers(second, episodes), answers(first, episodes))

    def test_the_plan_and_the_papers_numbers_are_sensible(self, entry: CatalogueEntry) -> None:
        assert entry.learner_type().default_plan(sampler().shape).n_steps >= 100
        assert all(0 < percent <= 100 for percent in entry.reported.values())

    def test_inner_steps_end_with_the_answer(self, entry: CatalogueEntry) -> None:
        source = sampler()
        learner, episodes = small(entry, source.shape).eval(), source.sample(1)
        with torch.set_grad_enabled(learner.uses_gradients_at_test):
            last = learner.steps(episodes)[-1].detach()
        torch.testing.assert_close(last, answers(learner, episodes))


@pytest.mark.parametrize("entry", cases("takes_masks"))
def test_padding_changes_no_answer(entry: CatalogueEntry) -> None:
    source = sampler()
    learner, episodes = small(entry, source.shape), source.sample(2)
    grown = padded(episodes)
    logits = answers(learner, grown)[:, grown.query_targets[0] >= 0]
    expected = answers(learner, episodes).log_softmax(dim=2)
    torch.testing.assert_close(logits[:, :, :3].log_softmax(dim=2), expected, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("entry", cases("does_regression"))
def test_regressions_are_answered_and_learned(entry: CatalogueEntry) -> None:
    source = SinusoidSampler(shot=5, query=7, generator=make_generator(0))
    learner = small(entry, source.shape)
    assert answers(learner, source.sample(3)).shape == (3, 7, 1)
    learner.train().begin_step(0, 10)
    assert bool(learner.training_step(source.sample(3))["loss"].isfinite())
