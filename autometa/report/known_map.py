"""KnownMap: where the known data sets lie by a similarity, with the new one among them, and what won on each.

Shapes: k known data sets, one more if there is a new one; c candidates.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.report.embedding import embed_distances, pairwise
from autometa.report.learner_kinds import UNSCORED, kind_of
from autometa.similarity.base import SimilarityModel
from autometa.similarity.examples import table_row, table_rows
from autometa.warmstart.sources import DatasetInfo, PerformanceTable

MAX_DRAWN = 400  # data sets; of more, those nearest to the new one, or the first ones


@dataclass(frozen=True, slots=True, eq=False)
class KnownMap:
    """Data sets on a map.

    Attributes:
        infos: (k,) the known ones that are drawn.
        coordinates: (k, 2), or (k + 1, 2) with the new one last.
        distances: (k, k) by the similarity, or (k + 1, k + 1) with the new one last.
        winners: (k,) the kind of learner that was best on each; "none" where there is no single best.
        n_known: data sets that could have been drawn.
    """

    infos: tuple[DatasetInfo, ...]
    coordinates: FloatArray
    distances: FloatArray
    winners: tuple[str, ...]
    n_known: int

    @property
    def has_query(self) -> bool:
        """True if the new data set is on the map."""
        return len(self.coordinates) > len(self.infos)

    @property
    def fidelity(self) -> float:
        """Pearson correlation of drawn and true distances; NaN if there is nothing to correlate."""
        upper = np.triu_indices(len(self.distances), 1)
        drawn, true = pairwise(self.coordinates)[upper], self.distances[upper]
        if len(true) < 2 or not drawn.std() or not true.std():
            return float("nan")
        return float(np.corrcoef(drawn, true)[0, 1])

    def nearest(self, n: int) -> list[int]:
        """Positions of the known data sets nearest to the new one, the nearest first."""
        return [int(place) for place in np.argsort(self.distances[-1, : len(self.infos)], kind="stable")[:n]]

    def agreement(self) -> tuple[float, float]:
        """How often the nearest data set of another family was won by the same kind; and how often by chance.

        Chance is two data sets drawn with replacement. NaN where no data set has a score.
        """
        scored = [place for place, kind in enumerate(self.winners) if kind != UNSCORED]
        if len(scored) < 2:
            return float("nan"), float("nan")
        among = self.distances[np.ix_(scored, scored)]
        families, kinds = [self.infos[place].family for place in scored], [self.winners[p] for p in scored]
        is_other = np.array(families)[:, None] != np.array(families)[None]
        nearest = np.where(is_other, among, np.inf).argmin(axis=1)
        same = [kinds[row] == kinds[nearest[row]] for row in np.flatnonzero(is_other.any(axis=1))]
        shares = np.array(list(Counter(kinds).values())) / len(kinds)
        return float(np.mean(same)) if same else float("nan"), float((shares**2).sum())


def known_map(
    known: MetaFeatureTable,
    infos: dict[str, DatasetInfo],
    performance: PerformanceTable,
    model: SimilarityModel,
    *,
    query: MetaFeatures | None = None,
) -> KnownMap:
    """Draw the map.

    Args:
        known: meta-features of the data sets.
        infos: about them, by id.
        performance: scores on them.
        model: of similarity.
        query: meta-features of the new data set.
    """
    kept = _kept(known, model, query)
    drawn = table_rows(known, kept)
    rows = [model.distances(table_row(drawn, row), drawn) for row in range(len(kept))]
    distances = np.array(rows).reshape(len(kept), len(kept))
    if query is not None:
        asked = model.distances(query, drawn)
        distances = np.block([[distances, asked[:, None]], [asked[None], np.zeros((1, 1))]])
    distances = (distances + distances.T) / 2.0
    np.fill_diagonal(distances, 0.0)
    won = winning_learners(performance)
    return KnownMap(
        infos=tuple(infos[dataset_id] for dataset_id in drawn.dataset_ids),
        coordinates=embed_distances(distances),
        distances=distances,
        winners=tuple(kind_of(won.get(dataset_id)) for dataset_id in drawn.dataset_ids),
        n_known=len(known.dataset_ids),
    )


def winning_learners(performance: PerformanceTable) -> dict[str, str]:
    """The learner of the best configuration on each data set, by the data set's id.

    Data sets without a score are left out, and so are those on which several learners share the best one.
    """
    learners = np.array([candidate.learner for candidate in performance.candidates])
    won = {}
    for dataset_id, gains in zip(performance.dataset_ids, performance.gains, strict=True):
        best = set(learners[gains == np.fmax.reduce(gains, initial=-np.inf)].tolist())
        if len(best) == 1:
            won[dataset_id] = best.pop()
    return won


def _kept(known: MetaFeatureTable, model: SimilarityModel, query: MetaFeatures | None) -> list[int]:
    """The data sets to be drawn: those that can be compared, the nearest of too many."""
    probe = table_row(known, 0) if query is None else query
    distances = model.distances(probe, known)
    comparable = np.flatnonzero(~np.isnan(distances))
    if query is not None:
        comparable = comparable[np.argsort(distances[comparable], kind="stable")]
    return sorted(comparable[:MAX_DRAWN].tolist())
