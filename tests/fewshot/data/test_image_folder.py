"""Image folders in the shapes that the public data sets come in."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from autometa.devices import make_generator
from autometa.errors import InvalidDatasetError
from autometa.fewshot.augmentation import random_flip, random_shift
from autometa.fewshot.data.image_folder import MEAN, normalise_colour, read_image_folder
from autometa.fewshot.data.recognise import open_data


def write_classes(
    folder: Path, names: list[str], *, n_images: int = 3, inside: str = "", suffix: str = "png"
) -> None:
    for index, name in enumerate(names):
        target = folder / name / inside
        target.mkdir(parents=True, exist_ok=True)
        for number in range(3):
            pixels = np.full((12, 16, 3), (40 * index, number, 99), dtype=np.uint8)
            Image.fromarray(pixels).save(target / f"{name}_{number}.{suffix}")


def test_train_val_and_test_folders_are_the_parts(tmp_path: Path) -> None:
    for part, names in (("train", ["a", "b"]), ("val", ["c"]), ("test", ["d", "e"])):
        write_classes(tmp_path / part, names)
    parts = read_image_folder(tmp_path, size=8)
    assert (parts.train.names, parts.validation.names, parts.test.names) == (("a", "b"), ("c",), ("d", "e"))
    assert parts.train.examples.shape == (6, 3, 8, 8)
    assert parts.train.examples[4, :, 0, 0].tolist() == [40, 1, 99]  # class b, image 1


def test_lists_name_the_classes_of_each_part_as_in_cifar_fs(tmp_path: Path) -> None:
    write_classes(tmp_path / "data", ["a", "b", "c", "d"])
    lists = tmp_path / "splits" / "bertinetto"
    lists.mkdir(parents=True)
    for part, names in (("train", "b\nd\n"), ("val", "a\n"), ("test", "c\n")):
        (lists / f"{part}.txt").write_text(names)
    parts = read_image_folder(tmp_path, size=8)
    assert (parts.train.names, parts.validation.names, parts.test.names) == (("b", "d"), ("a",), ("c",))


def test_lists_may_lie_elsewhere_and_images_one_folder_deeper_as_in_mini_imagenet(
    tmp_path: Path,
) -> None:
    write_classes(tmp_path / "data", ["n01", "n02", "n03"], inside="images", suffix="jpeg")
    lists = tmp_path / "lists"
    lists.mkdir()
    for part, name in (("ravi_train", "n02"), ("ravi_val", "n01"), ("ravi_test", "n03")):
        (lists / f"{part}.txt").write_text(name)
    parts = open_data(tmp_path / "data", split=str(lists), image_size=8)
    assert (parts.train.names, parts.test.names) == (("n02",), ("n03",))
    assert parts.train.counts.tolist() == [3]


def test_csv_lists_name_files_and_classes_as_in_mini_imagenet(tmp_path: Path) -> None:
    write_classes(tmp_path, ["images"])
    for number, part in enumerate(("train", "val", "test")):
        (tmp_path / f"{part}.csv").write_text(f"filename,label\nimages_{number}.png,n0{number}\n")
    parts = read_image_folder(tmp_path, size=8)
    assert (parts.train.names, parts.validation.names, parts.test.names) == (("n00",), ("n01",), ("n02",))
    assert int(parts.test.examples[0, 1, 0, 0]) == 2


def test_classes_without_lists_are_divided_at_random_as_in_cub(tmp_path: Path) -> None:
    write_classes(tmp_path / "images", [f"{index:03d}.bird" for index in range(10)])
    parts = read_image_folder(tmp_path, size=8, seed=3)
    groups = [parts.train.names, parts.validation.names, parts.test.names]
    assert [len(group) for group in groups] == [6, 2, 2]
    assert len(set().union(*groups)) == 10


def test_pickles_are_refused_with_the_way_to_convert_them(tmp_path: Path) -> None:
    (tmp_path / "mini-imagenet-cache-train.pkl").write_bytes(b"")
    with pytest.raises(InvalidDatasetError, match=re.escape("np.savez('data.npz', x=images, y=labels)")):
        open_data(tmp_path)


def test_an_empty_folder_says_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(InvalidDatasetError, match="wanted one folder a class"):
        open_data(tmp_path)


def test_a_list_with_an_unknown_class_says_which(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"])
    for part in ("train", "val", "test"):
        (tmp_path / f"{part}.txt").write_text("a\nz\n")
    with pytest.raises(InvalidDatasetError, match="1 have no folder of images"):
        read_image_folder(tmp_path, size=8)


def test_a_broken_image_is_named(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b", "c"])
    (tmp_path / "b" / "b_1.png").write_bytes(b"no image")
    with pytest.raises(InvalidDatasetError, match=r"b_1\.png: "):
        read_image_folder(tmp_path, size=8)


def test_images_are_cut_to_the_central_square(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
        pixels = np.zeros((8, 16, 3), dtype=np.uint8)
        pixels[:, 4:12] = 200
        Image.fromarray(pixels).save(tmp_path / name / "wide.png")
    assert int(read_image_folder(tmp_path, size=8).train.examples.min()) == 200


def test_colours_are_normalised_by_imagenets() -> None:
    mean = (torch.tensor(MEAN) * 255).round().to(torch.uint8)[None, :, None, None].expand(1, 3, 2, 2)
    assert float(normalise_colour(mean).abs().max()) < 0.01


def test_flips_mirror_about_half_of_the_images() -> None:
    images = torch.rand((200, 1, 3, 3), generator=make_generator(0))
    flipped = random_flip(images, make_generator(1))
    is_mirrored = (flipped == images.flip(3)).flatten(1).all(dim=1)
    is_same = (flipped == images).flatten(1).all(dim=1)
    assert bool((is_mirrored ^ is_same).all())
    assert 70 < int(is_mirrored.sum()) < 130


def test_shifts_move_the_image_and_fill_with_zeros() -> None:
    images = torch.zeros((50, 1, 7, 7))
    images[:, 0, 3, 3] = 1.0
    moved = random_shift(images, make_generator(0), n_pixels=2)
    rows, columns = moved[:, 0].sum(dim=2).argmax(dim=1), moved[:, 0].sum(dim=1).argmax(dim=1)
    assert moved.sum(dim=(1, 2, 3)).tolist() == [1.0] * 50
    assert (int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())) == (1, 5, 1, 5)
