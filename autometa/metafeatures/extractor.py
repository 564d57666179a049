"""extract: the meta-features of a data set, from one of three packs."""

from importlib import import_module
from types import ModuleType

from autometa.dataset import Dataset
from autometa.errors import UnknownNameError
from autometa.metafeatures.base import Feature, MetaFeatures

PACKS = {
    "core": "autometa.metafeatures.core_pack",
    "openml": "autometa.metafeatures.openml_pack",
    "askl": "autometa.metafeatures.askl_pack",
}


def extract(dataset: Dataset, pack: str = "core", *, seed: int = 0) -> MetaFeatures:
    """Measure a data set.

    Args:
        dataset: what to measure.
        pack: "core" (107, for similarity), "openml" or "askl" (their definitions, under their names).
        seed: of what is sampled in "core"; the other packs draw nothing.

    Returns:
        A number for every feature of the pack; NaN, with a reason, where one does not apply.

    Raises:
        UnknownNameError: there is no such pack.

    >>> import numpy as np
    >>> from autometa.dataset import Column, ColumnKind, TaskType
    >>> x = np.arange(40.0)[:, None]
    >>> y = (x[:, 0] > 19).astype(np.int64)
    >>> columns = (Column("x", ColumnKind.NUMERIC, is_float=True),)
    >>> codes = np.empty((40, 0), dtype=np.int64)
    >>> table = Dataset("steps", x, codes, y, TaskType.CLASSIFICATION, columns, class_names=("low", "high"))
    >>> extract(table).as_dict()["class_entropy"]
    1.0
    """
    module = _module(pack)
    values, reasons = module.compute(dataset, seed=seed) if pack == "core" else module.compute(dataset)
    names = tuple(feature.name for feature in module.FEATURES)
    return MetaFeatures(pack, module.VERSION, names, values, reasons)


def features(pack: str = "core") -> tuple[Feature, ...]:
    """What each number of a pack means, in the order of `extract`.

    Raises:
        UnknownNameError: there is no such pack.
    """
    found: tuple[Feature, ...] = _module(pack).FEATURES
    return found


def _module(pack: str) -> ModuleType:
    if pack not in PACKS:
        raise UnknownNameError.of("pack of meta-features", pack, list(PACKS))
    return import_module(PACKS[pack])
