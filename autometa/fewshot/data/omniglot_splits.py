"""The ways in which the characters of Omniglot are divided into training, validation and test classes."""

from collections.abc import Sequence
from typing import NamedTuple

from autometa.errors import UnknownNameError
from autometa.fewshot.data.class_data import split_classes

N_CHARACTERS = 1623

LAKE_EVALUATION = {
    "Angelic",
    "Atemayar_Qelisayer",
    "Atlantean",
    "Aurek-Besh",
    "Avesta",
    "Ge_ez",
    "Glagolitic",
    "Gurmukhi",
    "Kannada",
    "Keble",
    "Malayalam",
    "Manipuri",
    "Mongolian",
    "Old_Church_Slavonic_(Cyrillic)",
    "Oriya",
    "Sylheti",
    "Syriac_(Serto)",
    "Tengwar",
    "Tibetan",
    "ULOG",
}

# The lists of Vinyals et al. 2016, published with prototypical networks: whole alphabets, but for Gurmukhi.
VINYALS_VALIDATION = {"Armenian", "Bengali", "Early_Aramaic", "Hebrew", "Mkhedruli_(Georgian)"}
VINYALS_TEST = {
    "Kannada",
    "Keble",
    "Malayalam",
    "Manipuri",
    "Mongolian",
    "Old_Church_Slavonic_(Cyrillic)",
    "Oriya",
    "Sylheti",
    "Syriac_(Serto)",
    "Tengwar",
    "Tibetan",
    "ULOG",
}
VINYALS_TEST_CHARACTERS = {f"Gurmukhi/character{number}" for number in (42, 43, 44, 45)}


class Split(NamedTuple):
    """Names of disjoint classes."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def omniglot_split(names: Sequence[str], split: str = "vinyals", *, seed: int = 0) -> Split:
    """The training, validation and test classes.

    Args:
        names: of all classes, rotated or not.
        split: "vinyals" has 1,028, 172 and 423 characters; "lake" his 964 background characters, a tenth of
            them for validation, and 659 for evaluation; "random" 1,150, 50 and 423 irrespective of
            alphabet, as in Santoro et al. 2016 and Antoniou et al. 2019.
        seed: of "random", and of Lake's validation classes.

    Raises:
        UnknownNameError: no such split.
    """
    characters = sorted({_character(name) for name in names})
    if split == "vinyals":
        groups = [[c for c in characters if _vinyals(c) == part] for part in range(3)]
    elif split == "lake":
        background = [c for c in characters if c.split("/")[0] not in LAKE_EVALUATION]
        n_held = len(background) // 10
        kept, held = split_classes(background, [len(background) - n_held, n_held], seed=seed)
        evaluation = [c for c in characters if c.split("/")[0] in LAKE_EVALUATION]
        groups = [list(kept), list(held), evaluation]
    elif split == "random":
        sizes = [round(len(characters) * share / N_CHARACTERS) for share in (1150, 50)]
        sizes = [*sizes, len(characters) - sum(sizes)]
        groups = [list(group) for group in split_classes(characters, sizes, seed=seed)]
    else:
        raise UnknownNameError.of("split of Omniglot", split, ["vinyals", "lake", "random"])
    parts = [set(group) for group in groups]
    return Split(*(tuple(name for name in names if _character(name) in part) for part in parts))


def _character(name: str) -> str:
    return "/".join(name.split("/")[:2])


def _vinyals(character: str) -> int:
    """0 training, 1 validation, 2 test."""
    alphabet = character.split("/")[0]
    if alphabet in VINYALS_TEST or character in VINYALS_TEST_CHARACTERS:
        return 2
    return 1 if alphabet in VINYALS_VALIDATION else 0
