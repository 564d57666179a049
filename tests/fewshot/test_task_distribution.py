"""Task distributions: the same episodes each time, and a fingerprint of content alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from autometa.fewshot.data.assay_parts import AssayParts
from autometa.fewshot.data.molecules import Assays
from autometa.fewshot.data.parts import DataParts
from autometa.fewshot.data.sinusoids import SinusoidFamily
from autometa.fewshot.task_distribution import SinusoidParts, TaskDistribution
from tests.fewshot.problems import gaussian_classes

DATA = gaussian_classes(n_classes=12)


def parts(name: str = "blobs") -> DataParts:
    return DataParts(name, *(DATA.select(DATA.names[start : start + 4]) for start in (0, 4, 8)))


def assay_parts() -> AssayParts:
    rng = np.random.default_rng(0)
    names = np.repeat(["a", "b", "c"], 20)
    assays = Assays.of(rng.integers(0, 256, (60, 8), dtype=np.uint8), names, rng.random(60) < 0.5)
    return AssayParts("tox21", *(assays.select([name]) for name in "abc"))


@pytest.fixture
def tasks() -> TaskDistribution:
    return TaskDistribution(parts(), way=3, shot=1, query=2)


def test_a_part_gives_the_same_episodes_each_time_and_no_part_another_ones(tasks: TaskDistribution) -> None:
    first, again = (tasks.sampler("validation").sample(4).support for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, tasks.sampler("train").sample(4).support)
    assert tasks.sampler("train", way=4).shape.n_way == 4


def test_names_seeds_and_classes_of_others_do_not_change_the_fingerprint(tasks: TaskDistribution) -> None:
    copied = [
        type(DATA).of(
            torch.cat([data.examples[start : start + 10] for start in data.starts.tolist()]), labels
        )
        for data, labels in (
            (part, [f"other{i:02d}" for i in range(4) for _ in range(10)])
            for part in (tasks.parts.train, tasks.parts.validation, tasks.parts.test)  # type: ignore[attr-defined]
        )
    ]
    alone = DataParts("renamed", *copied)  # nothing else in its tensors
    assert replace(tasks, parts=alone, seed=7).fingerprint() == tasks.fingerprint()


def test_content_split_ways_and_shots_change_the_fingerprint(tasks: TaskDistribution) -> None:
    swapped = replace(parts(), train=parts().test, test=parts().train)
    others = [replace(tasks, way=2), replace(tasks, shot=2), replace(tasks, parts=swapped)]
    sinusoids = [SinusoidParts(), SinusoidParts(SinusoidFamily(frequency=(0.8, 1.2)))]
    others += [TaskDistribution(one) for one in (*sinusoids, assay_parts())]
    prints = {one.fingerprint() for one in [tasks, *others]}
    assert len(prints) == 7
    assert {len(one) for one in prints} == {32}


def test_a_name_says_what_the_episodes_are(tasks: TaskDistribution) -> None:
    assert tasks.name == "blobs 3-way 1-shot"
    assert TaskDistribution(SinusoidParts(), shot=5).name == "sinusoid 5-shot regression"
    molecules = TaskDistribution(assay_parts(), way=5, shot=2, query=4)
    assert molecules.name == "tox21 2-way 2-shot"  # assays have two ways, whatever was asked for
    assert (molecules.n_train_classes, tasks.n_train_classes) == (0, 4)
    assert (molecules.n_examples, tasks.n_examples) == (60, 120)
    assert TaskDistribution(SinusoidParts()).n_examples == 0
