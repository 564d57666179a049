"""Omniglot (Lake, Salakhutdinov & Tenenbaum 2015): 1,623 characters of 50 alphabets, 20 drawings of each.

Ink is 1, paper 0; 28 × 28 pixels, as the papers have it. Rotations by 90, 180 and 270 degrees count as
further classes (Santoro et al. 2016), and stay in the split of their character.
"""

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.data.images import decode_image, resized

SIZE = 28
ARCHIVES = ("images_background", "images_evaluation")  # Lake's split: 30 and 20 alphabets
WHERE = "https://github.com/brendenlake/omniglot, python/images_background.zip and images_evaluation.zip"


class Drawings(NamedTuple):
    """All drawings: (n, 28, 28) uint8 with ink 255, and n names "alphabet/characterNN"."""

    images: NDArray[np.uint8]
    characters: NDArray[np.str_]


def read_omniglot(path: Path, *, rotations: bool = True) -> ClassData:
    """All characters as classes "alphabet/characterNN", with "/rot000" … "/rot270" appended if rotated.

    Args:
        path: an .npz with `img28` and `character`, or the folder of the published archives, zipped or not.
        rotations: four classes a character.

    Raises:
        InvalidDatasetError: neither is there.
    """
    images, characters = _from_npz(path) if path.is_file() else _from_archives(path)
    if not rotations:
        return ClassData.of(images[:, None], characters)
    turned = [np.rot90(images, quarter, axes=(1, 2)) for quarter in range(4)]
    names = [np.char.add(characters, f"/rot{90 * quarter:03d}") for quarter in range(4)]
    return ClassData.of(np.concatenate(turned)[:, None], np.concatenate(names))


def _from_npz(path: Path) -> Drawings:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Drawings(arrays["img28"], arrays["character"])
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise InvalidDatasetError(
            f"{path} is no Omniglot: {error}; wanted an .npz with img28 (n, 28, 28) and character (n,), "
            f"or the folder of the archives from {WHERE}"
        ) from error


def _from_archives(folder: Path) -> Drawings:
    """The drawings of both archives, resized as the papers did (Lanczos)."""
    files = {name: content for archive in ARCHIVES for name, content in _members(folder, archive)}
    if not files:
        raise InvalidDatasetError(
            f"no {ARCHIVES[0]}.zip or {ARCHIVES[1]}.zip in {folder}; get them from {WHERE}"
        )
    names = sorted(files)
    images = [resized(decode_image(files[name], grey=True), SIZE)[:, :, 0] for name in names]
    characters = ["/".join(Path(name).parts[-3:-1]) for name in names]
    return Drawings(255 - np.stack(images), np.array(characters))


def _members(folder: Path, archive: str) -> list[tuple[str, bytes]]:
    zipped = folder / f"{archive}.zip"
    if zipped.is_file():
        with zipfile.ZipFile(zipped) as file:
            return [(name, file.read(name)) for name in file.namelist() if name.endswith(".png")]
    return [(str(path), path.read_bytes()) for path in (folder / archive).glob("*/*/*.png")]
