"""Examples with a known truth, for everything that learns a similarity."""

import numpy as np

from autometa.metafeatures.base import Feature, MetaFeatureTable
from autometa.similarity.examples import Examples

N_FEATURES = 6
FEATURES = (
    Feature("decides", "a", "", ""),
    *(Feature(f"noise{i}", "b", "", "") for i in range(N_FEATURES - 2)),
    Feature("bytes", "cost", "", "", in_distance=False),
)
NAMES = tuple(feature.name for feature in FEATURES)


def planted(n_datasets: int = 40, seed: int = 0, *, signal: float = 1.0) -> Examples:
    """The first feature decides which candidate is best; disagreement is its gap, and noise."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(size=(n_datasets, N_FEATURES))
    gap = np.abs(values[:, 0, None] - values[None, :, 0])
    noise = rng.normal(0, 0.02, gap.shape)
    values[3, 2] = np.nan
    regrets = np.abs(values[:, 0, None] - np.linspace(0, 1, 25))
    return Examples(
        meta_table(values),
        signal * regrets,
        signal * gap + noise,
        tuple(f"family{i // 2}" for i in range(n_datasets)),
        FEATURES,
    )


def meta_table(values: np.ndarray) -> MetaFeatureTable:
    """A table in the pack of the planted examples."""
    return MetaFeatureTable("core", 1, tuple(f"d{i}" for i in range(len(values))), NAMES, values)
