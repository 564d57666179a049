"""The sections of each kind of report, in the order in which they are read."""

from typing import TYPE_CHECKING

import numpy as np

from autometa.dataset import TaskType
from autometa.metafeatures import MetaFeatureTable, extract, features
from autometa.metrics import DEFAULT_METRIC
from autometa.report.advice_sections import suggestions_section, votes_section
from autometa.report.held_out import hold_out
from autometa.report.held_out_section import held_out_section
from autometa.report.knowledge_section import knowledge_section
from autometa.report.known_map import known_map
from autometa.report.map_section import map_section
from autometa.report.page import Section
from autometa.report.table_section import table_section
from autometa.report.votes import count_votes
from autometa.similarity import ScaledL1, SimilarityModel, TrainedSimilarity
from autometa.similarity.examples import table_rows
from autometa.warmstart import Recommender, TrialSource

if TYPE_CHECKING:
    from autometa.readers import Table


def table_sections(
    table: "Table",
    source: TrialSource,
    similarity: TrainedSimilarity,
    *,
    metric: str | None = None,
    n: int = 5,
) -> list[Section]:
    """What to try first on a table, where it lies on the map, how its neighbours voted, and what it is.

    Args:
        table: as it was read.
        source: past experience.
        similarity: learned from it.
        metric: the score to be good at; the task's default where None.
        n: how many suggestions.

    Raises:
        EmptyHistoryError: nothing is known for the table's task.
        UnknownNameError: the task has no such metric.
    """
    dataset = table.dataset
    task = dataset.task_type
    advice = Recommender(source, similarity).recommend(dataset, n=n, metric=metric)
    measured = extract(dataset)
    known = source.meta_features(task)
    infos = {info.dataset_id: info for info in source.datasets(task)}
    performance = source.performance(task, advice.metric)
    model, is_learned = _model(similarity, task)
    others = _without(known, dataset.fingerprint())
    drawn = known_map(others, infos, performance, model, query=measured)
    apart = dict(zip(known.dataset_ids, model.distances(measured, known).tolist(), strict=True))
    return [
        suggestions_section(advice, dataset),
        map_section(drawn, task=str(task), name=dataset.name, is_learned=is_learned),
        votes_section(advice, count_votes(advice, performance, infos, apart, model)),
        table_section(table, measured, others),
    ]


def knowledge_sections(source: TrialSource, similarity: TrainedSimilarity) -> list[Section]:
    """What is known of each task, with its map; nothing for a task of which nothing is known.

    Args:
        source: past experience.
        similarity: learned from it.
    """
    sections = []
    for task in TaskType:
        infos = {info.dataset_id: info for info in source.datasets(task)}
        performance = source.performance(task, DEFAULT_METRIC[task])
        known = source.meta_features(task)
        if not infos:
            continue
        sections.append(knowledge_section(performance, infos, task=str(task)))
        found = hold_out(performance, infos)
        if found is not None:
            sections.append(held_out_section(found, task=str(task)))
        if len(known.dataset_ids) and not np.isnan(known.values).all():
            model, is_learned = _model(similarity, task)
            drawn = known_map(known, infos, performance, model)
            sections.append(map_section(drawn, task=str(task), is_learned=is_learned))
    return sections


def _without(known: MetaFeatureTable, dataset_id: str) -> MetaFeatureTable:
    """All data sets but this one: a table that was searched before is no neighbour of itself."""
    return table_rows(known, [row for row, one in enumerate(known.dataset_ids) if one != dataset_id])


def _model(similarity: TrainedSimilarity, task: TaskType) -> tuple[SimilarityModel, bool]:
    """The model of the task, as `Recommender` chooses it, and whether it was learned."""
    learned = similarity.model(task)
    return (ScaledL1(features("core")), False) if learned is None else (learned, True)
