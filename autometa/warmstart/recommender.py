"""Recommender: a data set and past experience give the configurations to try first, with the evidence.

Shapes: k known data sets, c candidates.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from autometa.dataset import Dataset, FloatArray
from autometa.errors import EmptyHistoryError
from autometa.history import Direction
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, extract, features
from autometa.metrics import DEFAULT_METRIC, direction_of
from autometa.search_space import Configuration
from autometa.similarity.base import nearest, similarity_weights
from autometa.similarity.scaled_l1 import ScaledL1
from autometa.warmstart.forecast import ScoreForecast, forecast_seconds
from autometa.warmstart.novelty import Novelty
from autometa.warmstart.portfolio import fill_missing, greedy_portfolio, normalised_regret
from autometa.warmstart.sources import Candidate, DatasetInfo, PerformanceTable, TrialSource

N_NEIGHBORS = 5
N_EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """A known data set as a neighbour of the query."""

    dataset_id: str
    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A similar data set on which the configuration did well.

    Attributes:
        dataset: its name.
        distance: from the query.
        score: reached there.
        place: among all configurations tried there, 1 is the best.
    """

    dataset: str
    distance: float
    score: float
    place: int


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One configuration to try.

    Attributes:
        rank: 1 is to be tried first.
        learner: its name in the catalogue.
        params: a configuration of its search space.
        is_default: True for the library's own default.
        expected_score: forecast in the metric's own sign; None if there is too little to go by.
        score_interval: 80 % interval of the forecast; None likewise.
        expected_fit_seconds: CPU seconds of one fit on the whole table; None if unknown.
        evidence: similar data sets that speak for it, the most similar first.
    """

    rank: int
    learner: str
    params: Configuration
    is_default: bool
    expected_score: float | None
    score_interval: tuple[float, float] | None
    expected_fit_seconds: float | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What experience says about a data set.

    Attributes:
        metric: that scores are in.
        direction: whether larger or smaller is better.
        n_known: data sets that the advice is drawn from.
        neighbors: the most similar ones.
        recommendations: the first to try first.
        novelty: whether the data set is like anything known.
    """

    metric: str
    direction: Direction
    n_known: int
    neighbors: tuple[KnownDataset, ...]
    recommendations: tuple[Recommendation, ...]
    novelty: Novelty


class Recommender:
    """Orchestrates meta-features, similarity, portfolio and forecasts over a source of experience.

    Args:
        source: past experience.
        similarity: orders and weighs the known data sets.
    """

    def __init__(self, source: TrialSource, similarity: ScaledL1 | None = None):
        self._source = source
        self._similarity = similarity or ScaledL1(features("core"))

    def recommend(
        self,
        dataset: Dataset,
        *,
        n: int = 5,
        metric: str | None = None,
        learners: Collection[str] | None = None,
        time_budget: float | None = None,
        meta_features: MetaFeatures | None = None,
    ) -> Advice:
        """The configurations to try first.

        Args:
            dataset: the new table.
            n: how many configurations.
            metric: the score to be good at; the task's default where None.
            learners: only these; all that experience has where None.
            time_budget: CPU seconds for one fit of each, together.
            meta_features: of the data set, if they are known already.

        Raises:
            EmptyHistoryError: nothing is known for this task, these learners or this budget.
            UnknownNameError: the task has no such metric.
        """
        task = dataset.task_type
        wanted = metric or DEFAULT_METRIC[task]
        direction_of(wanted, task)
        table = keep_learners(self._source.performance(task, wanted), learners)
        infos = {info.dataset_id: info for info in self._source.datasets(task)}
        if not table.dataset_ids or not table.candidates:
            asked = f" for {', '.join(sorted(learners))}" if learners else ""
            raise EmptyHistoryError(f"no {task} experience{asked} is recorded; fill a store with `autometa populate`")
        known = self._source.meta_features(task)
        query = meta_features or extract(dataset)
        distances = self._similarity.distances(query, known)
        seconds = _seconds(table, infos, dataset)
        chosen = choose(table, infos, _aligned(distances, known, table), n, seconds, time_budget)
        if not chosen:
            cheapest = float(np.nanmin(seconds))
            raise EmptyHistoryError(f"nothing fits a budget of {time_budget:g} s; the cheapest fit takes about {cheapest:.2g} s")
        usual = self._similarity.nearest_among(known, [infos[i].family for i in known.dataset_ids])
        return Advice(
            metric=wanted,
            direction=table.direction,
            n_known=len(table.dataset_ids),
            neighbors=tuple(
                KnownDataset(one.dataset_id, infos[one.dataset_id].name, one.distance)
                for one in nearest(distances, known, N_NEIGHBORS)
            ),
            recommendations=_explain(chosen, table, infos, known, query, distances, seconds),
            novelty=Novelty.of(distances, usual),
        )


