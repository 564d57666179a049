"""Recommender: a data set and past experience give the configurations to try first, with the evidence.

Shapes: k known data sets, c candidates.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from autometa.dataset import Dataset, FloatArray, TaskType
from autometa.errors import EmptyHistoryError
from autometa.metafeatures import MetaFeatures, extract, features
from autometa.metrics import DEFAULT_METRIC, RANGES, direction_of
from autometa.similarity.base import SimilarityModel, nearest
from autometa.similarity.scaled_l1 import ScaledL1
from autometa.similarity.trained import TrainedSimilarity
from autometa.warmstart.advice import Advice, KnownDataset, Recommendation
from autometa.warmstart.evidence import evidence_for
from autometa.warmstart.forecast import ScoreForecast
from autometa.warmstart.novelty import Novelty, median_distance, sizes_outside
from autometa.warmstart.own_history import own_best, put_first
from autometa.warmstart.probed_forecast import forecast_with_probes
from autometa.warmstart.probing import UNIT_FREE, Probe, choose_probes, observe, sharpened
from autometa.warmstart.query import Query
from autometa.warmstart.selection import keep_learners, select
from autometa.warmstart.sources import Candidate, PerformanceTable, TrialSource, candidate_key

if TYPE_CHECKING:
    import pandas as pd

N_NEIGHBORS = 5
MIN_DESCRIBED = 5  # data sets with meta-features that a regression on them needs


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
        self._described: tuple[Dataset, MetaFeatures] | None = None  # the last one: probing asks twice

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
        probes: Sequence[Probe] = (),
    ) -> Advice:
        """The configurations to try first.

        Args:
            dataset: the new table.
            n: how many configurations.
            metric: the score to be good at; the task's default where None.
            learners: only these; all that experience has where None.
            time_budget: CPU seconds for one fit of each, together.
            probes: measured on part of this data set, as `autometa.evaluation.probe_table` does; past data
                sets on which the same configurations differed as they do here count more.

        Raises:
            EmptyHistoryError: nothing is known for this task, these learners or this budget.
            UnknownNameError: the task has no such metric.
        """
        table = self._experience(dataset.task_type, metric or DEFAULT_METRIC[dataset.task_type], learners)
        query = self._compare(dataset)
        seconds = query.expected_seconds(table)
        weights = self._weights(table, query, probes)
        chosen = _choose(table, query, weights, seconds, n=n, time_budget=time_budget)
        if time_budget is None and (best := own_best(table, dataset.fingerprint())) is not None:
            chosen = put_first(best, chosen, n)
        if not chosen:
            cheapest = np.nanmin(seconds)
            raise EmptyHistoryError(
                f"nothing fits into {time_budget:g} s; give at least {cheapest:.2g} s, the cheapest fit"
            )
        families = [query.infos[dataset_id].family for dataset_id in query.known.dataset_ids]
        usual = self._model(dataset.task_type).nearest_among(query.known, families)
        return Advice(
            metric=table.metric,
            direction=table.direction,
            n_known=len(table.dataset_ids),
            neighbors=tuple(
                KnownDataset(one.dataset_id, query.infos[one.dataset_id].name, one.distance)
                for one in nearest(query.distances, query.known, N_NEIGHBORS)
            ),
            median_distance=median_distance(query.distances),
            recommendations=self._explain(chosen, table, query, seconds, probes),
            novelty=Novelty.of(query.distances, usual),
            outside=sizes_outside(dataset, [query.infos[i] for i in table.dataset_ids]),
            probes=tuple(probes),
        )

    def candidates_to_probe(
        self,
        dataset: Dataset,
        *,
        n_rows: int,
        n_folds: int,
        seconds: float,
        runnable: Collection[str],
        metric: str | None = None,
        learners: Collection[str] | None = None,
    ) -> tuple[Candidate, ...]:
        """Configurations that are worth measuring on part of the data set, the first to probe first.

        Args:
            dataset: the new table.
            n_rows: that one fit of a probe sees.
            n_folds: fits of each probe.
            seconds: CPU time that the probes may be expected to take together.
            runnable: learners that can be fitted here.
            metric: the score to be good at; the task's default where None.
            learners: only these; all that experience has where None.

        Returns:
            At most three, of different learners; none where nothing is expected to fit the time.

        Raises:
            EmptyHistoryError: nothing is known for this task or these learners.
            UnknownNameError: the task has no such metric.
        """
        table = self._experience(dataset.task_type, metric or DEFAULT_METRIC[dataset.task_type], learners)
        query = self._compare(dataset)
        is_runnable = np.array([candidate.learner in runnable for candidate in table.candidates])
        cost = n_folds * query.expected_seconds(table, n_rows=n_rows)
        chosen = choose_probes(
            query.regrets(table),
            self._weights(table, query),
            [candidate.learner for candidate in table.candidates],
            seconds=np.where(is_runnable, cost, np.inf),
            time_budget=seconds,
        )
        return tuple(table.candidates[index] for index in chosen)

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

    def _compare(self, dataset: Dataset) -> Query:
        known = self._source.meta_features(dataset.task_type)
        infos = {info.dataset_id: info for info in self._source.datasets(dataset.task_type)}
        if self._described is None or self._described[0] is not dataset:
            self._described = dataset, extract(dataset)
        meta_features = self._described[1]
        distances = self._model(dataset.task_type).distances(meta_features, known)
        return Query(dataset, meta_features, known, distances, infos)

    def _weights(self, table: PerformanceTable, query: Query, probes: Sequence[Probe] = ()) -> FloatArray:
        """(k,) how much each known data set counts: by meta-features, and by probes where there are any."""
        task = query.dataset.task_type
        weights = self._model(task).weights(query.distances_to(table.dataset_ids))
        if not probes:
            return weights
        compared = self._source.performance(task, UNIT_FREE.get(table.metric, table.metric))
        return sharpened(weights, table.dataset_ids, compared, probes)

    def _explain(
        self,
        chosen: Sequence[int],
        table: PerformanceTable,
        query: Query,
        seconds: FloatArray,
        probes: Sequence[Probe],
    ) -> tuple[Recommendation, ...]:
        forecast = self._forecast(chosen, table, query, probes)
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
        self, chosen: Sequence[int], table: PerformanceTable, query: Query, probes: Sequence[Probe]
    ) -> ScoreForecast | None:
        """Scores to expect of the chosen; RMSE, which has the target's unit, through R2.

        None where too few data sets are described, or a configuration has an RMSE but no R2.
        """
        if table.metric not in UNIT_FREE:
            return _score_forecast(chosen, table, query, probes)
        unit_free = self._source.performance(TaskType.REGRESSION, UNIT_FREE[table.metric])
        places = {candidate_key(candidate): index for index, candidate in enumerate(unit_free.candidates)}
        keys = [candidate_key(table.candidates[index]) for index in chosen]
        if not places.keys() >= set(keys):
            return None
        forecast = _score_forecast([places[key] for key in keys], unit_free, query, probes)
        return None if forecast is None else forecast.as_rmse(float(query.dataset.target.std()))


def _choose(
    table: PerformanceTable,
    query: Query,
    weights: FloatArray,
    seconds: FloatArray,
    *,
    n: int,
    time_budget: float | None,
) -> list[int]:
    return select(
        query.regrets(table),
        weights,
        n,
        defaults=[index for index, candidate in enumerate(table.candidates) if candidate.is_default],
        seconds=np.nan_to_num(seconds),
        time_budget=time_budget,
    )


def _score_forecast(
    chosen: Sequence[int], table: PerformanceTable, query: Query, probes: Sequence[Probe]
) -> ScoreForecast | None:
    rows, known = query.described(table.dataset_ids)
    if len(rows) < MIN_DESCRIBED:
        return None
    forecast = forecast_with_probes(
        known,
        query.meta_features.values,
        table.scores[rows],
        chosen=chosen,
        observed=observe(table, probes),
        n_rows=query.dataset.n_rows,
    )
    return forecast.clipped(*RANGES[table.metric])
