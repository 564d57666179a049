"""Table: a data frame understood: the raw inputs, the Dataset made of them, and what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from autometa.dataset import Dataset

_NO_NOTES: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table ready for learning.

    Attributes:
        frame: the raw inputs, rows with a known target only; what pipelines are fitted on.
        dataset: the same as arrays.
        notes: sentences about what was chosen for the user and what was noticed.
        column_notes: for every input column with something to notice, short phrases about it.
    """

    frame: pd.DataFrame
    dataset: Dataset
    notes: tuple[str, ...] = ()
    column_notes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_NOTES)

    @property
    def labels(self) -> NDArray[Any]:
        """(n,) the target as it stands in the table: class names, or numbers."""
        target = self.dataset.target
        return np.array(self.dataset.class_names)[target] if self.dataset.class_names else target