def choose(
    table: PerformanceTable,
    infos: dict[str, DatasetInfo],
    distances: FloatArray,
    n: int,
    seconds: FloatArray,
    time_budget: float | None = None,
) -> list[int]:
    """Indices of the candidates to try: the similarity-weighted portfolio, a library default always among them.

    Args:
        table: scores.
        infos: the data sets' sizes.
        distances: (k,) of the query to the table's data sets.
        n: how many.
        seconds: (c,) expected cost; NaN counts as nothing.
        time_budget: for all together.
    """
    n_classes = np.array([infos[dataset_id].n_classes for dataset_id in table.dataset_ids], dtype=float)
    regrets = normalised_regret(table, n_classes)
    weights = similarity_weights(distances)
    cost = np.nan_to_num(seconds)
    chosen = greedy_portfolio(regrets, n, weights=weights, seconds=cost, time_budget=time_budget)
    defaults = [index for index, candidate in enumerate(table.candidates) if candidate.is_default]
    if not chosen or not defaults or set(chosen) & set(defaults):
        return chosen
    mean_regret = weights @ fill_missing(regrets) / weights.sum()
    left = np.inf if time_budget is None else time_budget - cost[chosen[:-1]].sum()
    affordable = [index for index in defaults if cost[index] <= left]
    best = min(affordable, key=lambda index: float(mean_regret[index]), default=None)
    return chosen if best is None else [*chosen[:-1], best] if len(chosen) == n else [*chosen, best]


def keep_learners(table: PerformanceTable, learners: Collection[str] | None) -> PerformanceTable:
    """The table with the candidates of these learners only."""
    if learners is None:
        return table
    kept = [index for index, candidate in enumerate(table.candidates) if candidate.learner in learners]
    return PerformanceTable(
        metric=table.metric,
        direction=table.direction,
        dataset_ids=table.dataset_ids,
        candidates=tuple(table.candidates[index] for index in kept),
        scores=table.scores[:, kept],
        failed=table.failed[:, kept],
        fit_seconds=table.fit_seconds[:, kept],
        fit_rows=table.fit_rows,
    )


def _aligned(distances: FloatArray, known: MetaFeatureTable, table: PerformanceTable) -> FloatArray:
    """Distances in the order of the table's data sets; NaN for those without meta-features."""
    by_id = dict(zip(known.dataset_ids, distances, strict=True))
    return np.array([by_id.get(dataset_id, np.nan) for dataset_id in table.dataset_ids])


def _seconds(table: PerformanceTable, infos: dict[str, DatasetInfo], dataset: Dataset) -> FloatArray:
    rows = [infos[dataset_id] for dataset_id in table.dataset_ids]
    full = np.array([info.n_rows for info in rows], dtype=float)
    fitted = full if table.fit_rows is None else np.where(np.isnan(table.fit_rows), full, table.fit_rows)
    sizes = np.column_stack([fitted, [info.n_columns for info in rows], [max(info.n_classes, 1) for info in rows]])
    query = np.array([dataset.n_rows, dataset.n_columns, max(len(dataset.class_names), 1)], dtype=float)
    return forecast_seconds(sizes, query, table.fit_seconds, tuple(c.learner for c in table.candidates))


def _explain(
    chosen: Sequence[int],
    table: PerformanceTable,
    infos: dict[str, DatasetInfo],
    known: MetaFeatureTable,
    query: MetaFeatures,
    distances: FloatArray,
    seconds: FloatArray,
) -> tuple[Recommendation, ...]:
    shared = [row for row, dataset_id in enumerate(table.dataset_ids) if dataset_id in set(known.dataset_ids)]
    position = {dataset_id: row for row, dataset_id in enumerate(known.dataset_ids)}
    meta = known.values[[position[table.dataset_ids[row]] for row in shared]]
    forecast = ScoreForecast.of(meta, query.values, table.scores[np.ix_(shared, list(chosen))])
    aligned = _aligned(distances, known, table)
    return tuple(
        Recommendation(
            rank=place + 1,
            learner=table.candidates[index].learner,
            params=dict(table.candidates[index].params),
            is_default=table.candidates[index].is_default,
            expected_score=float(forecast.expected[place]),
            score_interval=(float(forecast.low[place]), float(forecast.high[place])),
            expected_fit_seconds=None if np.isnan(seconds[index]) else float(seconds[index]),
            evidence=_evidence(index, table, infos, aligned),
        )
        for place, index in enumerate(chosen)
    )


def _evidence(
    index: int, table: PerformanceTable, infos: dict[str, DatasetInfo], distances: FloatArray
) -> tuple[Evidence, ...]:
    """The most similar data sets on which the candidate is among the best tenth."""
    gains = np.where(np.isnan(table.gains), -np.inf, table.gains)
    places = 1 + (gains > gains[:, [index]]).sum(axis=1)
    tried = (~np.isnan(table.scores)).sum(axis=1)
    good = np.flatnonzero((places <= np.maximum(tried // 10, 1)) & ~np.isnan(table.scores[:, index]) & ~np.isnan(distances))
    nearest_first = good[np.argsort(distances[good], kind="stable")][:N_EVIDENCE]
    return tuple(
        Evidence(
            dataset=infos[table.dataset_ids[row]].name,
            distance=float(distances[row]),
            score=float(table.scores[row, index]),
            place=int(places[row]),
        )
        for row in nearest_first
    )
