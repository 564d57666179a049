"""A source with many data sets of which alike ones agree: something to learn a similarity from."""

import numpy as np

from autometa.dataset import TaskType
from autometa.metafeatures import features
from autometa.warmstart.sources import Candidate, DatasetInfo
from tests.sources import InMemorySource

N_CANDIDATES = 24


def alike_source(n_datasets: int = 30, seed: int = 0) -> InMemorySource:
    """Candidate j is best where one meta-feature is about j / 24; all other meta-features are noise."""
    rng = np.random.default_rng(seed)
    meta = rng.uniform(size=(n_datasets, len(features("core"))))
    decisive = next(i for i, feature in enumerate(features("core")) if feature.in_distance)
    places = np.linspace(0, 1, N_CANDIDATES)
    scores = 0.95 - 0.4 * np.abs(meta[:, decisive, None] - places[None, :])
    infos = tuple(
        DatasetInfo(f"id{i}", f"toy{i}", f"toy{i}", TaskType.CLASSIFICATION, 200, 5, 2)
        for i in range(n_datasets)
    )
    candidates = tuple(Candidate("logistic_regression", {"C": float(j + 1)}) for j in range(N_CANDIDATES))
    seconds = np.full((n_datasets, N_CANDIDATES), 0.1)
    return InMemorySource(infos, candidates, {"balanced_accuracy": scores}, meta, seconds)
