"""What was best on the very data set that is asked about: no similarity can say more than its own history.

Shapes: c candidates.
"""

from collections.abc import Sequence

import numpy as np

from autometa.warmstart.sources import PerformanceTable


def own_best(table: PerformanceTable, dataset_id: str) -> int | None:
    """The candidate with the best score on this data set; None if none was scored there.

    Args:
        table: past scores.
        dataset_id: of the data set that is asked about.
    """
    if dataset_id not in table.dataset_ids:
        return None
    gains = table.gains[table.dataset_ids.index(dataset_id)]  # (c,)
    return None if np.isnan(gains).all() else int(np.nanargmax(gains))


def put_first(best: int, chosen: Sequence[int], n: int) -> list[int]:
    """The best, then the others in their order, n at most; the last of them stays, if it is the only default.

    Args:
        best: candidate to try first.
        chosen: candidates, the first to try first.
        n: how many at most.

    Example:
        >>> put_first(7, [1, 2, 3], 3), put_first(2, [1, 2, 3], 3)
        ([7, 1, 3], [2, 1, 3])
    """
    others = [index for index in chosen if index != best]
    return [best, *others] if len(others) < n else [best, *others[: n - 2], *others[n - 1 :]][:n]
