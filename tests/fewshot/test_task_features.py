"""Meta-features of task distributions: against second formulas, and what they must not look at."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestCentroid

from autometa.devices import make_generator
from autometa.fewshot import ClassData
from autometa.fewshot.data.parts import DataParts
from autometa.fewshot.task_distribution import SinusoidParts, TaskDistribution
from autometa.fewshot.task_features import AT_ONCE, FEATURES, N_EPISODES, compute
from tests.fewshot.problems import gaussian_classes
from tests.fewshot.test_task_distribution import assay_parts

SPREAD = gaussian_classes(n_classes=15, shape=(6,))
NOISE = torch.randn(SPREAD.examples.shape, generator=make_generator(5))
DATA = replace(SPREAD, examples=SPREAD.examples + 3.0 * NOISE)
IMAGES = gaussian_classes(n_classes=15, shape=(1, 8, 8))


def distribution(data: ClassData = DATA) -> TaskDistribution:
    parts = DataParts("blobs", *(data.select(data.names[start : start + 5]) for start in (0, 5, 10)))
    return TaskDistribution(parts, way=3, shot=2, query=4)


@pytest.fixture(scope="module")
def numbers() -> dict[str, float]:
    return compute(distribution())


def test_the_nearest_class_mean_agrees_with_scikit_learn(numbers: dict[str, float]) -> None:
    sampler, hits = distribution().sampler("train"), []
    for _ in range(N_EPISODES // AT_ONCE):
        batch = sampler.sample(AT_ONCE)
        for support, query in zip(batch.support.numpy(), batch.query.numpy(), strict=True):
            model = NearestCentroid().fit(support.reshape(6, 6), np.repeat(range(3), 2))
            hits.append(model.score(query.reshape(12, 6), np.repeat(range(3), 4)))
    accuracy = np.mean(hits)
    assert 0.4 < accuracy < 0.95  # neither chance nor trivial
    assert numbers["raw_centroid"] == pytest.approx((accuracy - 1 / 3) / (2 / 3), abs=1e-6)


def test_the_share_within_classes_agrees_with_an_analysis_of_variance(numbers: dict[str, float]) -> None:
    sampler, shares = distribution().sampler("train"), []
    for _ in range(N_EPISODES // AT_ONCE):
        for query in sampler.sample(AT_ONCE).query.numpy():  # (W, Q, d)
            total = query.reshape(12, 6).var(axis=0).sum()
            shares.append(query.var(axis=1).mean(axis=0).sum() / total)
    assert numbers["within_share"] == pytest.approx(np.mean(shares), rel=1e-4)


def test_values_and_sizes_are_what_they_say(numbers: dict[str, float]) -> None:
    assert numbers["log_ways"] == pytest.approx(math.log(3))
    assert numbers["log_train_classes"] == pytest.approx(math.log(5))
    assert (numbers["is_image"], numbers["is_regression"]) == (0.0, 0.0)
    assert math.isnan(numbers["roughness"])
    assert numbers["deviation"] == pytest.approx(float(DATA.examples[:50].std()), rel=0.1)
    assert list(numbers) == [feature.name for feature in FEATURES]


def test_measuring_twice_gives_the_same_and_test_classes_count_for_nothing(
    numbers: dict[str, float],
) -> None:
    tasks = distribution()
    assert isinstance(tasks.parts, DataParts)
    other = gaussian_classes(n_classes=5, shape=(6,))
    changed = replace(tasks, parts=replace(tasks.parts, test=other, validation=other))
    state = torch.get_rng_state()
    again = compute(changed)
    assert torch.equal(state, torch.get_rng_state())
    np.testing.assert_array_equal(list(again.values()), list(numbers.values()))


def test_images_sinusoids_and_molecules_have_the_same_numbers() -> None:
    images = compute(distribution(IMAGES))
    assert not any(math.isnan(value) for value in images.values())
    assert images["roughness"] > 1.0  # white noise: neighbours differ by 2 / sqrt(pi) deviations
    curves = compute(TaskDistribution(SinusoidParts(), shot=5))
    assert curves["is_regression"] == 1.0
    assert math.isnan(curves["raw_centroid"])
    molecules = compute(TaskDistribution(assay_parts(), shot=2, query=4))
    assert molecules["log_ways"] == pytest.approx(math.log(2))
    assert -1.0 <= molecules["raw_centroid"] <= 1.0
    assert list(images) == list(curves) == list(molecules)
