"""Recommender: a data set and past experience give the configurations to try first, with the evidence.

Shapes: k known data sets, c candidates.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autometa.dataset import Dataset, FloatArray, TaskType
from autometa.errors import EmptyHistoryError
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, extract, features
from autometa.metrics import DEFAULT_METRIC, RANGES, direction_of
from autometa.similarity.base import SimilarityModel, nearest
from autometa.similarity.scaled_l1 import ScaledL1
from autometa.similarity.trained import TrainedSimilarity
from autometa.warmstart.advice import Advice, KnownDataset, Recommendation
from autometa.warmstart.cost import forecast_seconds
from autometa.warmstart.evidence import evidence_for
from autometa.warmstart.forecast import ScoreForecast
from autometa.warmstart.novelty import Novelty, median_distance, sizes_outside
from autometa.warmstart.portfolio import normalised_regret
from autometa.warmstart.selection import keep_learners, select
from autometa.warmstart.sources import DatasetInfo, PerformanceTable, TrialSource, candidate_key

if TYPE_CHECKING:
    import pandas as pd

N_NEIGHBORS = 5
MIN_DESCRIBED = 5  # data sets with meta-features that a regression on them needs


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    """A data set with what is known to compare it with.

    Attributes:
        dataset: the new table.
        meta_features: its own.
        known: of the known data sets.
        distances: (k,) in the order of `known`.
        infos: the known data sets by id.
    """

    dataset: Dataset
    meta_features: MetaFeatures
    known: MetaFeatureTable
    distances: FloatArray
    infos: dict[str, DatasetInfo]

    def distances_to(self, dataset_ids: Sequence[str]) -> FloatArray:
        """Distances in another order; NaN for data sets without meta-features."""
        by_id = dict(zip(self.known.dataset_ids, self.distances, strict=True))
        return np.array([by_id.get(dataset_id, np.nan) for dataset_id in dataset_ids])

    def described(self, dataset_ids: Sequence[str]) -> tuple[list[int], FloatArray]:
        """Positions of those data sets that have meta-features, and their (k, m) values."""
        position = {dataset_id: row for row, dataset_id in enumerate(self.known.dataset_ids)}
        rows = [row for row, dataset_id in enumerate(dataset_ids) if dataset_id in position]
        return rows, self.known.values[[position[dataset_ids[row]] for row in rows]]


class Recommender:
    """Orchestrates meta-features, similarity, portfolio and forecasts over a source of experience.

    Args:
        source: past experience.
        similarity: orders and weighs the known data sets: learned models of each task, or one model for
            both; the scaled L1 distance where None, and for a task that nothing was learned of.
    """

    def __init__(self, source: TrialSource, similarity: SimilarityModel | TrainedSimilarity | None = None):
        self._source = source
        self._similarity = similarity

    def _model(self, task_type: TaskType) -> SimilarityModel:
        given = self._similarity
        model = given.model(task_type) if isinstance(given, TrainedSimilarity) else given
        return model or ScaledL1(features("core"))

    def recommend(
        self,
        dataset: Dataset,
        *,
        n: int = 5,
        metric: str | None = None,
        learners: Collection[str] | None = None,
        time_budget: float | None = None,
    ) -> Advice:
        """The configurations to try first.

        Args:
            dataset: the new table.
            n: how many configurations.
            metric: the score to be good at; the task's default where None.
            learners: only these; all that experience has where None.
            time_budget: CPU seconds for one fit of each, together.

        Raises:
            EmptyHistoryError: nothing is known for this task, these learners or this budget.
            UnknownNameError: the task has no such metric.
        """
        table = self._experience(dataset.task_type, metric or DEFAULT_METRIC[dataset.task_type], learners)
        query = self._compare(dataset)
        seconds = _expected_seconds(table, query)
        model = self._model(dataset.task_type)
        chosen = _choose(table, query, model, seconds, n=n, time_budget=time_budget)
        if not chosen:
            cheapest = np.nanmin(seconds)
            raise EmptyHistoryError(
                f"nothing fits into {time_budget:g} s; give at least {cheapest:.2g} s, the cheapest fit"
            )
        families = [query.infos[dataset_id].family for dataset_id in query.known.dataset_ids]
        usual = model.nearest_among(query.known, families)
        return Advice(
            metric=table.metric,
            direction=table.direction,
            n_known=len(table.dataset_ids),
            neighbors=tuple(
                KnownDataset(one.dataset_id, query.infos[one.dataset_id].name, one.distance)
                for one in nearest(query.distances, query.known, N_NEIGHBORS)
            ),
            median_distance=median_distance(query.distances),
            recommendations=self._explain(chosen, table, query, seconds),
            novelty=Novelty.of(query.distances, usual),
            outside=sizes_outside(dataset, [query.infos[i] for i in table.dataset_ids]),
        )

    def recommend_frame(
        self, frame: "pd.DataFrame", *, target: str | None = None, n: int = 5, metric: str | None = None
    ) -> Advice:
        """The same for a data frame.

        Args:
            frame: inputs and target.
            target: name of its column; chosen as for files where None.
            n: how many configurations.
            metric: the score to be good at; the task's default where None.
        """
        from autometa.readers import table_from_frame

        return self.recommend(table_from_frame(frame, target=target).dataset, n=n, metric=metric)

    def _experience(self, task: TaskType, metric: str, learners: Collection[str] | None) -> PerformanceTable:
        direction_of(metric, task)
        table = keep_learners(self._source.performance(task, metric), learners)
        if not table.dataset_ids or not table.candidates:
            asked = f" with {', '.join(sorted(learners))}" if learners else ""
            raise EmptyHistoryError(
                f"no {task} experience{asked} is recorded; fill a store with `autometa populate local DIR`"
            )
        return table

    def _compare(self, dataset: Dataset) -> _Query:
        known = self._source.meta_features(dataset.task_type)
        infos = {info.dataset_id: info for info in self._source.datasets(dataset.task_type)}
        meta_features = extract(dataset)
        distances = self._model(dataset.task_type).distances(meta_features, known)
        return _Query(dataset, meta_features, known, distances, infos)

    def _explain(
        self, chosen: Sequence[int], table: PerformanceTable, query: _Query, seconds: FloatArray
    ) -> tuple[Recommendation, ...]:
        forecast = self._forecast(chosen, table, query)
        scores = [None] * len(chosen) if forecast is None else forecast.expected.tolist()
        intervals = [None] * len(chosen) if forecast is None else forecast.intervals()
        distances = query.distances_to(table.dataset_ids)
        return tuple(
            Recommendation(
                rank=place + 1,
                learner=table.candidates[index].learner,
                params=dict(table.candidates[index].params),
                is_default=table.candidates[index].is_default,
                expected_score=scores[place],
                score_interval=intervals[place],
                expected_fit_seconds=None if np.isnan(seconds[index]) else float(seconds[index]),
                evidence=evidence_for(index, table, query.infos, distances),
            )
            for place, index in enumerate(chosen)
        )

    def _forecast(
        self, chosen: Sequence[int], table: PerformanceTable, query: _Query
    ) -> ScoreForecast | None:
        """Scores to expect of the chosen; RMSE, which has the target's unit, through R2.

        None where too few data sets are described, or a configuration has an RMSE but no R2.
        """
        if table.metric != "rmse":
            return _score_forecast(chosen, table, query)
        unit_free = self._source.performance(TaskType.REGRESSION, "r2")
        places = {candidate_key(candidate): index for index, candidate in enumerate(unit_free.candidates)}
        keys = [candidate_key(table.candidates[index]) for index in chosen]
        if not places.keys() >= set(keys):
            return None
        forecast = _score_forecast([places[key] for key in keys], unit_free, query)
        return None if forecast is None else forecast.as_rmse(float(query.dataset.target.std()))


def _choose(
    table: PerformanceTable,
    query: _Query,
    model: SimilarityModel,
    seconds: FloatArray,
    *,
    n: int,
    time_budget: float | None,
) -> list[int]:
    infos = [query.infos[dataset_id] for dataset_id in table.dataset_ids]
    regrets = normalised_regret(table, np.array([info.n_classes for info in infos], dtype=float))
    return select(
        regrets,
        model.weights(query.distances_to(table.dataset_ids)),
        n,
        defaults=[index for index, candidate in enumerate(table.candidates) if candidate.is_default],
        seconds=np.nan_to_num(seconds),
        time_budget=time_budget,
    )


def _score_forecast(chosen: Sequence[int], table: PerformanceTable, query: _Query) -> ScoreForecast | None:
    rows, known = query.described(table.dataset_ids)
    if len(rows) < MIN_DESCRIBED:
        return None
    scores = table.scores[np.ix_(rows, list(chosen))]
    return ScoreForecast.of(known, query.meta_features.values, scores).clipped(*RANGES[table.metric])


def _expected_seconds(table: PerformanceTable, query: _Query) -> FloatArray:
    """(c,) CPU seconds of one fit on all rows of the query."""
    infos = [query.infos[dataset_id] for dataset_id in table.dataset_ids]
    full = np.array([info.n_rows for info in infos], dtype=float)
    fitted = full if table.fit_rows is None else np.where(np.isnan(table.fit_rows), full, table.fit_rows)
    sizes = np.column_stack([fitted, [i.n_columns for i in infos], [max(i.n_classes, 1) for i in infos]])
    dataset = query.dataset
    asked = np.array([dataset.n_rows, dataset.n_columns, max(len(dataset.class_names), 1)], dtype=float)
    learners = tuple(candidate.learner for candidate in table.candidates)
    return forecast_seconds(sizes, asked, table.fit_seconds, learners)
