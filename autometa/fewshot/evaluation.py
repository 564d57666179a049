"""How well a learner does on fresh episodes: means with intervals over at least six hundred of them.

Shapes: B episodes, W ways, M queries an episode; t inner steps of a learner that adapts by gradients.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import nan, sqrt

import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.fewshot.episodes import Episodes, EpisodeSource, RegressionEpisodes
from autometa.fewshot.learner import FewShotLearner, episode_accuracy

Score = Callable[[Tensor, Episodes], Tensor]  # logits (B, M, W), their episodes → (B,)

EXAMPLES_AT_ONCE = {"cpu": 160}  # activations of more leave a processor's cache
EXAMPLES_AT_ONCE_ELSEWHERE = 8192


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The mean score of the episodes.

    Attributes:
        mean: of the episodes' scores, in [0, 1].
        ci95: half the width of its 95 % interval, 1.96 standard errors over episodes.
        n_episodes: how many there were.
        is_transductive: the queries of an episode were answered together, and depend on each other.
        per_step: means after 0, 1, … t inner steps; one entry if there are none.
        score: what was measured.
    """

    mean: float
    ci95: float
    n_episodes: int
    is_transductive: bool
    per_step: tuple[float, ...] = ()
    score: str = "accuracy"


@dataclass(frozen=True, slots=True)
class RegressionError:
    """The mean squared errors of the episodes; a few that diverge say little about the others.

    Attributes:
        mean: of all episodes' errors; infinite if one of them is.
        ci95: half the width of its 95 % interval.
        median: of the episodes' errors.
        trimmed_mean: of the best 99 % of the episodes.
        share_diverged: episodes whose error is not finite or has grown during the inner steps.
        n_episodes: how many there were.
        per_step: trimmed means after 0, 1, … t inner steps.
        median_per_step: medians likewise.
    """

    mean: float
    ci95: float
    median: float
    trimmed_mean: float
    share_diverged: float
    n_episodes: int
    per_step: tuple[float, ...] = ()
    median_per_step: tuple[float, ...] = field(default=())


def evaluate(
    learner: FewShotLearner,
    sampler: EpisodeSource,
    n_episodes: int = 600,
    *,
    score: Score = episode_accuracy,
    n_at_once: int | None = None,
) -> Accuracy:
    """The learner's score on fresh classification episodes.

    Args:
        learner: any; left in the mode (training or evaluation) it was in.
        sampler: of the test classes.
        n_episodes: at least 2; papers take 600 or more.
        score: of each episode; accuracy if not said otherwise.
        n_at_once: episodes a batch; as many as suit the device where None.

    Raises:
        TrainingError: the learner cannot take these episodes, or there are too few of them.
    """
    values = torch.cat(
        [
            torch.stack([score(answers, episodes).float() for answers in learner.steps(episodes)], dim=1)
            for episodes in _batches(learner, sampler, n_episodes, n_at_once)
        ]
    ).double()  # (B, t + 1)
    name = "accuracy" if score is episode_accuracy else getattr(score, "__name__", "score")
    return Accuracy(
        mean=float(values[:, -1].mean()),
        ci95=_half_interval(values[:, -1]),
        n_episodes=n_episodes,
        is_transductive=learner.is_transductive,
        per_step=tuple(values.mean(dim=0).tolist()),
        score=name,
    )


def evaluate_regression(
    learner: FewShotLearner,
    sampler: EpisodeSource,
    n_episodes: int = 600,
    *,
    n_at_once: int | None = None,
) -> RegressionError:
    """The learner's mean squared error on fresh regression episodes.

    Args:
        learner: one that does regression; left in the mode it was in.
        sampler: of `RegressionEpisodes`.
        n_episodes: at least 2.
        n_at_once: episodes a batch; as many as suit the device where None.

    Raises:
        TrainingError: the learner cannot take these episodes, or there are too few of them.
    """
    errors = torch.cat(
        [
            torch.stack([_square_errors(answers, episodes) for answers in learner.steps(episodes)], dim=1)
            for episodes in _batches(learner, sampler, n_episodes, n_at_once)
        ]
    )  # (B, t + 1) double
    final, first = errors[:, -1], errors[:, 0]
    diverged = ~final.isfinite() | ((final > first) & (errors.shape[1] > 1))
    ordered = errors.nan_to_num(torch.inf, torch.inf).sort(dim=0).values
    best = ordered[: max(1, int(0.99 * n_episodes))]
    return RegressionError(
        mean=float(ordered[:, -1].mean()),
        ci95=_half_interval(final),
        median=float(ordered[n_episodes // 2, -1]),
        trimmed_mean=float(best[:, -1].mean()),
        share_diverged=float(diverged.double().mean()),
        n_episodes=n_episodes,
        per_step=tuple(best.mean(dim=0).tolist()),
        median_per_step=tuple(ordered[n_episodes // 2].tolist()),
    )


def check_fit(learner: FewShotLearner, sampler: EpisodeSource) -> None:
    """Raise unless the learner can take what the sampler gives.

    Raises:
        TrainingError: regression for a learner of classes.
    """
    if sampler.shape.n_targets and not learner.does_regression:
        raise TrainingError(
            f"{type(learner).__name__} answers with classes, and these episodes are regressions; "
            "choose a gradient learner, e.g. maml"
        )


def check_masks(learner: FewShotLearner, episodes: Episodes | RegressionEpisodes) -> None:
    """Raise if the episodes are padded and the learner would take padding for examples.

    Raises:
        TrainingError: it would.
    """
    if isinstance(episodes, Episodes) and episodes.support_mask is not None and not learner.takes_masks:
        raise TrainingError(
            f"{type(learner).__name__} wants episodes of fixed way and shot, and these are padded; "
            "choose an EpisodeSampler, or a learner that takes masks: prototypical, or maml with the setting "
            "backbone.statistics=none"
        )


def _batches(
    learner: FewShotLearner, sampler: EpisodeSource, n_episodes: int, n_at_once: int | None
) -> Iterator[Episodes]:
    """Batches of episodes while the learner is in evaluation mode, gradients on only if it needs them."""
    if n_episodes < 2:
        raise TrainingError(f"{n_episodes} episodes have no interval; ask for 2 or more, papers take 600")
    check_fit(learner, sampler)
    size = n_at_once or _suitable(sampler)
    with _evaluation_mode(learner):
        for start in range(0, n_episodes, size):
            episodes = sampler.sample(min(size, n_episodes - start))
            check_masks(learner, episodes)
            with torch.set_grad_enabled(learner.uses_gradients_at_test):
                yield episodes


@contextmanager
def _evaluation_mode(learner: FewShotLearner) -> Iterator[None]:
    was_training = learner.training
    learner.eval()
    try:
        yield
    finally:
        learner.train(was_training)


def _suitable(sampler: EpisodeSource) -> int:
    """Episodes at once that suit the device."""
    shape = sampler.shape
    n_examples = shape.n_way * (shape.n_shot + shape.n_query)
    budget = EXAMPLES_AT_ONCE.get(sampler.generator.device.type, EXAMPLES_AT_ONCE_ELSEWHERE)
    return max(1, budget // n_examples)


def _square_errors(answers: Tensor, episodes: Episodes | RegressionEpisodes) -> Tensor:
    """(B,) double."""
    return (answers.detach() - episodes.query_targets).double().square().flatten(1).mean(dim=1)


def _half_interval(values: Tensor) -> float:
    """1.96 standard errors of the mean; NaN if a value is not finite."""
    return 1.96 * float(values.std()) / sqrt(len(values)) if bool(values.isfinite().all()) else nan
