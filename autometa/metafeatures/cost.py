"""Group cost: how much memory the table takes."""

import numpy as np

from autometa.metafeatures.base import Feature
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import Measured

FEATURES = (
    Feature(
        "log10_bytes",
        "cost",
        "log10 of the bytes of the arrays: 8 (d + 1) n. Raw size; kept out of every distance.",
        "autometa",
        in_distance=False,
    ),
)


def measure(sample: Sample) -> Measured:
    """The cost group."""
    return {"log10_bytes": float(np.log10(8.0 * (sample.dataset.n_columns + 1) * sample.dataset.n_rows))}
