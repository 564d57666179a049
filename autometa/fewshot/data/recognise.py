"""Opening data by what the path holds: Omniglot, an image folder, arrays, molecules."""

import zipfile
from pathlib import Path

import numpy as np

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.assay_parts import FS_MOL_FILES, AssayParts, open_fs_mol, open_tox21
from autometa.fewshot.data.class_data import ClassData, random_parts
from autometa.fewshot.data.image_folder import read_image_folder
from autometa.fewshot.data.omniglot import ARCHIVES, read_omniglot
from autometa.fewshot.data.omniglot_splits import omniglot_split
from autometa.fewshot.data.parts import DataParts, Normalise
from autometa.fewshot.data.tables import Standardisation, read_arrays
from autometa.fewshot.sampler import unit_interval


def open_data(
    path: Path, *, split: str | None = None, seed: int = 0, image_size: int = 84
) -> DataParts | AssayParts:
    """The data at a path, in disjoint parts.

    Args:
        path: Omniglot (.npz or the folder of its archives), a folder of class folders with images, an .npz
            with `x` and `y`, the folder of FS-Mol, or the csv of Tox21.
        split: of Omniglot: "vinyals" (where None), "lake" or "random"; of an image folder: a folder with the
            lists of classes, train.txt, val.txt and test.txt.
        seed: of random splits.
        image_size: pixels to which the images of a folder are brought.

    Raises:
        InvalidDatasetError: nothing that can be read here.
    """
    if not path.exists():
        raise InvalidDatasetError(f"there is no {path}; give a file or a folder")
    if all((path / name).is_file() for name in FS_MOL_FILES):
        return open_fs_mol(path, seed=seed)
    if path.name.lower().startswith("tox21") and ".csv" in path.suffixes:
        return open_tox21(path)
    names = _arrays(path)
    if "img28" in names or any((path / f"{a}.zip").is_file() or (path / a).is_dir() for a in ARCHIVES):
        data = read_omniglot(path)
        train, validation, test = omniglot_split(data.names, split or "vinyals", seed=seed)
        return DataParts("omniglot", data.select(train), data.select(validation), data.select(test))
    if path.is_dir():
        return read_image_folder(path, split=split, seed=seed, size=image_size)
    if {"x", "y"} <= names:
        return array_parts(read_arrays(path), seed=seed)
    raise InvalidDatasetError(
        f"{path} is none of the data known here; wanted Omniglot, a folder of class folders with images, "
        "an .npz with x and y, FS-Mol or Tox21"
    )


def array_parts(data: ClassData, *, seed: int) -> DataParts:
    """Random parts of 64, 16 and 20 % of the classes; vectors are standardised as the training classes are.

    Raises:
        InvalidDatasetError: fewer than three classes.
    """
    train, validation, test = random_parts(data, seed=seed)
    is_image = len(data.feature_shape) == 3
    normalise: Normalise = unit_interval if is_image else Standardisation.of(train)
    return DataParts("images" if is_image else "vectors", train, validation, test, normalise=normalise)


def _arrays(path: Path) -> set[str]:
    """Names of the arrays of an .npz; none if it is something else."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return set()
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return set(arrays.files)
    except (ValueError, OSError, AttributeError):
        return set()
