"""Evidence: the similar data sets that speak for a configuration.

Shapes: k known data sets, c candidates.
"""

from collections.abc import Mapping

import numpy as np

from autometa.dataset import FloatArray
from autometa.warmstart.advice import Evidence
from autometa.warmstart.sources import DatasetInfo, PerformanceTable

GOOD_SHARE = 0.1  # a configuration among this share of the best on a data set did well there
MAX_EVIDENCE = 3


def evidence_for(
    candidate: int, table: PerformanceTable, infos: Mapping[str, DatasetInfo], distances: FloatArray
) -> tuple[Evidence, ...]:
    """The most similar data sets on which the candidate is among the best tenth, the closest first.

    Args:
        candidate: its index.
        table: scores of all candidates.
        infos: the data sets by id.
        distances: (k,) from the query; NaN where nothing can be compared.
    """
    gains = np.where(np.isnan(table.gains), -np.inf, table.gains)
    places = 1 + (gains > gains[:, [candidate]]).sum(axis=1)
    n_tried = (~np.isnan(table.scores)).sum(axis=1)
    did_well = places <= np.maximum(GOOD_SHARE * n_tried, 1)
    rows = np.flatnonzero(did_well & ~np.isnan(table.scores[:, candidate]) & ~np.isnan(distances))
    closest = rows[np.argsort(distances[rows], kind="stable")][:MAX_EVIDENCE]
    return tuple(
        Evidence(
            dataset=infos[table.dataset_ids[row]].name,
            distance=float(distances[row]),
            score=float(table.scores[row, candidate]),
            place=int(places[row]),
        )
        for row in closest
    )
