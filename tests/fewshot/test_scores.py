"""Areas under curves against scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.fewshot import Episodes
from autometa.fewshot.scores import average_precision, delta_auprc, roc_auc
from tests.fewshot.problems import episode_sampler, padded


def answered(*, with_ties: bool) -> tuple[Tensor, Episodes]:
    """Answers to six padded two-way episodes."""
    episodes = padded(episode_sampler(way=2, query=8).sample(6))
    episodes = Episodes(*(part[:, :2] for part in episodes if part is not None))
    logits = torch.randn((*episodes.query_targets.shape, 2), generator=make_generator(0))
    return (logits.round() if with_ties else logits), episodes


@pytest.mark.parametrize("with_ties", [False, True], ids=["no ties", "ties"])
def test_areas_are_scikit_learns(with_ties: bool) -> None:
    logits, episodes = answered(with_ties=with_ties)
    for found, expected in ((roc_auc, roc_auc_score), (average_precision, average_precision_score)):
        areas = found(logits, episodes).tolist()
        for area, answers, targets in zip(areas, logits, episodes.query_targets, strict=True):
            asked = targets >= 0
            scores = (answers[asked][:, 1] - answers[asked][:, 0]).numpy()
            assert area == pytest.approx(expected(targets[asked].numpy(), scores))


def test_delta_is_what_chance_does_not_get() -> None:
    logits, episodes = answered(with_ties=False)
    torch.testing.assert_close(delta_auprc(logits, episodes), average_precision(logits, episodes) - 0.5)


def test_more_than_two_ways_have_no_area() -> None:
    episodes = episode_sampler(way=3).sample(1)
    with pytest.raises(TrainingError, match="have 3 ways; this score wants 2"):
        roc_auc(torch.zeros((1, 12, 3)), episodes)


def test_a_perfect_ranking_is_one() -> None:
    episodes = episode_sampler(way=2).sample(2)
    logits = torch.nn.functional.one_hot(episodes.query_targets, 2).float()
    assert np.allclose(roc_auc(logits, episodes), 1.0)
    assert np.allclose(average_precision(logits, episodes), 1.0)
