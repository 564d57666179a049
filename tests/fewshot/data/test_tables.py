"""Tables as episodes: nothing missing is left, and scales come from the training classes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from autometa.errors import InvalidDatasetError
from autometa.fewshot.data.tables import Standardisation, read_arrays, table_classes

NUMERIC = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 7.0], [5.0, np.nan]])
LABELS = np.array(["b", "a", "b", "a"])


def test_missing_numbers_become_medians_and_categories_one_hot() -> None:
    data = table_classes(NUMERIC, np.array([[0], [2], [-1], [1]]), LABELS)
    assert data.names == ("a", "b")
    expected = [[3, 5, 0, 0, 1], [5, 6, 0, 1, 0], [1, 6, 1, 0, 0], [3, 7, 0, 0, 0]]
    assert data.examples.tolist() == expected


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(InvalidDatasetError, match="no columns beside its target"):
        table_classes(np.empty((4, 0)), np.empty((4, 0), dtype=np.int64), LABELS)


def test_standardisation_sees_the_training_classes_only() -> None:
    data = table_classes(NUMERIC, np.empty((4, 0), dtype=np.int64), LABELS)
    standardise = Standardisation.of(data.select(["a"]))
    scaled = standardise(data.select(["a"]).examples[:2])
    torch.testing.assert_close(scaled.mean(dim=0), torch.zeros(2))
    torch.testing.assert_close(scaled.square().mean(dim=0), torch.ones(2))
    assert float(standardise(data.examples[2:3])[0, 0]) == -3.0  # (1 - 4) / 1


def test_a_constant_feature_is_not_divided_by_zero() -> None:
    data = table_classes(np.array([[2.0], [2.0], [2.0], [2.0]]), np.empty((4, 0), dtype=np.int64), LABELS)
    assert Standardisation.of(data)(data.examples).tolist() == [[0.0]] * 4


def test_vectors_are_read_from_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "vectors.npz", x=np.arange(6).reshape(3, 2), y=np.array([7, 3, 7]))
    data = read_arrays(tmp_path / "vectors.npz")
    assert (data.names, data.counts.tolist()) == (("3", "7"), [1, 2])
    assert data.examples.tolist() == [[2, 3], [0, 1], [4, 5]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(3)}, "wanted an .npz with x"),
        ({"x": np.zeros(3), "y": np.zeros(3)}, "wanted numbers x"),
        ({"x": np.zeros((3, 1)), "y": np.zeros(2)}, "wanted numbers x"),
        ({"x": np.full((3, 1), "text"), "y": np.zeros(3)}, "wanted numbers x"),
    ],
    ids=["names", "vector", "lengths", "text"],
)
def test_other_arrays_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "vectors.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(InvalidDatasetError, match=message):
        read_arrays(tmp_path / "vectors.npz")


def test_images_are_read_from_arrays_with_channels_first(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 2), dtype=np.uint8)
    np.savez(tmp_path / "images.npz", x=pixels, y=np.array(["a", "a", "b"]))
    data = read_arrays(tmp_path / "images.npz")
    assert data.feature_shape == (2, 5, 4)
    assert data.examples[1, 1, 3, 2] == pixels[1, 3, 2, 1]
