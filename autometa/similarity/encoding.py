"""RankEncoding: meta-features as numbers between 0 and 1 that no outlier, unit or gap can upset.

Shapes: k data sets, m features of the pack, p of them used, q knots, r flags.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.errors import IncompatibleMetaFeaturesError
from autometa.metafeatures.base import Feature, MetaFeatureTable

N_KNOTS = 64


@dataclass(frozen=True, slots=True, eq=False)
class RankEncoding:
    """Each feature's mid-rank among the data sets of the training; 0.5 and a flag where it is missing.

    Attributes:
        pack: of the meta-features.
        version: of the pack.
        names: (m,) feature names of the pack.
        columns: (p,) positions of the features that vary.
        knots: (p, q) ordered training values (evenly spaced quantiles), NaN nowhere.
        flagged: (r,) positions of features whose absence differs between data sets, one per pattern.
    """

    pack: str
    version: int
    names: tuple[str, ...]
    columns: NDArray[np.int64]
    knots: FloatArray
    flagged: NDArray[np.int64]

    @classmethod
    def of(cls, table: MetaFeatureTable, features: tuple[Feature, ...]) -> Self:
        """Learn ranks and flags from a table.

        Args:
            table: (k, m) of the training.
            features: of the pack; those with `in_distance` False are left out.
        """
        compared = {feature.name for feature in features if feature.in_distance}
        missing = np.isnan(table.values)
        columns, flagged, seen = [], [], set()
        for column, name in enumerate(table.names):
            present = table.values[~missing[:, column], column]
            if name in compared and len(np.unique(present)) > 1:
                columns.append(column)
                pattern = missing[:, column].tobytes()
                if missing[:, column].any() and pattern not in seen:
                    seen.add(pattern)
                    flagged.append(column)
        return cls(
            table.pack,
            table.version,
            table.names,
            np.array(columns, dtype=np.int64),
            np.array([_knots(table.values[:, column]) for column in columns]).reshape(len(columns), N_KNOTS),
            np.array(flagged, dtype=np.int64),
        )

    @property
    def n_inputs(self) -> int:
        """Columns of `encode`: p + r."""
        return len(self.columns) + len(self.flagged)

    def encode(self, values: FloatArray) -> FloatArray:
        """(k, p + r) in [0, 1] without NaN: mid-ranks, then flags that are 1 where the feature is missing.

        Args:
            values: (k, m) of the pack, NaN where a feature does not apply.
        """
        ranks = np.empty((len(values), len(self.columns)))
        for place, column in enumerate(self.columns):
            knots, asked = self.knots[place], values[:, column]
            ranks[:, place] = np.searchsorted(knots, asked, "left") + np.searchsorted(knots, asked, "right")
        ranks = np.where(np.isnan(values[:, self.columns]), 0.5, ranks / (2.0 * N_KNOTS))
        return np.hstack([ranks, np.isnan(values[:, self.flagged])])

    def check_comparable(self, table: MetaFeatureTable) -> None:
        """Raise unless the table's numbers mean the same as those of the training.

        Raises:
            IncompatibleMetaFeaturesError: another pack, version or list of names.
        """
        if (self.pack, self.version, self.names) != (table.pack, table.version, table.names):
            raise IncompatibleMetaFeaturesError(
                f"a similarity learned on meta-features {self.pack} v{self.version} against "
                f"{table.pack} v{table.version}; train again with `autometa similarity train`"
            )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, as an .npz keeps them."""
        return {
            "pack": np.array(self.pack),
            "version": np.array(self.version),
            "names": np.array(self.names),
            "columns": self.columns,
            "knots": self.knots,
            "flagged": self.flagged,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The encoding that `to_arrays` gave."""
        return cls(
            str(arrays["pack"]),
            int(arrays["version"]),
            tuple(str(name) for name in arrays["names"]),
            arrays["columns"],
            arrays["knots"],
            arrays["flagged"],
        )


def _knots(values: FloatArray) -> FloatArray:
    """(q,) values that really occur, so that ties stay ties."""
    present = values[~np.isnan(values)]
    shares = (np.arange(N_KNOTS) + 0.5) / N_KNOTS
    return np.quantile(present, shares, method="inverted_cdf")
