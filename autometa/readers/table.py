"""Table: a data frame understood, i.e. the raw inputs, the Dataset made of them, and what was decided on the way."""

from dataclasses import dataclass

import pandas as pd

from autometa.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table ready for learning.

    Attributes:
        frame: the raw inputs, rows with a known target only; what pipelines are fitted on.
        dataset: the same as arrays.
        notes: sentences about what was chosen for the user and what was noticed.
    """

    frame: pd.DataFrame
    dataset: Dataset
    notes: tuple[str, ...] = ()
