"""Episodes as they are usually drawn: a file opened for every image, or all kept in memory."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from autometa.devices import make_generator
from autometa.fewshot import ClassData, EpisodeSampler
from autometa.fewshot.data.omniglot import read_omniglot
from benchmarks.episode_methods import Method

N_CLASSES, WAY, SHOT, QUERY, N_EPISODES = 200, 5, 1, 15, 4


@contextmanager
def loader_methods(file: Path) -> Iterator[dict[str, Method]]:
    """Methods that draw 4 episodes, 5-way 1-shot 15-query, from 200 classes.

    Args:
        file: Omniglot as `.npz`; its images of 28 × 28 pixels are written as PNG to a folder that goes again.
    """
    whole = read_omniglot(file, rotations=False)
    data = whole.select(whole.names[:N_CLASSES])
    with TemporaryDirectory() as folder:
        files = _write(data, Path(folder))
        pixels = [[_bytes(path) for path in paths] for paths in files]
        kept = [[_floats(image) for image in images] for images in pixels]
        sampler = EpisodeSampler(data, way=WAY, shot=SHOT, query=QUERY, generator=make_generator(0))
        yield {
            "images from files": lambda: _episodes(files, lambda path: _floats(_bytes(path))),
            "bytes in memory": lambda: _episodes(pixels, _floats),
            "floats in memory": lambda: _episodes(kept, lambda image: image),
            "autometa": lambda: sampler.sample(N_EPISODES),
        }


def _write(data: ClassData, folder: Path) -> list[list[Path]]:
    files: list[list[Path]] = []
    for label, (start, count) in enumerate(zip(data.starts.tolist(), data.counts.tolist(), strict=True)):
        files.append([folder / f"{label}_{number}.png" for number in range(count)])
        for path, image in zip(files[-1], data.examples[start : start + count], strict=True):
            Image.fromarray(image[0].numpy()).save(path)
    return files


def _bytes(path: Path) -> NDArray[np.uint8]:
    """(28, 28)."""
    with Image.open(path) as image:
        return np.array(image)


def _floats(image: NDArray[np.uint8]) -> Tensor:
    """(1, 28, 28) in [0, 1]."""
    return torch.from_numpy(image[None]).float() / 255.0


def _episodes(classes: list[list[Any]], tensor: Callable[[Any], Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Support (5, 1, 1, 28, 28) and queries (5, 15, 1, 28, 28) of each episode."""
    episodes = []
    for _ in range(N_EPISODES):
        drawn = [
            torch.stack([tensor(one) for one in random.sample(classes[label], SHOT + QUERY)])
            for label in random.sample(range(len(classes)), WAY)
        ]
        both = torch.stack(drawn)
        episodes.append((both[:, :SHOT], both[:, SHOT:]))
    return episodes
