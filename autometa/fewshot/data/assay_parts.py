"""Assays ready for few-shot learning: FS-Mol and Tox21 in their training, validation and test assays."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import torch

from autometa.fewshot.data.assay_sampler import AssaySampler
from autometa.fewshot.data.class_data import split_classes
from autometa.fewshot.data.molecules import Assays, Fingerprint, read_fs_mol, read_tox21
from autometa.fewshot.data.parts import Part

FS_MOL_FILES = ("fsmol_train.npz", "fsmol_valid.npz")
TOX21_TEST = ("SR-HSE", "SR-MMP", "SR-p53")  # the last three of twelve, as the few-shot papers have it
TOX21_VALIDATION = ("SR-ATAD5",)


@dataclass(frozen=True, slots=True, eq=False)
class AssayParts:
    """One collection of assays.

    Attributes:
        name: "fsmol" or "tox21".
        train: assays to learn from.
        validation: assays to choose by.
        test: assays to measure on.
    """

    name: str
    train: Assays
    validation: Assays
    test: Assays

    def to(self, device: str | torch.device) -> Self:
        """The same on this device."""
        return replace(
            self,
            train=self.train.to(device),
            validation=self.validation.to(device),
            test=self.test.to(device),
        )

    def sampler(
        self, part: Part, *, way: int, shot: int, query: int, generator: torch.Generator
    ) -> AssaySampler:
        """Balanced episodes of one part.

        Args:
            part: which assays.
            way: not looked at; there are two, inactive and active.
            shot: support compounds a class.
            query: most queries a class.
            generator: on the device of the data.
        """
        del way
        return AssaySampler(getattr(self, part), shot=shot, query=query, generator=generator)


def open_fs_mol(folder: Path, *, seed: int = 0) -> AssayParts:
    """The training assays, a tenth of them for validation, and the official validation assays as test.

    Args:
        folder: with `fsmol_train.npz` and `fsmol_valid.npz`.
        seed: of the tenth.

    Raises:
        InvalidDatasetError: the files are not those.
    """
    training, test = (read_fs_mol(folder / name) for name in FS_MOL_FILES)
    n_held = len(training.names) // 10
    kept, held = split_classes(training.names, [len(training.names) - n_held, n_held], seed=seed)
    return AssayParts("fsmol", training.select(kept), training.select(held), test)


def open_tox21(path: Path, *, fingerprint: Fingerprint | None = None) -> AssayParts:
    """Eight training assays, one for validation, three for the test.

    Args:
        path: of the csv.
        fingerprint: of a molecule, see `read_tox21`.

    Raises:
        InvalidDatasetError: it is not Tox21.
        UnknownNameError: rdkit is needed and not installed.
    """
    assays = read_tox21(path, fingerprint=fingerprint)
    held = {*TOX21_TEST, *TOX21_VALIDATION}
    training = assays.select([name for name in assays.names if name not in held])
    return AssayParts("tox21", training, assays.select(TOX21_VALIDATION), assays.select(TOX21_TEST))
