"""MetaFeatures: named, versioned numbers that describe a data set, and the table of many data sets' numbers.

Shapes: m features, k data sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from autometa.dataset import FloatArray
from autometa.errors import IncompatibleMetaFeaturesError

_NO_REASONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Feature:
    """What one meta-feature is.

    Attributes:
        name: stable within a version of its pack.
        group: the feature's group, e.g. "landmarks".
        definition: formula, unit, range and when it does not apply, in one or two sentences.
        source: authors and year, or the program whose definition it is.
        in_distance: False for what must not enter a similarity (raw sizes in bytes).
    """

    name: str
    group: str
    definition: str
    source: str
    in_distance: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class MetaFeatures:
    """The meta-features of one data set.

    Attributes:
        pack: "core", "openml" or "askl".
        version: of the pack's definitions; numbers of different versions are not comparable.
        names: (m,) feature names.
        values: (m,) float64; NaN means "does not apply", never 0.
        reasons: for every NaN, one sentence why.
    """

    pack: str
    version: int
    names: tuple[str, ...]
    values: FloatArray
    reasons: Mapping[str, str] = field(default_factory=lambda: _NO_REASONS)

    def __post_init__(self) -> None:
        """Check the shapes, and that nothing is infinite."""
        if self.values.shape != (len(self.names),):
            raise IncompatibleMetaFeaturesError(
                f"{len(self.names)} names for values of shape {self.values.shape}"
            )
        if np.isinf(self.values).any():
            raise IncompatibleMetaFeaturesError(
                f"{self.names[int(np.isinf(self.values).argmax())]} is infinite"
            )

    def as_dict(self) -> dict[str, float | None]:
        """Numbers by name; None where a feature does not apply."""
        return {
            name: None if np.isnan(value) else float(value)
            for name, value in zip(self.names, self.values, strict=True)
        }


@dataclass(frozen=True, slots=True, eq=False)
class MetaFeatureTable:
    """The meta-features of many data sets.

    Attributes:
        pack: as in `MetaFeatures`.
        version: as in `MetaFeatures`.
        dataset_ids: (k,) keys of the data sets.
        names: (m,) feature names.
        values: (k, m) float64, NaN as in `MetaFeatures`.
    """

    pack: str
    version: int
    dataset_ids: tuple[str, ...]
    names: tuple[str, ...]
    values: FloatArray

    def __post_init__(self) -> None:
        """Check the shapes."""
        wanted = (len(self.dataset_ids), len(self.names))
        if self.values.shape != wanted:
            raise IncompatibleMetaFeaturesError(f"values of shape {self.values.shape}; wanted {wanted}")

    def check_comparable(self, query: MetaFeatures) -> None:
        """Raise unless the query's numbers mean the same as the table's.

        Raises:
            IncompatibleMetaFeaturesError: another pack, version or list of names.
        """
        mine, other = (self.pack, self.version), (query.pack, query.version)
        if mine != other or self.names != query.names:
            raise IncompatibleMetaFeaturesError(
                f"meta-features {other[0]} v{other[1]} against {mine[0]} v{mine[1]}; "
                "extract both with the same version of autometa"
            )
