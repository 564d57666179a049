"""Molecules: every episode is an assay, its two ways are inactive (0) and active (1) compounds.

Compounds are fingerprints, bits packed by eight, unpacked on the device as they are drawn.

Shapes: n measured compounds, t assays, f bits.
"""

import csv
import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autometa.errors import InvalidDatasetError, UnknownNameError
from autometa.fewshot.data.class_data import ClassData

N_BITS, RADIUS = 2048, 2
WAYS = ("inactive", "active")

Fingerprint = Callable[[str], NDArray[np.uint8] | None]  # SMILES → (f / 8,) packed; None if no molecule


@dataclass(frozen=True, slots=True, eq=False)
class Assays:
    """Compounds by assay and activity.

    Attributes:
        compounds: (n, f / 8) packed bits; classes 2 k and 2 k + 1 are inactive and active in assay k.
        names: t names of assays.
    """

    compounds: ClassData
    names: tuple[str, ...]

    @classmethod
    def of(cls, packed: NDArray[np.uint8], assays: Sequence[str], active: NDArray[np.bool_]) -> Self:
        """Sort compounds by assay; an assay without both classes is left out.

        Args:
            packed: (n, f / 8).
            assays: n names.
            active: (n,).

        Raises:
            InvalidDatasetError: no assay has both classes.
        """
        labels = np.array(
            [f"{name}\t{int(is_active)}" for name, is_active in zip(assays, active, strict=True)]
        )
        data = ClassData.of(packed, labels)
        known = set(data.names)
        both = sorted({name for name in assays if {f"{name}\t0", f"{name}\t1"} <= known})
        if not both:
            raise InvalidDatasetError("no assay has both active and inactive compounds")
        return cls(data.select(f"{name}\t{way}" for name in both for way in (0, 1)), tuple(both))

    def select(self, names: Sequence[str]) -> Self:
        """Only these assays.

        Raises:
            UnknownNameError: there is no such assay.
        """
        for name in names:
            if name not in self.names:
                raise UnknownNameError.of("assay", name, list(self.names))
        classes = [f"{name}\t{way}" for name in names for way in (0, 1)]
        return replace(self, compounds=self.compounds.select(classes), names=tuple(names))

    def to(self, device: str | torch.device) -> Self:
        """The same on this device."""
        return replace(self, compounds=self.compounds.to(device))


def read_fs_mol(path: Path) -> Assays:
    """FS-Mol (Stanley et al. 2021) from an .npz with `fp` (n, f / 8) packed, `y` (n,) 0 or 1, `task` (n,).

    Raises:
        InvalidDatasetError: the arrays are not there.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Assays.of(arrays["fp"], arrays["task"].tolist(), arrays["y"] == 1)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidDatasetError(
            f"{path} is no FS-Mol: {error}; wanted an .npz with fp (n, bits / 8) packed, y (n,) and task (n,)"
        ) from error


def read_tox21(path: Path, *, fingerprint: Fingerprint | None = None) -> Assays:
    """Tox21: twelve assays as columns with 0, 1 or nothing, and the molecules as SMILES.

    Args:
        path: of the .csv or .csv.gz, with a column `smiles`; `mol_id` is not an assay.
        fingerprint: of a molecule; Morgan's of radius 2 and 2,048 bits where None, which needs rdkit.

    Raises:
        InvalidDatasetError: no column `smiles`.
        UnknownNameError: rdkit is needed and not installed.
    """
    encode = fingerprint or _morgan()
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or "smiles" not in rows[0]:
        raise InvalidDatasetError(f"{path} has no column 'smiles'; wanted the csv of Tox21")
    encoded = [(encode(row["smiles"]), row) for row in rows]
    found = [
        (bits, name, value == "1")
        for bits, row in encoded
        if bits is not None
        for name, value in row.items()
        if name not in ("mol_id", "smiles") and value in ("0", "1", "0.0", "1.0")
    ]
    bits, names, active = zip(*found, strict=True)
    return Assays.of(np.stack(bits), names, np.array(active))


def unpacked(packed: Tensor) -> Tensor:
    """(k, f) floats 0 and 1 of (k, f / 8) bytes, the highest bit first, as numpy packs them."""
    shifts = torch.arange(7, -1, -1, dtype=torch.uint8, device=packed.device)
    bits = (packed[:, :, None] >> shifts) & 1
    return bits.flatten(1).float()


def _morgan() -> Fingerprint:
    if find_spec("rdkit") is None:
        raise UnknownNameError("fingerprints of SMILES need the package rdkit; pip install rdkit")
    from rdkit import Chem, RDLogger
    from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

    RDLogger.DisableLog("rdApp.*")
    generator = GetMorganGenerator(radius=RADIUS, fpSize=N_BITS)

    def encode(smiles: str) -> NDArray[np.uint8] | None:
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            return None
        packed: NDArray[np.uint8] = np.packbits(generator.GetFingerprintAsNumPy(molecule))
        return packed

    return encode
