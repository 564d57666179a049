"""Episodes: labels are way indices, padding has none."""

import torch

from tests.fewshot.problems import episode_sampler, padded


def test_labels_go_way_by_way() -> None:
    episodes = episode_sampler(way=3, shot=2, query=4).sample(5)
    assert episodes.support_targets.tolist() == [[0, 0, 1, 1, 2, 2]] * 5
    assert episodes.query_targets.tolist() == [[0] * 4 + [1] * 4 + [2] * 4] * 5
    assert torch.equal(episodes.query_inputs[:, 6], episodes.query[:, 1, 2])
    assert torch.equal(episodes.support_inputs[:, 3], episodes.support[:, 1, 1])


def test_padding_has_no_label_and_no_way() -> None:
    episodes = padded(episode_sampler(way=2, shot=1, query=2).sample(1))
    assert episodes.support_targets.tolist() == [[0, -100, 1, -100, -100, -100]]
    assert episodes.query_targets.tolist() == [[0, 0, -100, 1, 1, -100, -100, -100, -100]]
    assert episodes.way_mask is not None
    assert episodes.way_mask.tolist() == [[True, True, False]]
    assert episode_sampler().sample(1).way_mask is None
