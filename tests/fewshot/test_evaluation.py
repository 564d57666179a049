"""Evaluation: means and intervals by hand, ties as chance, divergence told apart."""

import math
from typing import Any, Self

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.fewshot import Episodes, EpisodeShape, FewShotLearner, build, evaluate, evaluate_regression
from autometa.fewshot.data.sinusoids import SinusoidSampler
from autometa.fewshot.episodes import RegressionEpisodes
from autometa.fewshot.learner import episode_accuracy
from tests.fewshot.problems import episode_sampler, padded


class Recited(FewShotLearner):
    """Answers with what it was given; two inner steps, the first of them wrong."""

    does_regression = True

    def __init__(self, *steps: Any):
        super().__init__()
        self.weight, self._steps = nn.Parameter(torch.zeros(())), steps

    @classmethod
    def build(cls, shape: EpisodeShape, settings: Any) -> Self:
        return cls()

    def forward(self, episodes: Any) -> Tensor:
        return self.steps(episodes)[-1]

    def steps(self, episodes: Any) -> list[Tensor]:
        return [step(episodes) for step in self._steps]


def all_alike(episodes: Episodes) -> Tensor:
    n_episodes, n_queries = episodes.query_targets.shape
    return torch.zeros((n_episodes, n_queries, episodes.n_way))


def right(episodes: Episodes) -> Tensor:
    return nn.functional.one_hot(episodes.query_targets.clamp(min=0), episodes.n_way).float()


def test_a_learner_that_cannot_tell_gets_chance_and_one_that_can_gets_all() -> None:
    found = evaluate(Recited(all_alike, right), episode_sampler(way=4), 30)
    assert found.per_step == pytest.approx((0.25, 1.0))
    assert (found.mean, found.ci95, found.n_episodes, found.score) == (1.0, 0.0, 30, "accuracy")


def test_the_interval_is_196_standard_errors_over_episodes() -> None:
    learner = build("prototypical", episode_sampler().shape)
    found = evaluate(learner, episode_sampler(seed=3), 40, n_at_once=7)
    sampler = episode_sampler(seed=3)
    scores: list[float] = []
    for size in (7, 7, 7, 7, 7, 5):
        episodes = sampler.sample(size)
        labels = learner.eval()(episodes).argmax(dim=2)
        scores += (labels == episodes.query_targets).double().mean(dim=1).tolist()
    assert found.mean == pytest.approx(np.mean(scores), abs=1e-6)
    assert found.ci95 == pytest.approx(1.96 * np.std(scores, ddof=1) / math.sqrt(40), abs=1e-6)


def test_padding_neither_answers_nor_is_asked() -> None:
    episodes = padded(episode_sampler(way=3).sample(4))
    tempted = right(episodes)
    tempted[:, :, -1] = 9.0  # the padded way has the largest logit
    assert episode_accuracy(tempted, episodes).tolist() == [1.0] * 4


def test_the_learners_mode_is_left_as_it_was() -> None:
    learner = build("prototypical", episode_sampler().shape).train()
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    evaluate(learner, episode_sampler(), 4)
    assert learner.training
    assert all(torch.equal(value, before[name]) for name, value in learner.state_dict().items())


def test_gradients_are_on_only_where_the_learner_needs_them() -> None:
    seen: list[bool] = []

    def watching(episodes: Episodes) -> Tensor:
        seen.append(torch.is_grad_enabled())
        return right(episodes)

    learner = Recited(watching)
    evaluate(learner, episode_sampler(), 2)
    learner.uses_gradients_at_test = True  # type: ignore[misc]
    evaluate(learner, episode_sampler(), 2)
    assert (seen[0], seen[-1]) == (False, True)


def test_another_score_has_its_name() -> None:
    def worst(answers: Tensor, episodes: Episodes) -> Tensor:
        return torch.zeros(len(answers))

    assert evaluate(Recited(right), episode_sampler(), 2, score=worst).score == "worst"


def regression(offsets: list[float]) -> RegressionEpisodes:
    targets = torch.zeros((len(offsets), 4, 1))
    return RegressionEpisodes(
        targets, targets, torch.tensor(offsets)[:, None, None].expand(-1, 4, 1), targets
    )


class Fixed(SinusoidSampler):
    """Two hundred episodes with errors 0.01, 0.02, … of which two explode."""

    def __init__(self) -> None:
        super().__init__(shot=4, query=4, generator=make_generator(0))

    def sample(self, n_episodes: int) -> RegressionEpisodes:
        return regression([math.inf, 1e20, *(0.1 * math.sqrt(k) for k in range(1, n_episodes - 1))])


def test_a_few_diverging_episodes_do_not_hide_the_others() -> None:
    def before(episodes: RegressionEpisodes) -> Tensor:
        return torch.full_like(episodes.query_targets, 3.0)

    learner = Recited(before, lambda episodes: episodes.query_inputs)
    found = evaluate_regression(learner, Fixed(), 200, n_at_once=200)
    assert found.mean == math.inf
    assert math.isnan(found.ci95)
    assert found.median == pytest.approx(0.01 * 101, rel=1e-5)
    assert found.trimmed_mean == pytest.approx(0.01 * np.mean(np.arange(1, 199)), rel=1e-5)
    assert found.share_diverged == 0.01
    assert found.per_step[0] == pytest.approx(9.0)


def test_a_learner_of_classes_refuses_regressions() -> None:
    sampler = SinusoidSampler(shot=4, query=4, generator=make_generator(0))
    learner = build("prototypical", sampler.shape)
    with pytest.raises(TrainingError, match=r"PrototypicalNetwork answers with classes.* a gradient learner"):
        evaluate_regression(learner, sampler, 4)


def test_one_episode_has_no_interval() -> None:
    with pytest.raises(TrainingError, match="ask for 2 or more"):
        evaluate(Recited(right), episode_sampler(), 1)


def test_padded_episodes_are_refused_by_learners_of_fixed_shape() -> None:
    class Padding:
        shape, generator = episode_sampler().shape, make_generator(0)

        def sample(self, n_episodes: int) -> Episodes:
            return padded(episode_sampler().sample(n_episodes))

    with pytest.raises(TrainingError, match="wants episodes of fixed way and shot"):
        evaluate(Recited(right), Padding(), 2)
