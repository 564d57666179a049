"""TaskDistribution: the episodes that a few-shot learner is tuned for, in disjoint parts, with a name."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from autometa.devices import make_generator
from autometa.fewshot.data.assay_parts import AssayParts
from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.data.parts import DataParts, Part
from autometa.fewshot.data.sinusoids import SinusoidFamily, SinusoidSampler
from autometa.fewshot.episodes import EpisodeSource

PART_SEEDS: dict[Part, int] = {"train": 0, "validation": 1, "test": 2}  # no part draws another's episodes


class EpisodeParts(Protocol):
    """Data from which the episodes of three parts can be drawn; `DataParts` and `AssayParts` are some."""

    @property
    def name(self) -> str:
        """Of the data set."""
        ...

    def sampler(
        self, part: Part, *, way: int, shot: int, query: int, generator: torch.Generator
    ) -> EpisodeSource:
        """Episodes of one part."""
        ...


@dataclass(frozen=True, slots=True)
class SinusoidParts:
    """A family of sinusoids: its three parts are three streams of curves.

    Attributes:
        family: of the curves.
        name: of the data set.
    """

    family: SinusoidFamily = field(default_factory=SinusoidFamily)
    name: str = "sinusoid"

    def sampler(
        self, part: Part, *, way: int, shot: int, query: int, generator: torch.Generator
    ) -> SinusoidSampler:
        """Episodes; part and way say nothing."""
        del part, way
        return SinusoidSampler(shot=shot, query=query, generator=generator, family=self.family)


@dataclass(frozen=True, slots=True, eq=False)
class TaskDistribution:
    """Episodes of one kind: what a few-shot learner is tuned for.

    Attributes:
        parts: where episodes come from.
        way: classes an episode, in validation and test.
        shot: examples a class to learn from.
        query: queries a class.
        seed: of the episodes.
        device: where the parts are.
        data_name: of the data, for people; that of the parts where None.
    """

    parts: EpisodeParts
    way: int = 5
    shot: int = 1
    query: int = 15
    seed: int = 0
    device: str | torch.device = "cpu"
    data_name: str | None = None

    @property
    def name(self) -> str:
        """For people, e.g. "omniglot 5-way 1-shot"."""
        shape = self.sampler("validation").shape
        kind = (
            f"{shape.n_shot}-shot regression" if shape.n_targets else f"{shape.n_way}-way {shape.n_shot}-shot"
        )
        return f"{self.family} {kind}"

    @property
    def family(self) -> str:
        """What episodes of other ways and shots from the same data share."""
        return self.data_name or self.parts.name

    @property
    def n_train_classes(self) -> int:
        """Classes that training may choose from; 0 where episodes have fixed ways."""
        return self.parts.train.n_classes if isinstance(self.parts, DataParts) else 0

    @property
    def n_examples(self) -> int:
        """Of all three parts; 0 where they are made as they are drawn."""
        return sum(int(data.counts.sum()) for data in _class_data(self.parts))

    def sampler(self, part: Part, *, way: int | None = None) -> EpisodeSource:
        """Episodes of one part, from the beginning: the same ones each time.

        Args:
            part: which classes.
            way: the distribution's own where None.
        """
        generator = make_generator(3 * self.seed + PART_SEEDS[part], self.device)
        return self.parts.sampler(
            part, way=way or self.way, shot=self.shot, query=self.query, generator=generator
        )

    def fingerprint(self) -> str:
        """32 hexadecimal digits of content, parts, ways and shots: the key in a store.

        Names, seed and device do not count.
        """
        digest = hashlib.blake2b(digest_size=16)
        shape = self.sampler("validation").shape
        digest.update(json.dumps(["episodes", *shape]).encode())
        contents = _class_data(self.parts)
        for data in contents:
            digest.update(_bytes_of(data))
        if not contents:
            digest.update(repr(self.parts).encode())
        return digest.hexdigest()


def _class_data(parts: EpisodeParts) -> list[ClassData]:
    """What the parts hold, part by part; nothing where episodes are made as they are drawn."""
    if isinstance(parts, DataParts):
        return [parts.train, parts.validation, parts.test]
    if isinstance(parts, AssayParts):
        return [parts.train.compounds, parts.validation.compounds, parts.test.compounds]
    return []


def _bytes_of(data: ClassData) -> bytes:
    """The examples of these classes, without those of others that share the tensor."""
    starts, counts = data.starts.tolist(), data.counts.tolist()
    rows = [data.examples[start : start + count] for start, count in zip(starts, counts, strict=True)]
    examples: Tensor = torch.cat(rows).cpu()
    return json.dumps([counts, list(examples.shape), str(examples.dtype)]).encode() + (
        examples.contiguous().numpy().tobytes()
    )
