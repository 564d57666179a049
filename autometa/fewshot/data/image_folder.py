"""Folders of images, one folder a class, as mini- and tiered-ImageNet, CIFAR-FS and CUB come.

The parts are folders (train, val, test), lists (train.txt, val.txt, test.txt with a class a line; train.csv,
val.csv, test.csv with a file name and a class a line), or drawn at random from the classes.

Shapes: n images, s × s pixels.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from autometa.errors import InvalidDatasetError
from autometa.fewshot.augmentation import random_flip
from autometa.fewshot.data.class_data import ClassData, random_parts
from autometa.fewshot.data.images import decode_image, require_pillow, resized
from autometa.fewshot.data.parts import DataParts

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
PICKLES = {".pkl", ".pickle"}
PARTS = (("train", "base"), ("val", "valid", "validation"), ("test", "novel"))
LIST_FOLDERS = (".", "split*", "split*/*")
IMAGE_FOLDERS = ("images", "data", ".")
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the images of ImageNet, in [0, 1]

Files = dict[str, list[Path]]  # class → its images


def read_image_folder(path: Path, *, split: str | None = None, seed: int = 0, size: int = 84) -> DataParts:
    """All images, cut to the central square and resized; training images are flipped at random.

    Args:
        path: the folder.
        split: folder with lists of classes; those of the folder itself where None, else random parts.
        seed: of random parts.
        size: s.

    Raises:
        InvalidDatasetError: no images, or pickles instead.
        UnknownNameError: Pillow is not installed, or a list names a class that is not there.
    """
    require_pillow()
    divided = _part_folders(path) or _listed(path, Path(split) if split else path)
    if divided is None:
        train, validation, test = random_parts(_read(_required(path, _by_folder(path)), size), seed=seed)
    else:
        train, validation, test = (_read(_required(path, files), size) for files in divided)
    return DataParts(path.name, train, validation, test, normalise=normalise_colour, augment=random_flip)


def normalise_colour(examples: Tensor) -> Tensor:
    """(k, 3, s, s) bytes with the mean and deviation of ImageNet taken out."""
    mean, deviation = (torch.tensor(v, device=examples.device)[:, None, None] for v in (MEAN, DEVIATION))
    return (examples / 255.0 - mean) / deviation


def _part_folders(path: Path) -> list[Files] | None:
    """The classes of train, val and test, if these are folders."""
    folders = [next((path / name for name in names if (path / name).is_dir()), None) for names in PARTS]
    present = [folder for folder in folders if folder is not None]
    return [_by_folder(folder) for folder in present] if len(present) == len(PARTS) else None


def _listed(path: Path, lists: Path) -> list[Files] | None:
    """The classes of each list, if there are lists."""
    found = [_list_of(lists, names) for names in PARTS]
    present = [file for file in found if file is not None]
    if len(present) < len(PARTS):
        return None
    if present[0].suffix == ".csv":
        return [_from_csv(path, file) for file in present]
    classes = _by_folder(path)
    return [_chosen(classes, file) for file in present]


def _list_of(folder: Path, names: tuple[str, ...]) -> Path | None:
    candidates = [
        file
        for name in names
        for suffix in (".txt", ".csv")
        for inside in LIST_FOLDERS
        for file in sorted(folder.glob(f"{inside}/*{name}{suffix}" if inside != "." else f"*{name}{suffix}"))
    ]
    return candidates[0] if candidates else None


def _chosen(classes: Files, file: Path) -> Files:
    names = [
        line.strip().strip("/") for line in file.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    missing = [name for name in names if name not in classes]
    if missing:
        raise InvalidDatasetError(
            f"{file} lists {len(names)} classes, and {len(missing)} have no folder of images, "
            f"e.g. {missing[0]!r}"
        )
    return {name: classes[name] for name in names}


def _from_csv(path: Path, file: Path) -> Files:
    """Lists of Ravi & Larochelle: a head, then file name and class."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines) if len(row) >= 2][1:]
    folder = next(path / name for name in IMAGE_FOLDERS if (path / name).is_dir())
    files: Files = {}
    for name, label, *_ in rows:
        files.setdefault(label, []).append(folder / name)
    return files


def _by_folder(path: Path) -> Files:
    """Every folder with images in it, below `images` or `data` if there is one."""
    for inside in IMAGE_FOLDERS:
        root = path / inside
        folders = sorted(folder for folder in root.glob("*") if folder.is_dir()) if root.is_dir() else []
        files = {folder.name: sorted(_images(folder)) for folder in folders}
        if any(files.values()):
            return {name: images for name, images in files.items() if images}
    return {}


def _images(folder: Path) -> Iterator[Path]:
    """Directly in the class's folder, or one below, as in mini-ImageNet's `n01532829/images`."""
    for pattern in ("*", "*/*"):
        yield from (file for file in folder.glob(pattern) if file.suffix.lower() in SUFFIXES)


def _required(path: Path, files: Files) -> Files:
    if files:
        return files
    pickles = [file.name for file in path.glob("*") if file.suffix in PICKLES]
    if pickles:
        raise InvalidDatasetError(
            f"{path} holds pickles ({pickles[0]}), which can run any code when they are opened and are not "
            "read here; convert them once where you trust them: np.savez('data.npz', x=images, y=labels), "
            "images (n, h, w, c) uint8 and one label a row, and give that file"
        )
    raise InvalidDatasetError(
        f"no folders with images in {path}; wanted one folder a class, or train, val, test"
    )


def _read(files: Files, size: int) -> ClassData:
    images, labels = [], []
    for name, paths in files.items():
        for path in paths:
            pixels = _decoded(path)
            images.append(resized(pixels, size).transpose(2, 0, 1))
            labels.append(name)
    return ClassData.of(np.stack(images), np.array(labels))


def _decoded(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    try:
        return decode_image(path.read_bytes(), grey=False)
    except (InvalidDatasetError, OSError) as error:
        raise InvalidDatasetError(f"{path}: {error}") from error
