"""Votes: what each neighbour says about each suggestion, and how much its word counts.

Shapes: k known data sets, c candidates, q neighbours, n suggestions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.report.known_map import winning_learners
from autometa.similarity.base import SimilarityModel, effective_sources
from autometa.warmstart.advice import Advice
from autometa.warmstart.evidence import GOOD_SHARE
from autometa.warmstart.portfolio import normalised_regret
from autometa.warmstart.sources import Candidate, DatasetInfo, PerformanceTable, candidate_key


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """What neighbours say about suggestions.

    Attributes:
        neighbors: (q,) names, the nearest first.
        distances: (q,).
        weights: (q,) shares of the weight that all known data sets have together; NaN without scores.
        winners: (q,) the best learner there; None without scores.
        places: (q, n) among the configurations tried there, 1 is the best; 0 where it was not tried.
        n_tried: (q,) configurations that have a score there.
        regrets: (q, n) 0 is the best, 1 the worst or a constant prediction; NaN where not tried.
        supports: (q, n) True where it is among the best tenth.
        n_effective: how many equally weighted data sets the advice is as good as an average of.
    """

    neighbors: tuple[str, ...]
    distances: FloatArray
    weights: FloatArray
    winners: tuple[str | None, ...]
    places: NDArray[np.int64]
    n_tried: NDArray[np.int64]
    regrets: FloatArray
    supports: NDArray[np.bool_]
    n_effective: float

    @property
    def standing(self) -> FloatArray:
        """(q, n) places from 0, the best, to 1, the last; NaN where not tried."""
        last = np.maximum(self.n_tried - 1, 1)[:, None]
        return np.where(self.places > 0, (self.places - 1) / last, np.nan)


def count_votes(
    advice: Advice,
    performance: PerformanceTable,
    infos: Mapping[str, DatasetInfo],
    distances: Mapping[str, float],
    model: SimilarityModel,
) -> Votes:
    """What the advice's neighbours say about its suggestions.

    Args:
        advice: neighbours and suggestions.
        performance: scores that the advice was drawn from.
        infos: the known data sets by id.
        distances: of the known data sets from the new one, by id.
        model: gives weights to distances.
    """
    order = performance.dataset_ids
    weights = model.weights(np.array([distances.get(one, np.nan) for one in order]))
    position = {dataset_id: row for row, dataset_id in enumerate(order)}
    rows = [position.get(one.dataset_id) for one in advice.neighbors]
    columns = _columns(advice, performance)
    n_classes = np.array([infos[one].n_classes for one in order], dtype=float)
    places, n_tried = _places(performance)
    regrets = normalised_regret(performance, n_classes)
    won = winning_learners(performance)
    chosen = _pick(places, rows, columns, missing=0)
    tried = np.array([0 if row is None else n_tried[row] for row in rows], dtype=np.int64)
    return Votes(
        neighbors=tuple(one.name for one in advice.neighbors),
        distances=np.array([one.distance for one in advice.neighbors]),
        weights=np.array([np.nan if row is None else weights[row] / weights.sum() for row in rows]),
        winners=tuple(won.get(one.dataset_id) for one in advice.neighbors),
        places=chosen.astype(np.int64),
        n_tried=tried,
        regrets=_pick(regrets, rows, columns, missing=np.nan),
        supports=(chosen > 0) & (chosen <= np.maximum(GOOD_SHARE * tried, 1.0)[:, None]),
        n_effective=effective_sources(weights),
    )


def _columns(advice: Advice, performance: PerformanceTable) -> list[int]:
    keys = {candidate_key(candidate): column for column, candidate in enumerate(performance.candidates)}
    return [keys[candidate_key(Candidate(one.learner, one.params))] for one in advice.recommendations]


def _places(performance: PerformanceTable) -> tuple[FloatArray, NDArray[np.int64]]:
    """(k, c) places, 0 where there is no score; (k,) how many have one. Equal scores share the best place."""
    gains = performance.gains
    has_score = ~np.isnan(gains)
    places = np.zeros(gains.shape)
    for row in range(len(gains)):
        ordered = np.sort(-gains[row, has_score[row]])
        places[row, has_score[row]] = 1.0 + np.searchsorted(ordered, -gains[row, has_score[row]], "left")
    return places, has_score.sum(axis=1)


def _pick(values: FloatArray, rows: list[int | None], columns: list[int], *, missing: float) -> FloatArray:
    """(q, n) of the (k, c) values."""
    blank = np.full(len(columns), missing)
    picked = [blank if row is None else values[row, columns] for row in rows]
    return np.array(picked, dtype=float).reshape(len(rows), len(columns))
