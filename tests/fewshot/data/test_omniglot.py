"""Omniglot: the archives give the recorded pixels, and the splits are the published lists."""

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.fewshot.data.omniglot import read_omniglot
from autometa.fewshot.data.omniglot_splits import omniglot_split

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "omniglot"
needs_omniglot = pytest.mark.skipif(
    not (SHARED / "omniglot.npz").is_file(), reason="Omniglot is not at ../shared/data/omniglot"
)


def png(pixels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def write_archives(folder: Path, drawings: dict[str, np.ndarray], *, zipped: bool) -> None:
    for index, (name, paper) in enumerate(drawings.items()):
        archive = ("images_background", "images_evaluation")[index % 2]
        inside = f"{archive}/{name}.png"
        if zipped:
            with zipfile.ZipFile(folder / f"{archive}.zip", "a") as file:
                file.writestr(inside, png(paper))
        else:
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            (folder / inside).write_bytes(png(paper))


def blank_with_ink_above() -> np.ndarray:
    paper = np.full((105, 105), 255, dtype=np.uint8)
    paper[:30] = 0
    return paper


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "folder"])
def test_archives_become_characters_with_ink_one(tmp_path: Path, zipped: bool) -> None:
    drawings = {
        "Greek/character01/0001_01": blank_with_ink_above(),
        "Latin/character02/0002_01": np.full((105, 105), 255, np.uint8),
    }
    write_archives(tmp_path, drawings, zipped=zipped)
    data = read_omniglot(tmp_path, rotations=False)
    assert data.names == ("Greek/character01", "Latin/character02")
    assert data.examples.shape == (2, 1, 28, 28)
    assert data.examples[0, 0, 0].tolist() == [255] * 28  # ink
    assert data.examples[0, 0, -1].tolist() == [0] * 28  # paper
    assert int(data.examples[1].max()) == 0


def test_rotations_are_classes_of_their_own(tmp_path: Path) -> None:
    write_archives(tmp_path, {"Greek/character01/0001_01": blank_with_ink_above()}, zipped=True)
    data = read_omniglot(tmp_path)
    assert data.names == tuple(f"Greek/character01/rot{angle:03d}" for angle in (0, 90, 180, 270))
    edges = {"top": (0, slice(None)), "left": (slice(None), 0), "bottom": (-1, slice(None))}
    for position, edge in enumerate(("top", "left", "bottom")):
        assert int(data.examples[position, 0][edges[edge]].min()) == 255


def test_a_folder_without_archives_says_where_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(InvalidDatasetError, match=r"no images_background\.zip .* get them from https://"):
        read_omniglot(tmp_path)


def test_another_npz_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(InvalidDatasetError, match="is no Omniglot"):
        read_omniglot(tmp_path / "other.npz")


def test_there_are_three_splits() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'vinyals'"):
        omniglot_split(["Greek/character01"], "vinyal")


@pytest.fixture(scope="module")
def names() -> tuple[str, ...]:
    with np.load(SHARED / "omniglot.npz") as arrays:
        characters = np.unique(arrays["character"])
    return tuple(f"{name}/rot{angle:03d}" for name in characters for angle in (0, 90, 180, 270))


@needs_omniglot
def test_vinyals_split_is_the_published_list(names: tuple[str, ...]) -> None:
    found = omniglot_split(names, "vinyals")
    for part, file in zip(found, ("train", "val", "test"), strict=True):
        assert set(part) == set((SHARED / "splits_vinyals" / f"{file}.txt").read_text().split())


@needs_omniglot
def test_lakes_split_is_that_of_the_archives(names: tuple[str, ...]) -> None:
    with np.load(SHARED / "omniglot.npz") as arrays:
        background = set(arrays["character"][arrays["split"] == "background"].tolist())
    found = omniglot_split(names, "lake")
    assert {name.rsplit("/", 1)[0] for name in found.train + found.validation} == background
    assert len(found.test) == 4 * 659


@needs_omniglot
@pytest.mark.parametrize("split", ["vinyals", "lake", "random"])
def test_splits_share_no_character(names: tuple[str, ...], split: str) -> None:
    parts = [{name.rsplit("/", 1)[0] for name in part} for part in omniglot_split(names, split)]
    assert sum(len(part) for part in parts) == len(set().union(*parts)) == 1623


@needs_omniglot
def test_random_split_has_the_sizes_of_the_papers(names: tuple[str, ...]) -> None:
    first, again, other = (omniglot_split(names, "random", seed=seed) for seed in (0, 0, 1))
    assert [len(part) // 4 for part in first] == [1150, 50, 423]
    assert first == again != other


@needs_omniglot
def test_an_archives_drawing_is_the_recorded_one(tmp_path: Path) -> None:
    with np.load(SHARED / "omniglot.npz") as arrays:
        ink = np.unpackbits(arrays["packed105"][:1], axis=1)[0, :11025].reshape(105, 105)
        expected = arrays["img28"][0]
    paper = (255 * (1 - ink)).astype(np.uint8)
    write_archives(tmp_path, {"Alphabet_of_the_Magi/character01/0709_01": paper}, zipped=True)
    torch.testing.assert_close(
        read_omniglot(tmp_path, rotations=False).examples[0, 0], torch.from_numpy(expected), rtol=0, atol=0
    )
